//! Reads ResourceType resources from JSON, and binds them to their schemas.

use super::read::{Faults, Result, flag, known_names, message_kind, object, required_text};
use super::{Extension, Mutability, ResourceType, Schema, SchemaError, SchemaSet, common};
use crate::text::excerpt;
use crate::urn;
use crate::value::{AttrName, Object, Value};
use std::sync::Arc;

/// The members of a ResourceType resource, and of an entry of `schemaExtensions` (RFC 7643 section 6).
const MEMBERS: &[&str] =
    &["schemas", "id", "name", "description", "endpoint", "schema", "schemaExtensions", "meta"];
const EXTENSION_MEMBERS: &[&str] = &["schema", "required"];

/// Endpoints of the protocol itself (RFC 7644 section 3.2).
const RESERVED: &[&str] = &["Schemas", "ResourceTypes", "ServiceProviderConfig", "Bulk", "Me"];

/// What an element of `members` may contain, since it is stored as a row that links two resources.
const MEMBER_PARTS: &[&str] = &["value", "$ref", "type", "display"];

/// Reads a ResourceType resource (RFC 7643 section 6) whose schemas are in `set`.
///
/// # Errors
/// It is not JSON; lacks `name`, `endpoint` or `schema`; has an endpoint that is not a single path segment or belongs
/// to the protocol; names a schema twice or one that is not in the set; or its `members` cannot be stored as rows.
/// Returns the first fault; [`SchemaSet::load`] reports all.
pub fn parse_resource_type(json: &str, set: &SchemaSet) -> Result<ResourceType> {
    let mut faults = Faults::default();
    let kind = read_resource_type(json, &Known { set, all: true }, &mut faults);
    faults.first(kind)
}

/// The schemas a resource type may name.
pub(super) struct Known<'a> {
    pub(super) set: &'a SchemaSet,
    /// Whether the set is complete. If not, a missing schema may be in a file that could not be read, which was already
    /// reported.
    pub(super) all: bool,
}

impl Known<'_> {
    fn find(&self, o: &Object, at: &str, here: &str, faults: &mut Faults) -> Option<Arc<Schema>> {
        let urn = faults.note(required_text(o, at, "schema"))?;
        let found = self.set.schema(urn).cloned();
        if found.is_none() && self.all {
            let known: Vec<String> = self.set.schemas().iter().map(|s| format!("`{}`", s.id)).collect();
            faults.add(
                here,
                format!(
                    "the schema `{}` is not known; the known ones are {}",
                    excerpt(urn),
                    known.join(", ")
                ),
            );
        }
        found
    }
}

/// The resource type as far as it can be read; `None` without a readable name, endpoint or schema.
pub(super) fn read_resource_type(json: &str, known: &Known<'_>, faults: &mut Faults) -> Option<ResourceType> {
    let source = faults.note(object(json))?;
    message_kind(&source, urn::RESOURCE_TYPE, "ResourceType", faults);
    known_names(&source, "", MEMBERS, faults);
    let name = faults.note(required_text(&source, "", "name").and_then(check_name));
    let endpoint = faults.note(endpoint(&source));
    let schema = known.find(&source, "", "schema", faults);
    let extensions = extensions(&source, schema.as_deref(), known, faults);
    let schema = schema?;
    faults.note(check_members(&schema));
    Some(ResourceType {
        name: name?.into(),
        description: source.str("description").unwrap_or_default().to_owned(),
        endpoint: endpoint?,
        extensions,
        schema,
        indexed: Vec::new(),
    })
}

fn check_name(name: &str) -> Result<&str> {
    if name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Ok(name);
    }
    let message = format!("`{}` may only contain letters, digits, `-`, `_` and `.`", excerpt(name));
    Err(SchemaError::new("name", message))
}

fn endpoint(source: &Object) -> Result<String> {
    let endpoint = required_text(source, "", "endpoint")?;
    let segment = endpoint.strip_prefix('/').unwrap_or(endpoint);
    if !AttrName::is_valid(segment) {
        let message =
            format!("`{}` must be a slash and one path segment, like `/Devices`", excerpt(endpoint));
        return Err(SchemaError::new("endpoint", message));
    }
    if RESERVED.iter().any(|r| r.eq_ignore_ascii_case(segment)) {
        return Err(SchemaError::new("endpoint", format!("`/{segment}` is part of the protocol itself")));
    }
    Ok(format!("/{segment}"))
}

fn extensions(
    source: &Object,
    main: Option<&Schema>,
    known: &Known<'_>,
    faults: &mut Faults,
) -> Vec<Extension> {
    let mut out: Vec<Extension> = Vec::new();
    for (n, e) in source.get("schemaExtensions").map_or(&[][..], Value::elements).iter().enumerate() {
        let at = format!("schemaExtensions[{n}]");
        let Some(e) = e.as_object() else {
            faults.add(at, "expected an object");
            continue;
        };
        known_names(e, &at, EXTENSION_MEMBERS, faults);
        let required = faults.note(flag(e, &at, "required", false)).unwrap_or_default();
        let Some(schema) = known.find(e, &at, &at, faults) else { continue };
        if main.is_some_and(|m| m.id == schema.id) || out.iter().any(|o| o.schema.id == schema.id) {
            faults.add(at, format!("the schema `{}` appears twice", schema.id));
        } else {
            out.push(Extension { schema, required });
        }
    }
    out
}

/// Members are rows (see [`ResourceType::members`]), so a schema must not promise what a row cannot represent.
fn check_members(main: &Schema) -> Result<()> {
    let Some(a) = main.attribute("members").filter(|a| a.multi_valued && a.sub("value").is_some()) else {
        return Ok(());
    };
    let at = format!("schema `{}`, attributes.members", main.id);
    if !matches!(a.mutability, Mutability::ReadWrite | Mutability::ReadOnly) {
        let message = format!("members are added and removed one by one, so they cannot be {}", a.mutability);
        return Err(SchemaError::new(at, message));
    }
    let Some(other) = a.sub_attributes.iter().find(|s| !MEMBER_PARTS.iter().any(|p| s.name.is(p))) else {
        return Ok(());
    };
    let (parts, other) = (MEMBER_PARTS.join(", "), &other.name);
    let remedy = "name the attribute something other than `members` to keep it";
    Err(SchemaError::new(at, format!("a member has {parts} and cannot have `{other}`; {remedy}")))
}

/// The schema without the attributes every resource has anyway; `None` if it lists none of them.
///
/// RFC 7643 section 3.1 lets a schema list common attributes, but the standard's characteristics take precedence.
pub(super) fn without_common(schema: &Arc<Schema>) -> Option<Schema> {
    let is_common = |name: &AttrName| common().attribute(name.as_str()).is_some();
    if !schema.attributes.iter().any(|a| is_common(&a.name)) {
        return None;
    }
    let mut rest = Schema::clone(schema);
    rest.attributes.retain(|a| !is_common(&a.name));
    Some(rest)
}
