//! Reads Schema resources from JSON, with errors that name the attribute at fault.

use super::read::{
    Faults, Result, flag, join, known_names, message_kind, object, required_text, texts, word,
};
use super::{Attribute, Mutability, Returned, Schema, SchemaError, Type, Uniqueness};
use crate::text::excerpt;
use crate::urn;
use crate::value::{AttrName, Object, Value};
use std::sync::Arc;

/// The members of a Schema resource, and of an attribute's definition (RFC 7643 section 7).
const SCHEMA_MEMBERS: &[&str] = &["schemas", "id", "name", "description", "attributes", "meta"];
const CHARACTERISTICS: &[&str] = &[
    "name",
    "type",
    "multiValued",
    "description",
    "required",
    "canonicalValues",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "referenceTypes",
    "subAttributes",
];

/// Reads a Schema resource (RFC 7643 section 7). Missing characteristics get the defaults of section 2.2.
///
/// # Errors
/// It is not JSON, has no `id`, invalid or duplicate names, unknown words, or a complex attribute without
/// sub-attributes or inside another. Returns the first fault; [`SchemaSet::load`](super::SchemaSet::load) reports all.
pub fn parse_schema(json: &str) -> Result<Schema> {
    let mut faults = Faults::default();
    let schema = read_schema(json, &mut faults);
    faults.first(schema)
}

/// The schema of schemas itself breaks the rule about nesting (RFC 7643 section 7: "subAttributes").
pub(super) fn parse_meta_schema(json: &str) -> Result<Schema> {
    let mut faults = Faults::default();
    let schema = read_nested(json, 2, &mut faults);
    faults.first(schema)
}

/// The schema as far as it can be read; `None` if it cannot be identified.
pub(super) fn read_schema(json: &str, faults: &mut Faults) -> Option<Schema> {
    read_nested(json, 1, faults)
}

fn read_nested(json: &str, levels: usize, faults: &mut Faults) -> Option<Schema> {
    let source = faults.note(object(json))?;
    message_kind(&source, urn::SCHEMA, "Schema", faults);
    known_names(&source, "", SCHEMA_MEMBERS, faults);
    let id = faults.note(required_text(&source, "", "id").and_then(|id| check_urn(id).map(|()| id)));
    if source.get("attributes").is_none_or(|v| *v == Value::Null) {
        faults.add("attributes", "expected an array of attributes");
    }
    let attributes = attributes(&source, "attributes", "attributes", levels, faults);
    let id = id?;
    Some(Schema {
        id: AttrName::from(id),
        name: source.str("name").unwrap_or(id).to_owned(),
        description: source.str("description").unwrap_or_default().to_owned(),
        attributes,
    })
}

/// A URN identifies a schema and precedes a colon in paths, so it contains no blanks and does not end in a colon.
fn check_urn(id: &str) -> Result<()> {
    let rest = id.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("urn:")).and_then(|_| id.get(4..));
    let sound = rest.is_some_and(|r| {
        r.contains(':')
            && r.chars()
                .all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '[' | ']' | '/' | '?' | '#' | '%'))
            && r.split(':').all(|part| !part.is_empty())
    });
    if !sound {
        let message = format!("`{}` is not a URN like `urn:example:scim:schemas:2.0:Badge`", excerpt(id));
        return Err(SchemaError::new("id", message));
    }
    // RFC 7644 section 3.1: the URNs of messages are not schemas of resources
    if id.get(..urn::MESSAGES.len()).is_some_and(|head| head.eq_ignore_ascii_case(urn::MESSAGES)) {
        return Err(SchemaError::new("id", format!("`{}` is the URN of a protocol message", excerpt(id))));
    }
    Ok(())
}

