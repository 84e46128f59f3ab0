//! Groups (RFC 7643 section 4.2).

use super::extension::{self, Extension};
use super::fields::{FieldSet, document, resource, typed};
use super::{Meta, Reference, TypedError};
use crate::resource::{Resource, Service};
use crate::schema::ResourceType;
use crate::urn;
use crate::value::Object;

typed! {
    /// A group.
    ///
    /// ```
    /// use provost_core::Object;
    /// use provost_core::typed::{Group, Reference};
    /// let group = Group::new("Guides").with_member(Reference::new("2819c223"));
    /// assert_eq!(
    ///     Object::from(group).to_string(),
    ///     r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[{"value":"2819c223"}]}"#
    /// );
    /// ```
    Group {
        /// The server's identifier.
        one id / with_id: String = "id",
        /// The client's identifier.
        one external_id / with_external_id: String = "externalId",
        /// The display name.
        must display_name / with_display_name: String = "displayName",
        /// The members. A stored body has none, since they are rows of their own.
        many members / with_member: Reference = "members",
        /// The server's metadata.
        one meta / with_meta: Meta = "meta",
    }
}

resource!(Group, urn::GROUP);

impl Group {
    /// A group of that name.
    #[must_use]
    pub fn new(display_name: impl Into<String>) -> Self {
        Self::default().with_display_name(display_name)
    }
}
