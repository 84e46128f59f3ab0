//! Groups (RFC 7643 section 4.2).

use super::extension::{Extension, from_value, listed, merge};
use super::fields::{FieldSet, document, typed};
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
        /// The name as it is shown.
        must display_name / with_display_name: String = "displayName",
        /// The members. A stored body has none: they are rows of their own.
        many members / with_member: Reference = "members",
        /// What the server says of it.
        one meta / with_meta: Meta = "meta",
    }
}

document!(Group);

impl Group {
    /// A group of that name.
    #[must_use]
    pub fn new(display_name: impl Into<String>) -> Self {
        Self::default().with_display_name(display_name)
    }

    /// The group that a store gave.
    ///
    /// # Errors
    /// A stored text that is not JSON, or values that the schema of Group does not have.
    pub fn from_resource(
        resource: &Resource,
        kind: &ResourceType,
        service: &Service,
    ) -> Result<Self, TypedError> {
        resource.document(kind, service)?.try_into()
    }

    /// An extension; `None` when the group does not have it.
    ///
    /// # Errors
    /// Values that do not fit the struct.
    pub fn extension<E: Extension>(&self) -> Result<Option<E>, TypedError> {
        self.rest.get(E::URN).map(|v| from_value(v, E::URN)).transpose()
    }

    /// Sets an extension. Attributes that the struct serialises are set, or cleared where they are null; others that
    /// the extension has stay.
    ///
    /// # Errors
    /// A struct that does not serialise to a JSON object.
    pub fn set_extension<E: Extension>(&mut self, extension: &E) -> Result<(), TypedError> {
        merge(&mut self.rest, extension)
    }
}

impl From<Group> for Object {
    /// With `schemas` as the content makes it.
    fn from(group: Group) -> Self {
        listed(group.give(), urn::GROUP)
    }
}