/// The attributes that can be read.
fn attributes(
    source: &Object,
    member: &str,
    at: &str,
    levels: usize,
    faults: &mut Faults,
) -> Vec<Arc<Attribute>> {
    let list = match source.get(member) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(other) => {
            faults.add(at, format!("expected an array, found {}", other.kind()));
            return Vec::new();
        }
    };
    let mut out: Vec<Arc<Attribute>> = Vec::with_capacity(list.len());
    for (n, item) in list.iter().enumerate() {
        let here = format!("{at}[{n}]");
        let Some(item) = item.as_object() else {
            faults.add(here, "expected an object");
            continue;
        };
        let Some(name) = faults.note(required_text(item, &here, "name")) else { continue };
        let here = format!("{at}.{name}");
        let one = attribute(item, name, &here, levels, faults);
        if out.iter().any(|a| a.name == one.name) {
            faults.add(here, "the name appears twice");
        } else {
            out.push(Arc::new(one));
        }
    }
    out
}

fn attribute(item: &Object, name: &str, here: &str, levels: usize, faults: &mut Faults) -> Attribute {
    if !AttrName::is_valid(name) {
        let message = "an attribute name starts with a letter, followed by letters, digits, `-`, `_` and `$`";
        faults.add(here, message);
    }
    known_names(item, here, CHARACTERISTICS, faults);
    let kind = faults.note(word(item, here, "type", &Type::ALL));
    let sub_attributes = sub_attributes(item, kind, here, levels, faults);
    let kind = kind.flatten().unwrap_or(Type::String);
    let mutability = faults.note(word(item, here, "mutability", &Mutability::ALL));
    let mutability = mutability.flatten().unwrap_or(Mutability::ReadWrite);
    let returned = word(item, here, "returned", &Returned::ALL);
    let returned = returned.and_then(|given| returned_of(given, mutability, here));
    let uniqueness = word(item, here, "uniqueness", &Uniqueness::ALL);
    // RFC 7643 sections 2.3.6 and 2.3.7: binary and reference values are case exact
    let exact = matches!(kind, Type::Binary | Type::Reference);
    Attribute {
        name: name.into(),
        kind,
        multi_valued: faults.note(flag(item, here, "multiValued", false)).unwrap_or_default(),
        description: item.str("description").unwrap_or_default().to_owned(),
        required: faults.note(flag(item, here, "required", false)).unwrap_or_default(),
        canonical_values: faults.note(texts(item, here, "canonicalValues")).unwrap_or_default(),
        case_exact: faults.note(flag(item, here, "caseExact", exact)).unwrap_or(exact),
        mutability,
        returned: faults.note(returned).unwrap_or(Returned::Default),
        uniqueness: faults.note(uniqueness).flatten().unwrap_or(Uniqueness::None),
        reference_types: faults.note(texts(item, here, "referenceTypes")).unwrap_or_default(),
        sub_attributes,
    }
}

/// The sub-attributes of an attribute of this type; `kind` is `None` if the type is an unknown word.
fn sub_attributes(
    item: &Object,
    kind: Option<Option<Type>>,
    here: &str,
    levels: usize,
    faults: &mut Faults,
) -> Vec<Arc<Attribute>> {
    let parts = attributes(item, "subAttributes", here, levels.saturating_sub(1), faults);
    let Some(kind) = kind else { return parts };
    let listed = item.get("subAttributes").is_some_and(|v| !v.elements().is_empty());
    match (kind == Some(Type::Complex), listed) {
        // RFC 7643 section 2.3.8: "A complex attribute MUST NOT contain sub-attributes that have sub-attributes".
        (true, _) if levels == 0 => faults.add(here, "a sub-attribute cannot be complex"),
        (true, false) => faults.add(here, "a complex attribute needs subAttributes"),
        (false, true) => faults.add(here, "only a complex attribute can have subAttributes"),
        _ => {}
    }
    parts
}

/// RFC 7643 section 7: a writeOnly attribute "SHALL NOT be returned".
fn returned_of(given: Option<Returned>, mutability: Mutability, here: &str) -> Result<Returned> {
    match (mutability, given) {
        (Mutability::WriteOnly, None | Some(Returned::Default | Returned::Never)) => Ok(Returned::Never),
        (Mutability::WriteOnly, Some(other)) => {
            let message =
                format!("a writeOnly attribute is never returned: expected `never`, found `{other}`");
            Err(SchemaError::new(join(here, "returned"), message))
        }
        (_, given) => Ok(given.unwrap_or(Returned::Default)),
    }
}
