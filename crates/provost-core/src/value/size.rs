//! The approximate size of values as JSON, without writing them.

use super::{AttrName, Object, Value};

impl Value {
    /// The approximate size as JSON, in bytes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::String(text) => text.len().saturating_add(2),
            Self::OutOfRange(text) => text.len(),
            Self::Array(list) => list.iter().fold(2, |sum, v| sum.saturating_add(v.size())),
            Self::Object(object) => object.size(),
            Self::Null | Self::Bool(_) | Self::Number(_) => 8,
        }
    }
}

impl Object {
    /// The approximate size as JSON, in bytes.
    pub(crate) fn size(&self) -> usize {
        let of = |(name, value): (&AttrName, &Value)| {
            name.as_str().len().saturating_add(4).saturating_add(value.size())
        };
        self.iter().map(of).fold(2, usize::saturating_add)
    }
}
