//! Schema and ResourceType resources from JSON, with errors that name the attribute at fault.

use super::{Attribute, Extension, Mutability, ResourceType, Returned, Schema, SchemaSet, Type, Uniqueness};
use crate::value::{AttrName, Object, Value, parse_object};
use std::sync::Arc;

/// A fault in a schema or resource type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if .at.is_empty() { String::new() } else { format!("in `{}`: ", .at) })]
pub struct SchemaError {
    at: String,
    message: String,
}

impl SchemaError {
    pub(super) fn new(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into() }
    }

    /// The member at fault: `attributes.emails.type`, or empty for the text as a whole.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }
}

type Result<T> = std::result::Result<T, SchemaError>;

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
    let id = required_text(&source, "", "id")?;
    if !id.to_ascii_lowercase().starts_with("urn:") || id.contains(char::is_whitespace) {
        return Err(SchemaError::new("id", format!("`{id}` is not a URN")));
    }
    let attributes = attributes(&source, "attributes", "attributes", levels)?;
    Ok(Schema {
        id: AttrName::from(id),
        name: source.str("name").unwrap_or(id).to_owned(),
        description: source.str("description").unwrap_or_default().to_owned(),
        attributes,
    })
}

/// Reads a ResourceType resource (RFC 7643 section 6) whose schemas are in `set`.
///
/// # Errors
/// Not JSON, no `name`, `endpoint` or `schema`, an endpoint that is not one path segment, a schema not in the set.
pub fn parse_resource_type(json: &str, set: &SchemaSet) -> Result<ResourceType> {
    let source = parse_object(json).map_err(|e| SchemaError::new("", e.to_string()))?;
    let name = required_text(&source, "", "name")?;
    let endpoint = required_text(&source, "", "endpoint")?;
    let segment = endpoint.strip_prefix('/').unwrap_or(endpoint);
    if !AttrName::is_valid(segment) {
        let said = format!("`{endpoint}` is not a slash and one path segment, like `/Devices`");
        return Err(SchemaError::new("endpoint", said));
    }
    let schema = |at: &str, urn: &str| {
        let missing = || SchemaError::new(at, format!("no schema `{urn}` is known"));
        set.schema(urn).cloned().ok_or_else(missing)
    };
    let mut extensions = Vec::new();
    for (n, e) in source.get("schemaExtensions").map_or(&[][..], Value::elements).iter().enumerate() {
        let at = format!("schemaExtensions[{n}]");
        let e = e.as_object().ok_or_else(|| SchemaError::new(&at, "expected an object"))?;
        let urn = required_text(e, &at, "schema")?;
        extensions.push(Extension { schema: schema(&at, urn)?, required: flag(e, &at, "required", false)? });
    }
    Ok(ResourceType {
        name: name.into(),
        description: source.str("description").unwrap_or_default().to_owned(),
        endpoint: format!("/{segment}"),
        schema: schema("schema", required_text(&source, "", "schema")?)?,
        extensions,
    })
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
    Ok(Attribute {
        name: name.into(),
        kind,
        multi_valued: flag(item, here, "multiValued", false)?,
        description: item.str("description").unwrap_or_default().to_owned(),
        required: flag(item, here, "required", false)?,
        canonical_values: texts(item, here, "canonicalValues")?,
        // RFC 7643 sections 2.3.6 and 2.3.7: binary and reference values are case exact
        case_exact: flag(item, here, "caseExact", matches!(kind, Type::Binary | Type::Reference))?,
        mutability: word(item, here, "mutability", Mutability::parse, Mutability::WORDS)?
            .unwrap_or(Mutability::ReadWrite),
        returned: word(item, here, "returned", Returned::parse, Returned::WORDS)?
            .unwrap_or(Returned::Default),
        uniqueness: word(item, here, "uniqueness", Uniqueness::parse, Uniqueness::WORDS)?
            .unwrap_or(Uniqueness::None),
        reference_types: texts(item, here, "referenceTypes")?,
        sub_attributes,
    })
}

fn required_text<'a>(o: &'a Object, at: &str, name: &str) -> Result<&'a str> {
    let missing = || SchemaError::new(join(at, name), "expected a text that is not empty");
    o.str(name).filter(|s| !s.is_empty()).ok_or_else(missing)
}

fn flag(o: &Object, at: &str, name: &str, default: bool) -> Result<bool> {
    match o.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Bool(b)) => Ok(*b),
        Some(other) => {
            Err(SchemaError::new(join(at, name), format!("expected true or false, found {}", other.kind())))
        }
    }
}

fn word<T>(
    o: &Object,
    at: &str,
    name: &str,
    read: fn(&str) -> Option<T>,
    words: &[&str],
) -> Result<Option<T>> {
    match o.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(v) => match v.as_str().and_then(read) {
            Some(t) => Ok(Some(t)),
            None => Err(SchemaError::new(join(at, name), format!("expected one of {}", words.join(", ")))),
        },
    }
}

fn texts(o: &Object, at: &str, name: &str) -> Result<Vec<String>> {
    let list = o.get(name).map_or(&[][..], Value::elements);
    let fault = || SchemaError::new(join(at, name), "expected an array of texts");
    list.iter().map(|v| v.as_str().map(str::to_owned).ok_or_else(fault)).collect()
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}
