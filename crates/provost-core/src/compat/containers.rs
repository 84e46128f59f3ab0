//! Names under which attributes are grouped: the URN of the resource's own schema, and URNs that drafts of the standard
//! had.

use super::values::Rewriter;
use super::{Reader, RuleId};
use crate::error::{Error, ErrorKind};
use crate::path::{AttrPath, AttrRef};
use crate::schema::{ResourceType, Schema};
use crate::text::excerpt;
use crate::urn;
use crate::value::{AttrName, Object, Value};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// The enterprise extension in drafts of RFC 7643, as older connectors still write it.
const DRAFTS: [&str; 3] = [
    "urn:scim:schemas:extension:enterprise:1.0",
    "urn:scim:schemas:extension:enterprise:2.0",
    "urn:scim:schemas:extension:enterprise:2.0:User",
];

/// The extension that a draft's URN means.
pub(super) fn of_draft<'k>(text: &str, kind: &'k ResourceType) -> Option<&'k Arc<Schema>> {
    let is_draft = DRAFTS.iter().any(|draft| draft.eq_ignore_ascii_case(text));
    kind.extension(urn::ENTERPRISE_USER).filter(|_| is_draft).map(|e| &e.schema)
}

/// A name of `attributes`, `excludedAttributes` or `sortBy` with today's URN, where it has one of a draft.
pub(super) fn todays_name<'n>(reader: &mut Reader<'_>, name: &'n str, kind: &ResourceType) -> Cow<'n, str> {
    // the longest first: one is the beginning of another
    let found = DRAFTS.iter().rev().find_map(|draft| {
        let (head, rest) = name.split_at_checked(draft.len())?;
        let schema = of_draft(head, kind)?;
        (rest.is_empty() || rest.starts_with(':')).then(|| format!("{}{rest}", schema.id))
    });
    match found {
        Some(today) if reader.may(RuleId::DraftUrn) => Cow::Owned(today),
        _ => Cow::Borrowed(name),
    }
}

/// The path with today's URN, where it has one of a draft.
pub(super) fn modern(path: &AttrPath, kind: &ResourceType) -> Option<AttrPath> {
    // one draft's URN is another's with a name behind it, so the whole is looked at first
    if let Some(schema) = path.whole_urn().and_then(|whole| of_draft(&whole, kind)) {
        let (head, name) = schema.id.as_str().rsplit_once(':')?;
        return Some(AttrPath { schema: Some(head.into()), name: name.into(), sub: None, span: path.span });
    }
    let schema = of_draft(path.schema.as_deref()?, kind)?;
    Some(AttrPath { schema: Some(schema.id.as_str().into()), ..path.clone() })
}

/// `urn:..:2.0:User.department` was split before `User`: the name belongs to the URN, the sub-attribute is the name.
pub(super) fn legacy_dot(path: &AttrPath, kind: &ResourceType) -> Option<AttrPath> {
    let sub = path.sub.as_ref()?;
    let urn = format!("{}:{}", path.schema.as_ref()?, path.name);
    let schema = kind.schema_of(&urn).or_else(|| of_draft(&urn, kind))?;
    Some(AttrPath { schema: Some(schema.id.as_str().into()), name: sub.clone(), sub: None, span: path.span })
}

/// Where an object of attributes comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// It is a body.
    Body,
    /// It is the value of a PATCH operation.
    Patch,
}

/// The attributes of a body or of a value without path, each in the one place where it belongs: those under the
/// type's own URN move to the top, and those under the URN of a draft, or with a URN before their name, into their
/// extension.
///
/// # Errors
/// `invalidSyntax` for a name that comes twice so; `invalidValue` where a URN holds no object.
pub(super) fn spread(
    r: &mut Rewriter<'_, '_>,
    kind: &ResourceType,
    source: Object,
    within: Within,
) -> Result<Object, Error> {
    if !source.iter().any(|(name, _)| name.as_str().contains(':') && kind.extension(name.as_str()).is_none())
    {
        return Ok(source);
    }
    let mut out = Spread::default();
    out.all(r, kind, source, within)?;
    Ok(out.into())
}

