//! Complex attributes shared by several views.

use super::fields::typed;
use crate::time::Timestamp;
use crate::value::Object;

typed! {
    /// The parts of a name (RFC 7643 section 4.1.1).
    Name {
        /// The full name for display.
        one formatted / with_formatted: String = "formatted",
        /// Family name.
        one family_name / with_family_name: String = "familyName",
        /// Given name.
        one given_name / with_given_name: String = "givenName",
        /// Middle names.
        one middle_name / with_middle_name: String = "middleName",
        /// Before the name: `Ms.`
        one honorific_prefix / with_honorific_prefix: String = "honorificPrefix",
        /// After the name: `III`
        one honorific_suffix / with_honorific_suffix: String = "honorificSuffix",
    }
}

typed! {
    /// One of several values, with a label: an e-mail address, a phone number, a role (RFC 7643 section 2.4).
    MultiValue {
        /// The value itself.
        one value / with_value: String = "value",
        /// The value for display.
        one display / with_display: String = "display",
        /// The label: `work`
        one kind / with_type: String = "type",
        /// Whether it is the preferred one; at most one in a list is.
        one primary / with_primary: bool = "primary",
    }
}

impl MultiValue {
    /// A value without a label.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self::default().with_value(value)
    }
}

typed! {
    /// A postal address (RFC 7643 section 4.1.2).
    Address {
        /// The whole address, with line breaks.
        one formatted / with_formatted: String = "formatted",
        /// Street, house number and so on.
        one street_address / with_street_address: String = "streetAddress",
        /// City.
        one locality / with_locality: String = "locality",
        /// State or region.
        one region / with_region: String = "region",
        /// Postal code.
        one postal_code / with_postal_code: String = "postalCode",
        /// Country; a two-letter code if the client follows the RFC.
        one country / with_country: String = "country",
        /// The label: `work`
        one kind / with_type: String = "type",
        /// Whether it is the preferred one.
        one primary / with_primary: bool = "primary",
    }
}

typed! {
    /// A link to another resource: a member of a group, or a group of a user.
    Reference {
        /// The `id` of the resource.
        one value / with_value: String = "value",
        /// Its URI.
        one reference / with_reference: String = "$ref",
        /// Its display name.
        one display / with_display: String = "display",
        /// For a member, the name of its resource type; for a group, `direct` or `indirect`.
        one kind / with_type: String = "type",
    }
}

impl Reference {
    /// The resource with that `id`.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self::default().with_value(id)
    }
}

typed! {
    /// Somebody's manager (RFC 7643 section 4.3).
    Manager {
        /// The `id` of the manager.
        one value / with_value: String = "value",
        /// The manager's URI.
        one reference / with_reference: String = "$ref",
        /// The manager's name, which only changes with the manager.
        one display_name / with_display_name: String = "displayName",
    }
}

typed! {
    /// The server's metadata about a resource (RFC 7643 section 3.1).
    Meta {
        /// The name of its resource type.
        one resource_type / with_resource_type: String = "resourceType",
        /// When it was created.
        one created / with_created: Timestamp = "created",
        /// When it was last changed.
        one last_modified / with_last_modified: Timestamp = "lastModified",
        /// Its URI.
        one location / with_location: String = "location",
        /// Its version, as in the ETag header.
        one version / with_version: String = "version",
    }
}
