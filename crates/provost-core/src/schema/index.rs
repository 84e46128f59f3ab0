//! Which attributes an index can find.

use super::{ResourceType, Returned, SchemaError};
use crate::path::{AttrPath, AttrRef};
use crate::text::excerpt;

/// The attribute that a path names, if its values are looked up one by one: a simple one, a part of a complex one, or
/// a list, by its values.
pub(super) fn attribute(kind: &ResourceType, path: &str) -> Result<AttrRef, SchemaError> {
    let fault = |message: String| SchemaError::new("", message);
    let parsed = AttrPath::parse(path)
        .ok_or_else(|| fault(format!("`{}` is not the path of an attribute", excerpt(path))))?;
    let found = AttrRef::resolve(&parsed, kind).map_err(|e| fault(e.to_string()))?;
    // RFC 7643 section 7: what is never returned is in no filter
    if [found.attribute(), found.leaf()].iter().any(|a| a.returned == Returned::Never) {
        return Err(fault(format!("`{found}` is never returned, so it cannot be looked up")));
    }
    let is_value = found.sub().is_none_or(|s| s.name.is("value"));
    if found.attribute().multi_valued {
        let has_value = !found.attribute().is_complex() || found.attribute().sub("value").is_some();
        return match is_value && has_value {
            true => Ok(found.whole()),
            false => Err(fault(format!(
                "`{found}` is part of a multi-valued attribute, of which only `value` can be looked up"
            ))),
        };
    }
    if found.leaf().is_complex() {
        let part = found.leaf().sub_attributes.first().map_or("value", |a| a.name.as_str());
        return Err(fault(format!(
            "`{found}` is complex: name one of its sub-attributes, like `{found}.{part}`"
        )));
    }
    match found.leaf().multi_valued {
        true => Err(fault(format!("`{found}` is a list within a value, which cannot be indexed"))),
        false => Ok(found),
    }
}
