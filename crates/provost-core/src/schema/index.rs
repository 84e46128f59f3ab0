//! Which attributes can be indexed.

use super::{ResourceType, Returned, SchemaError};
use crate::path::{AttrPath, AttrRef};
use crate::text::excerpt;

/// The attribute that a path names, if its values can be looked up: a simple one, a part of a complex one, or the
/// values of a list.
pub(super) fn attribute(kind: &ResourceType, path: &str) -> Result<AttrRef, SchemaError> {
    let fault = |message: String| Err(SchemaError::new("", message));
    let Some(parsed) = AttrPath::parse(path) else {
        return fault(format!("`{}` is not the path of an attribute", excerpt(path)));
    };
    let found = AttrRef::resolve(&parsed, kind).or_else(|e| fault(e.to_string()))?;
    let (attribute, leaf) = (found.attribute(), found.leaf());
    // RFC 7643 section 7: what is never returned cannot be used in a filter
    if [attribute, leaf].iter().any(|a| a.returned == Returned::Never) {
        return fault(format!("`{found}` is never returned, so it cannot be looked up"));
    }
    if attribute.multi_valued {
        let is_value = found.sub().is_none_or(|s| s.name.is("value"));
        if is_value && (!attribute.is_complex() || attribute.sub("value").is_some()) {
            return Ok(found.whole());
        }
        return fault(format!("`{found}` is in a multi-valued attribute: only `value` can be looked up"));
    }
    if leaf.is_complex() {
        let part = leaf.sub_attributes.first().map_or("value", |a| a.name.as_str());
        let remedy = format!("name one of its sub-attributes, like `{found}.{part}`");
        return fault(format!("`{found}` is complex: {remedy}"));
    }
    match leaf.multi_valued {
        true => fault(format!("`{found}` is a list within a value, which cannot be indexed")),
        false => Ok(found),
    }
}
