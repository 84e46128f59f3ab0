//! Users (RFC 7643 sections 4.1 and 4.3).

use super::extension::{self, Extension};
use super::fields::{FieldSet, document, resource, typed};
use super::{Address, Manager, Meta, MultiValue, Name, Reference, TypedError};
use crate::resource::{Resource, Service};
use crate::schema::ResourceType;
use crate::urn;
use crate::value::Object;

typed! {
    /// A user.
    ///
    /// It has no field for `password`, since a stored user has none (see [`Change::secrets`](crate::Change::secrets)).
    User {
        /// The server's identifier.
        one id / with_id: String = "id",
        /// The client's identifier.
        one external_id / with_external_id: String = "externalId",
        /// The name to sign in with.
        must user_name / with_user_name: String = "userName",
        /// The parts of the name.
        one name / with_name: Name = "name",
        /// The display name.
        one display_name / with_display_name: String = "displayName",
        /// The name that friends use.
        one nick_name / with_nick_name: String = "nickName",
        /// The URL of a page about the user.
        one profile_url / with_profile_url: String = "profileUrl",
        /// The title, such as `Vice President`.
        one title / with_title: String = "title",
        /// The relation to the organisation, such as `Contractor`.
        one user_type / with_user_type: String = "userType",
        /// Preferred languages, in the format of the Accept-Language header.
        one preferred_language / with_preferred_language: String = "preferredLanguage",
        /// The locale for numbers and dates: `en-US`
        one locale / with_locale: String = "locale",
        /// The time zone: `Europe/Berlin`
        one timezone / with_timezone: String = "timezone",
        /// Whether the user may sign in. Only true means yes: see [`is_active`](Self::is_active).
        one active / with_active: bool = "active",
        /// E-mail addresses.
        many emails / with_email: MultiValue = "emails",
        /// Phone numbers.
        many phone_numbers / with_phone_number: MultiValue = "phoneNumbers",
        /// Instant messaging addresses.
        many ims / with_im: MultiValue = "ims",
        /// URIs of photos.
        many photos / with_photo: MultiValue = "photos",
        /// Postal addresses.
        many addresses / with_address: Address = "addresses",
        /// The groups the user belongs to; changed through the groups.
        many groups / with_group: Reference = "groups",
        /// What the user is entitled to.
        many entitlements / with_entitlement: MultiValue = "entitlements",
        /// Roles.
        many roles / with_role: MultiValue = "roles",
        /// Certificates, Base64.
        many x509_certificates / with_x509_certificate: MultiValue = "x509Certificates",
        /// The enterprise extension.
        one enterprise / with_enterprise: EnterpriseUser = urn::ENTERPRISE_USER,
        /// The server's metadata.
        one meta / with_meta: Meta = "meta",
    }
}

resource!(User, urn::USER);

impl User {
    /// A user of that name.
    #[must_use]
    pub fn new(user_name: impl Into<String>) -> Self {
        Self::default().with_user_name(user_name)
    }

    /// Whether the user may sign in: `active` is true. Users created without it get true, so it is only missing if a
    /// client removed it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.active == Some(true)
    }

    /// The preferred e-mail address: the primary one, or else the first.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        let primary = self.emails.iter().find(|e| e.primary == Some(true));
        primary.or(self.emails.first())?.value.as_deref()
    }
}

typed! {
    /// The enterprise extension of a user (RFC 7643 section 4.3).
    EnterpriseUser {
        /// The employee number.
        one employee_number / with_employee_number: String = "employeeNumber",
        /// The cost centre.
        one cost_center / with_cost_center: String = "costCenter",
        /// The organisation.
        one organization / with_organization: String = "organization",
        /// The division.
        one division / with_division: String = "division",
        /// The department.
        one department / with_department: String = "department",
        /// The manager.
        one manager / with_manager: Manager = "manager",
    }
}

document!(EnterpriseUser);

impl From<EnterpriseUser> for Object {
    fn from(extension: EnterpriseUser) -> Self {
        extension.give()
    }
}
