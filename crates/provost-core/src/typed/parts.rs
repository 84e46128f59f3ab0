//! Complex attributes that several views have.

use super::fields::typed;
use crate::time::Timestamp;
use crate::value::Object;

typed! {
    /// The parts of a name (RFC 7643 section 4.1.1).
    Name {
        /// The whole name, as it is shown.
        one formatted / with_formatted: String = "formatted",
        /// Family name.
        one family_name / with_family_name: String = "familyName",
        /// Given name.
        one given_name / with_given_name: String = "givenName",
        /// Middle names.
        one middle_name / with_middle_name: String = "middleName",
        /// What comes before the name: `Ms.`
        one honorific_prefix / with_honorific_prefix: String = "honorificPrefix",
        /// What comes after the name: `III`
        one honorific_suffix / with_honorific_suffix: String = "honorificSuffix",
    }
}

typed! {
    /// One value of several, with a label: an e-mail address, a phone number, a role (RFC 7643 section 2.4).
    MultiValue {
        /// The value itself.
        one value / with_value: String = "value",
        /// How it is shown.
        one display / with_display: String = "display",
        /// The label: `work`
        one kind / with_type: String = "type",
        /// Whether it is the preferred one; at most one of a list is.
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
        /// Street, number and the like.
        one street_address / with_street_address: String = "streetAddress",
        /// City.
        one locality / with_locality: String = "locality",
        /// State or region.
        one region / with_region: String = "region",
        /// Postal code.
        one postal_code / with_postal_code: String = "postalCode",
        /// Country, by its two letters where the client keeps to the RFC.
        one country / with_country: String = "country",
        /// The label: `work`
        one kind / with_type: String = "type",
        /// Whether it is the preferred one.
        one primary / with_primary: bool = "primary",
    }
}

typed! {
    /// Another resource: a member of a group, or a group of a user.
    Reference {
        /// The `id` of the resource.
        one value / with_value: String = "value",
        /// Its URI.
        one reference / with_reference: String = "$ref",
        /// How it calls itself.
        one display / with_display: String = "display",
        /// Of a member, the name of its resource type; of a group, `direct` or `indirect`.
        one kind / with_type: String = "type",
    }
}

impl Reference {
    /// The resource of that `id`.
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
        /// How the manager is called; the manager's to change.
        one display_name / with_display_name: String = "displayName",
    }
}

typed! {
    /// What the server says of a resource (RFC 7643 section 3.1).
    Meta {
        /// The name of its resource type.
        one resource_type / with_resource_type: String = "resourceType",
        /// When it was made.
        one created / with_created: Timestamp = "created",
        /// When it was last changed.
        one last_modified / with_last_modified: Timestamp = "lastModified",
        /// Its URI.
        one location / with_location: String = "location",
        /// Its version, as in the header ETag.
        one version / with_version: String = "version",
    }
}
