//! Schemas and resource types as data (RFC 7643 sections 6 and 7).
//!
//! Nothing else in the crate knows what a User is: validation, filter, PATCH and discovery read these values.

mod attribute;
mod builtin;
mod error;
mod files;
mod index;
mod load;
mod load_type;
mod read;
mod resource_type;
mod set;
mod write;

pub use attribute::{Attribute, Mutability, Returned, Type, Uniqueness};
pub use builtin::{common, meta_schemas};
pub use error::{FileError, LoadError, SchemaError};
pub use load::parse_schema;
pub use load_type::parse_resource_type;
pub use resource_type::{Extension, ResourceType};
pub use set::SchemaSet;

use crate::value::{AttrName, Value};
use std::sync::Arc;

/// A schema: a URN and the attributes it defines.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Schema {
    /// The URN, in the spelling used in answers.
    pub id: AttrName,
    /// A human-readable name.
    pub name: String,
    /// A human-readable description.
    pub description: String,
    /// The attributes, in order of definition.
    pub attributes: Vec<Arc<Attribute>>,
}

impl Schema {
    /// The attribute of that name, ignoring case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.attributes.iter().find(|a| a.name.is(name))
    }

    /// Whether an entry in this extension's object only repeats the extension's URN: `"schemas": ["urn:.."]`.
    ///
    /// It is not an attribute of the extension. Client libraries that model an extension as a resource send it. It adds
    /// nothing to the object's name, so it is ignored.
    pub(crate) fn is_restated_by(&self, name: &AttrName, value: &Value) -> bool {
        let urn = |v: &Value| v.as_str().is_some_and(|urn| self.id.is(urn));
        name.is("schemas")
            && self.attribute("schemas").is_none()
            && matches!(value.as_array(), Some([one]) if urn(one))
    }
}
