//! Evaluation: total, and the oracle of every store.

use super::TypedFilter;
use crate::value::{Object, Value};

impl TypedFilter {
    /// Whether a document (see [`Resource::document`](crate::Resource::document)) meets the filter.
    #[must_use]
    pub fn matches(&self, document: &Object) -> bool {
        let _ = document;
        false
    }

    /// Whether one value of a multi-valued attribute meets the filter of a value path.
    #[must_use]
    pub fn matches_element(&self, element: &Value) -> bool {
        let _ = element;
        false
    }
}
