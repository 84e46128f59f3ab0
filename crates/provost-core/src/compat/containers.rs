//! Names under which attributes are grouped: the URN of the resource's own schema, and URNs from drafts of the
//! standard.

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

/// The enterprise extension in drafts of RFC 7643; older connectors still send it.
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

/// Replaces a draft's URN with the current one in a name from `attributes`, `excludedAttributes` or `sortBy`.
pub(super) fn todays_name<'n>(reader: &mut Reader<'_>, name: &'n str, kind: &ResourceType) -> Cow<'n, str> {
    // the longest first, since one is a prefix of another
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

/// The path with a draft's URN replaced by the current one, if it has one.
pub(super) fn modern(path: &AttrPath, kind: &ResourceType) -> Option<AttrPath> {
    // one draft's URN equals another plus a name, so compare the whole path first
    if let Some(schema) = path.whole_urn().and_then(|whole| of_draft(&whole, kind)) {
        let (head, name) = schema.id.as_str().rsplit_once(':')?;
        return Some(AttrPath { schema: Some(head.into()), name: name.into(), sub: None, span: path.span });
    }
    let schema = of_draft(path.schema.as_deref()?, kind)?;
    Some(AttrPath { schema: Some(schema.id.as_str().into()), ..path.clone() })
}

/// `urn:..:2.0:User.department` was split before `User`: the name belongs to the URN, and the sub-attribute is the
/// name.
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

/// Moves each attribute of a body, or of a value without path, to the one place where it belongs. Attributes under the
/// type's own URN move to the top. Those under a draft's URN, or with a URN before their name, move into their
/// extension.
///
/// # Errors
/// `invalidSyntax` if a name then occurs twice; `invalidValue` if the value of a URN is not an object.
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

/// The attributes under the URN of the resource's own schema. Null there does not clear the whole resource.
pub(super) fn core_attributes(urn: &AttrName, value: Value) -> Result<Object, Error> {
    match value {
        Value::Object(attributes) => Ok(attributes),
        other => {
            let fault = format_args!("must be an object of attributes, found {}", other.kind());
            Err(Error::of_attribute(ErrorKind::InvalidValue, urn, fault))
        }
    }
}

/// Attributes by name, with a set to look names up, since a body may contain tens of thousands.
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

    /// RFC 7643 section 2.1: an attribute has one value, wherever its name appears.
    fn add(&mut self, name: AttrName, value: Value) -> Result<(), Error> {
        if !self.seen.insert(name.as_str().to_ascii_lowercase()) {
            let name = excerpt(name.as_str());
            return Err(Error::of_attribute(ErrorKind::InvalidSyntax, name, "appears twice in one object"));
        }
        self.plain.push((name, value));
        Ok(())
    }

    /// Merges two objects of the same extension.
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

/// An attribute by its name with URN: `urn:..:2.0:User:active`.
fn qualified(
    r: &mut Rewriter<'_, '_>,
    kind: &ResourceType,
    name: &AttrName,
    within: Within,
) -> Option<AttrRef> {
    let path = AttrPath::parse(name.as_str()).filter(|path| path.schema.is_some())?;
    let mut read = |path: Option<AttrPath>, rule: RuleId| {
        let found = AttrRef::resolve(&path?, kind).ok().filter(|found| found.sub().is_none())?;
        // RFC 7644 section 3.5.2 uses such names in the values of PATCH
        let may = rule == RuleId::DottedKeys && within == Within::Patch || r.reader.may(rule);
        may.then_some(found)
    };
    read(Some(path.clone()), RuleId::DottedKeys)
        .or_else(|| read(modern(&path, kind), RuleId::DraftUrn))
        .or_else(|| read(legacy_dot(&path, kind), RuleId::LegacyDot))
}
