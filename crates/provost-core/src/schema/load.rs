//! Schema resources from JSON, with errors that name the attribute at fault.

use super::read::{Result, flag, join, known_names, message_kind, required_text, texts, word};
use super::{Attribute, Mutability, Returned, Schema, SchemaError, Type, Uniqueness};
use crate::path::clip;
use crate::urn;
use crate::value::{AttrName, Object, Value, parse_object};
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

/// Reads a Schema resource (RFC 7643 section 7). Characteristics that are not given have the defaults of section 2.2.
///
/// # Errors
/// Not JSON, no `id`, names outside the grammar or twice, unknown words, a complex attribute without
/// sub-attributes or inside another.
pub fn parse_schema(json: &str) -> Result<Schema> {
    parse_nested(json, 1)
}

/// The schema of schemas is the one that breaks the rule about nesting (RFC 7643 section 7: "subAttributes").
pub(super) fn parse_meta_schema(json: &str) -> Result<Schema> {
    parse_nested(json, 2)
}

fn parse_nested(json: &str, levels: usize) -> Result<Schema> {
    let source = parse_object(json).map_err(|e| SchemaError::new("", e.to_string()))?;
    message_kind(&source, urn::SCHEMA, "Schema")?;
    known_names(&source, "", SCHEMA_MEMBERS)?;
    let id = required_text(&source, "", "id")?;
    check_urn(id)?;
    if source.get("attributes").is_none_or(|v| *v == Value::Null) {
        return Err(SchemaError::new("attributes", "expected an array of attributes"));
    }
    let attributes = attributes(&source, "attributes", "attributes", levels)?;
    Ok(Schema {
        id: AttrName::from(id),
        name: source.str("name").unwrap_or(id).to_owned(),
        description: source.str("description").unwrap_or_default().to_owned(),
        attributes,
    })
}

/// A URN names a schema, and stands before a colon in paths: it has no blanks and does not end in one.
fn check_urn(id: &str) -> Result<()> {
    let rest = id.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("urn:")).and_then(|_| id.get(4..));
    let sound = rest.is_some_and(|r| {
        r.contains(':')
            && r.chars()
                .all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '[' | ']' | '/' | '?' | '#' | '%'))
            && r.split(':').all(|part| !part.is_empty())
    });
    if !sound {
        let said = format!("`{}` is not a URN like `urn:example:scim:schemas:2.0:Badge`", clip(id));
        return Err(SchemaError::new("id", said));
    }
    // RFC 7644 section 3.1: the URNs of messages are no schemas of resources
    if id.get(..urn::MESSAGES.len()).is_some_and(|head| head.eq_ignore_ascii_case(urn::MESSAGES)) {
        return Err(SchemaError::new("id", format!("`{}` is the URN of a protocol message", clip(id))));
    }
    Ok(())
}

fn attributes(source: &Object, member: &str, at: &str, levels: usize) -> Result<Vec<Arc<Attribute>>> {
    let list = match source.get(member) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(list)) => list,
        Some(other) => {
            return Err(SchemaError::new(at, format!("expected an array, found {}", other.kind())));
        }
    };
    let mut out: Vec<Arc<Attribute>> = Vec::with_capacity(list.len());
    for (n, item) in list.iter().enumerate() {
        let here = format!("{at}[{n}]");
        let item = item.as_object().ok_or_else(|| SchemaError::new(&here, "expected an object"))?;
        let name = required_text(item, &here, "name")?;
        let here = format!("{at}.{name}");
        let one = attribute(item, name, &here, levels)?;
        if out.iter().any(|a| a.name == one.name) {
            return Err(SchemaError::new(here, "the name stands twice"));
        }
        out.push(Arc::new(one));
    }
    Ok(out)
}

fn attribute(item: &Object, name: &str, here: &str, levels: usize) -> Result<Attribute> {
    if !AttrName::is_valid(name) {
        let said =
            "an attribute name begins with a letter and goes on with letters, digits, `-`, `_` and `$`";
        return Err(SchemaError::new(here, said));
    }
    known_names(item, here, CHARACTERISTICS)?;
    let kind = word(item, here, "type", Type::parse, Type::WORDS)?.unwrap_or(Type::String);
    let sub_attributes = attributes(item, "subAttributes", here, levels.saturating_sub(1))?;
    // RFC 7643 section 2.3.8: "A complex attribute MUST NOT contain sub-attributes that have sub-attributes".
    if kind == Type::Complex && levels == 0 {
        return Err(SchemaError::new(here, "a sub-attribute cannot be complex"));
    }
    if (kind == Type::Complex) == sub_attributes.is_empty() {
        let said = if sub_attributes.is_empty() {
            "a complex attribute needs subAttributes"
        } else {
            "only a complex attribute has subAttributes"
        };
        return Err(SchemaError::new(here, said));
    }
    let mutability = word(item, here, "mutability", Mutability::parse, Mutability::WORDS)?
        .unwrap_or(Mutability::ReadWrite);
    let returned = word(item, here, "returned", Returned::parse, Returned::WORDS)?;
    Ok(Attribute {
        name: name.into(),
        kind,
        multi_valued: flag(item, here, "multiValued", false)?,
        description: item.str("description").unwrap_or_default().to_owned(),
        required: flag(item, here, "required", false)?,
        canonical_values: texts(item, here, "canonicalValues")?,
        // RFC 7643 sections 2.3.6 and 2.3.7: binary and reference values are case exact
        case_exact: flag(item, here, "caseExact", matches!(kind, Type::Binary | Type::Reference))?,
        mutability,
        returned: returned_of(returned, mutability, here)?,
        uniqueness: word(item, here, "uniqueness", Uniqueness::parse, Uniqueness::WORDS)?
            .unwrap_or(Uniqueness::None),
        reference_types: texts(item, here, "referenceTypes")?,
        sub_attributes,
    })
}

/// RFC 7643 section 7: a writeOnly attribute "SHALL NOT be returned".
fn returned_of(said: Option<Returned>, mutability: Mutability, here: &str) -> Result<Returned> {
    match (mutability, said) {
        (Mutability::WriteOnly, None | Some(Returned::Default | Returned::Never)) => Ok(Returned::Never),
        (Mutability::WriteOnly, Some(other)) => {
            let said = format!("a writeOnly attribute is in no answer: `never`, not `{other}`");
            Err(SchemaError::new(join(here, "returned"), said))
        }
        (_, said) => Ok(said.unwrap_or(Returned::Default)),
    }
}