/// What is under the URN of the resource's own schema. Nothing there does not mean that a whole resource is cleared.
pub(super) fn core_attributes(urn: &AttrName, value: Value) -> Result<Object, Error> {
    match value {
        Value::Object(attributes) => Ok(attributes),
        other => {
            let fault = format_args!("must be an object of attributes, found {}", other.kind());
            Err(Error::of_attribute(ErrorKind::InvalidValue, urn, fault))
        }
    }
}

/// Attributes by their names, which are looked up by a set: a body may hold tens of thousands.
#[derive(Default)]
struct Spread {
    plain: Vec<(AttrName, Value)>,
    /// Containers of extensions.
    extended: Vec<(AttrName, Self)>,
    seen: HashSet<String>,
}

impl Spread {
    fn all(
        &mut self,
        r: &mut Rewriter<'_, '_>,
        kind: &ResourceType,
        source: Object,
        within: Within,
    ) -> Result<(), Error> {
        for (name, value) in source {
            if r.reader.has(RuleId::CoreUrn) && kind.schema.id.is(name.as_str()) {
                r.reader.notes.fire(RuleId::CoreUrn);
                self.all(r, kind, core_attributes(&name, value)?, within)?;
            } else if r.reader.has(RuleId::DraftUrn)
                && let Some(schema) = of_draft(name.as_str(), kind)
            {
                r.reader.notes.fire(RuleId::DraftUrn);
                self.extension(&schema.id, value)?;
            } else if let Some(e) = kind.extension(name.as_str()) {
                self.extension(&e.schema.id, value)?;
            } else if let Some(found) = qualified(r, kind, &name, within) {
                match found.extension() {
                    None => self.add(found.attribute().name.clone(), value)?,
                    Some(schema) => {
                        let one = Object::from_iter([(found.attribute().name.clone(), value)]);
                        self.extension(&schema.id, one.into())?;
                    }
                }
            } else {
                self.add(name, value)?;
            }
        }
        Ok(())
    }

    /// RFC 7643 section 2.1: one attribute has one value, wherever its name appears.
    fn add(&mut self, name: AttrName, value: Value) -> Result<(), Error> {
        if !self.seen.insert(name.as_str().to_ascii_lowercase()) {
            let name = excerpt(name.as_str());
            return Err(Error::of_attribute(ErrorKind::InvalidSyntax, name, "appears twice in one object"));
        }
        self.plain.push((name, value));
        Ok(())
    }

    /// Two containers of one extension come together.
    fn extension(&mut self, urn: &AttrName, value: Value) -> Result<(), Error> {
        let Value::Object(attributes) = value else { return self.add(urn.clone(), value) };
        let at = self.extended.iter().position(|(name, _)| name == urn).unwrap_or_else(|| {
            self.extended.push((urn.clone(), Self::default()));
            self.extended.len() - 1
        });
        let Some((_, inner)) = self.extended.get_mut(at) else { return Ok(()) };
        attributes.into_iter().try_for_each(|(name, value)| inner.add(name, value))
    }
}

impl From<Spread> for Object {
    fn from(spread: Spread) -> Self {
        let mut out = Self::new();
        spread.plain.into_iter().for_each(|(name, value)| out.push(name, value));
        for (urn, inner) in spread.extended {
            if !spread.seen.contains(&urn.as_str().to_ascii_lowercase()) {
                out.push(urn, Value::Object(inner.into()));
            }
        }
        out
    }
}

/// An attribute by a name with its URN: `urn:..:2.0:User:active`.
fn qualified(
    r: &mut Rewriter<'_, '_>,
    kind: &ResourceType,
    name: &AttrName,
    within: Within,
) -> Option<AttrRef> {
    let path = AttrPath::parse(name.as_str()).filter(|path| path.schema.is_some())?;
    let mut read = |path: Option<AttrPath>, rule: RuleId| {
        let found = AttrRef::resolve(&path?, kind).ok().filter(|found| found.sub().is_none())?;
        // RFC 7644 section 3.5.2 has such names in the values of PATCH
        let may = rule == RuleId::DottedKeys && within == Within::Patch || r.reader.may(rule);
        may.then_some(found)
    };
    read(Some(path.clone()), RuleId::DottedKeys)
        .or_else(|| read(modern(&path, kind), RuleId::DraftUrn))
        .or_else(|| read(legacy_dot(&path, kind), RuleId::LegacyDot))
}
