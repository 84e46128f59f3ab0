//! Names under which attributes stand apart: the URN of the resource's own schema, and URNs that drafts of the standard
//! had.

use super::values::Rewriter;
use super::{Notes, Profile, RuleId};
use crate::error::{Error, ErrorKind};
use crate::path::AttrPath;
use crate::schema::{ResourceType, Schema};
use crate::urn;
use crate::value::{AttrName, Object, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// The enterprise extension in drafts of RFC 7643, as older connectors still write it.
const DRAFTS: [&str; 3] = [
    "urn:scim:schemas:extension:enterprise:1.0",
    "urn:scim:schemas:extension:enterprise:2.0",
    "urn:scim:schemas:extension:enterprise:2.0:User",
];

/// The extension that a draft's URN stands for.
pub(super) fn of_draft<'k>(text: &str, kind: &'k ResourceType) -> Option<&'k Arc<Schema>> {
    let is_draft = DRAFTS.iter().any(|draft| draft.eq_ignore_ascii_case(text));
    kind.extension(urn::ENTERPRISE_USER).filter(|_| is_draft).map(|e| &e.schema)
}

/// A name of `attributes`, `excludedAttributes` or `sortBy` with today's URN, where it has one of a draft.
#[must_use]
pub fn todays_name<'n>(
    name: &'n str,
    kind: &ResourceType,
    profile: &Profile,
    notes: &mut Notes,
) -> Cow<'n, str> {
    // the longest first: one is the beginning of another
    let found = DRAFTS.iter().rev().find_map(|draft| {
        let (head, rest) = name.split_at_checked(draft.len())?;
        let schema = of_draft(head, kind)?;
        (rest.is_empty() || rest.starts_with(':')).then(|| format!("{}{rest}", schema.id))
    });
    match found.filter(|_| profile.has(RuleId::DraftUrn)) {
        Some(today) => {
            notes.fire(RuleId::DraftUrn);
            Cow::Owned(today)
        }
        None => Cow::Borrowed(name),
    }
}

/// The text of a path that is one URN and names no attribute behind it.
fn whole_urn(path: &AttrPath) -> Option<String> {
    let schema = path.schema.as_ref()?;
    Some(match &path.sub {
        None => format!("{schema}:{}", path.name),
        // `2.0` ends a URN that has no name behind it: `urn:example:ext:1.0`
        Some(sub) => format!("{schema}:{}.{sub}", path.name),
    })
}

/// The extension whose URN is the whole path.
pub(crate) fn container<'a>(path: &AttrPath, kind: &'a ResourceType) -> Option<&'a Arc<Schema>> {
    kind.extension(&whole_urn(path)?).map(|e| &e.schema)
}

/// Whether the whole path is the URN of the resource's own schema.
pub(crate) fn is_core(path: &AttrPath, kind: &ResourceType) -> bool {
    whole_urn(path).is_some_and(|text| kind.schema.id.is(&text))
}

/// The path with today's URN, where it has one of a draft.
pub(super) fn modern(path: &AttrPath, kind: &ResourceType) -> Option<AttrPath> {
    let today =
        |schema: &Schema, path: AttrPath| AttrPath { schema: Some(schema.id.as_str().into()), ..path };
    if let Some(schema) = path.schema.as_deref().and_then(|schema| of_draft(schema, kind)) {
        return Some(today(schema, path.clone()));
    }
    let whole = whole_urn(path)?;
    let schema = of_draft(&whole, kind)?;
    let (head, name) = schema.id.as_str().rsplit_once(':')?;
    Some(AttrPath { schema: Some(head.into()), name: name.into(), sub: None, span: path.span })
}

/// The attributes of a body or of a value without path: what stands under the type's own URN stands at the top, and what
/// stands under the URN of a draft stands under today's.
///
/// # Errors
/// `invalidSyntax` for a name that comes twice so; `invalidValue` where a URN holds no object.
pub(super) fn spread(r: &mut Rewriter<'_>, kind: &ResourceType, source: Object) -> Result<Object, Error> {
    let (core, drafts) = (r.profile.has(RuleId::CoreUrn), r.profile.has(RuleId::DraftUrn));
    let is_core = |name: &AttrName| core && kind.schema.id.is(name.as_str());
    let draft = |name: &AttrName| of_draft(name.as_str(), kind).filter(|_| drafts);
    if !source.iter().any(|(name, _)| is_core(name) || draft(name).is_some()) {
        return Ok(source);
    }
    let mut out = Object::new();
    for (name, value) in source {
        if is_core(&name) {
            r.notes.fire(RuleId::CoreUrn);
            for (inner, value) in core_attributes(&name, value)? {
                add(&mut out, inner, value)?;
            }
        } else if let Some(schema) = draft(&name) {
            r.notes.fire(RuleId::DraftUrn);
            add(&mut out, schema.id.clone(), value)?;
        } else {
            add(&mut out, name, value)?;
        }
    }
    Ok(out)
}

/// What stands under the URN of the resource's own schema. Nothing there is no word for clearing a whole resource.
pub(super) fn core_attributes(urn: &AttrName, value: Value) -> Result<Object, Error> {
    match value {
        Value::Object(attributes) => Ok(attributes),
        other => {
            let said = format!("`{urn}` must be an object of attributes, found {}", other.kind());
            Err(Error::new(ErrorKind::InvalidValue, said))
        }
    }
}

/// RFC 7643 section 2.1: one attribute has one value, wherever its name stands. Two containers of one extension come
/// together.
fn add(out: &mut Object, name: AttrName, value: Value) -> Result<(), Error> {
    match (out.get_mut(name.as_str()), value) {
        (None, value) => {
            out.push(name, value);
            Ok(())
        }
        (Some(Value::Object(there)), Value::Object(more)) if name.as_str().contains(':') => {
            more.into_iter().try_for_each(|(name, value)| add(there, name, value))
        }
        (Some(_), _) => {
            let said = format!("the attribute `{name}` stands in the object twice");
            Err(Error::new(ErrorKind::InvalidSyntax, said))
        }
    }
}
