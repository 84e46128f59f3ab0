//! Syntax to typed filter: attributes are looked up, operands converted, what cannot be asked is refused.

use super::{Filter, FilterError, TypedFilter};
use crate::path::AttrRef;
use crate::schema::ResourceType;

/// What becomes of an attribute that the resource type does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unknown {
    /// The filter is refused.
    #[default]
    Refuse,
    /// It counts as an attribute without a value.
    Unassigned,
}

impl Filter {
    /// Binds the filter to a resource type.
    ///
    /// # Errors
    /// Attributes that do not exist (unless `unknown` says otherwise), that are never returned, or that cannot be
    /// compared so; operands of another type. The error has the byte.
    pub fn resolve(&self, kind: &ResourceType, unknown: Unknown) -> Result<TypedFilter, FilterError> {
        let _ = (kind, unknown);
        Err(FilterError::new(0, "not yet"))
    }

    /// Binds the filter of a value path: its names are sub-attributes of `attribute`.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn resolve_element(&self, attribute: &AttrRef) -> Result<TypedFilter, FilterError> {
        let _ = attribute;
        Err(FilterError::new(0, "not yet"))
    }
}
