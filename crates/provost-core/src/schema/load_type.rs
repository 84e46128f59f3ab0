//! ResourceType resources from JSON, bound to their schemas.

use super::read::{Result, flag, known_names, message_kind, required_text};
use super::{Extension, Mutability, ResourceType, Schema, SchemaError, SchemaSet, common};
use crate::path::clip;
use crate::urn;
use crate::value::{AttrName, Object, Value, parse_object};
use std::sync::Arc;

/// The members of a ResourceType resource and of an entry of `schemaExtensions` (RFC 7643 section 6).
const MEMBERS: &[&str] =
    &["schemas", "id", "name", "description", "endpoint", "schema", "schemaExtensions", "meta"];
const EXTENSION_MEMBERS: &[&str] = &["schema", "required"];

/// Endpoints of the protocol itself (RFC 7644 section 3.2).
const RESERVED: &[&str] = &["Schemas", "ResourceTypes", "ServiceProviderConfig", "Bulk", "Me"];

/// What an element of `members` holds: it is a row that links two resources, with nothing else in it.
const MEMBER_PARTS: &[&str] = &["value", "$ref", "type", "display"];

/// Reads a ResourceType resource (RFC 7643 section 6) whose schemas are in `set`.
///
/// # Errors
/// Not JSON, no `name`, `endpoint` or `schema`, an endpoint that is not one path segment or is the protocol's own, a
/// schema not in the set or named twice, `members` that cannot be kept as rows.
pub fn parse_resource_type(json: &str, set: &SchemaSet) -> Result<ResourceType> {
    let source = parse_object(json).map_err(|e| SchemaError::new("", e.to_string()))?;
    message_kind(&source, urn::RESOURCE_TYPE, "ResourceType")?;
    known_names(&source, "", MEMBERS)?;
    let name = required_text(&source, "", "name")?;
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        let said = format!("`{}` must be made of letters, digits, `-`, `_` and `.`", clip(name));
        return Err(SchemaError::new("name", said));
    }
    let find = |at: &str, urn: &str| {
        let missing = || SchemaError::new(at, format!("no schema `{}` is known", clip(urn)));
        set.schema(urn).cloned().ok_or_else(missing)
    };
    let main = find("schema", required_text(&source, "", "schema")?)?;
    check_members(&main)?;
    let kind = ResourceType {
        name: name.into(),
        description: source.str("description").unwrap_or_default().to_owned(),
        endpoint: endpoint(&source)?,
        extensions: extensions(&source, &main, find)?,
        schema: main,
        indexed: Vec::new(),
    };
    Ok(kind)
}

fn endpoint(source: &Object) -> Result<String> {
    let endpoint = required_text(source, "", "endpoint")?;
    let segment = endpoint.strip_prefix('/').unwrap_or(endpoint);
    if !AttrName::is_valid(segment) {
        let said = format!("`{}` is not a slash and one path segment, like `/Devices`", clip(endpoint));
        return Err(SchemaError::new("endpoint", said));
    }
    if RESERVED.iter().any(|r| r.eq_ignore_ascii_case(segment)) {
        return Err(SchemaError::new("endpoint", format!("`/{segment}` belongs to the protocol itself")));
    }
    Ok(format!("/{segment}"))
}

fn extensions(
    source: &Object,
    main: &Schema,
    find: impl Fn(&str, &str) -> Result<Arc<Schema>>,
) -> Result<Vec<Extension>> {
    let mut out: Vec<Extension> = Vec::new();
    for (n, e) in source.get("schemaExtensions").map_or(&[][..], Value::elements).iter().enumerate() {
        let at = format!("schemaExtensions[{n}]");
        let e = e.as_object().ok_or_else(|| SchemaError::new(&at, "expected an object"))?;
        known_names(e, &at, EXTENSION_MEMBERS)?;
        let schema = find(&at, required_text(e, &at, "schema")?)?;
        if schema.id == main.id || out.iter().any(|o| o.schema.id == schema.id) {
            return Err(SchemaError::new(at, format!("the schema `{}` stands twice", schema.id)));
        }
        out.push(Extension { schema, required: flag(e, &at, "required", false)? });
    }
    Ok(out)
}

/// Members are rows (see [`ResourceType::members`]): what a row cannot hold must not be promised.
fn check_members(main: &Schema) -> Result<()> {
    let Some(a) = main.attribute("members").filter(|a| a.multi_valued && a.sub("value").is_some()) else {
        return Ok(());
    };
    let at = format!("schema `{}`, attributes.members", main.id);
    if !matches!(a.mutability, Mutability::ReadWrite | Mutability::ReadOnly) {
        let said = format!("members come and go one by one, so they cannot be {}", a.mutability);
        return Err(SchemaError::new(at, said));
    }
    match a.sub_attributes.iter().find(|s| !MEMBER_PARTS.iter().any(|p| s.name.is(p))) {
        Some(other) => {
            let said = format!(
                "a member has {} and cannot have `{}`; give the attribute another name than `members` to keep it",
                MEMBER_PARTS.join(", "),
                other.name
            );
            Err(SchemaError::new(at, said))
        }
        None => Ok(()),
    }
}

/// The schema without the attributes that every resource has anyway; `None` when it lists none of them.
///
/// RFC 7643 section 3.1 lets a schema list common attributes, and gives its own characteristics of them precedence.
pub(super) fn without_common(schema: &Arc<Schema>) -> Option<Schema> {
    let is_common = |name: &AttrName| common().attribute(name.as_str()).is_some();
    if !schema.attributes.iter().any(|a| is_common(&a.name)) {
        return None;
    }
    let mut rest = Schema::clone(schema);
    rest.attributes.retain(|a| !is_common(&a.name));
    Some(rest)
}
