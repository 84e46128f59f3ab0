//! The identity provider of one organisation, and what is believed of it.

use uuid::Uuid;

use crate::{certificate::Certificate, reason::Reason, refusal::Refusal, url::HttpsUrl};

/// Whose entity IDs name a tenant of Entra: the worldwide service and that for the government of the United States, China,
/// Germany (closed in 2021, kept because its name cannot be given to anybody else).
const ENTRA: [&str; 3] =
    ["https://sts.windows.net/", "https://sts.chinacloudapi.cn/", "https://sts.microsoftonline.de/"];

/// The attribute by which Entra names a person: immutable, unique, never given to another.
pub(crate) const OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";

/// The attribute by which Entra names its tenant.
pub(crate) const TENANT_ID: &str = "http://schemas.microsoft.com/identity/claims/tenantid";

const MAX_ENTITY_ID: usize = 1024;

/// An identity provider. Made from its [`Metadata`](crate::Metadata), or from stored parts.
///
/// ```
/// use provost_saml::{Connection, HttpsUrl, SubjectSource};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = HttpsUrl::try_new("https://idp.example/sso")?;
/// let connection = Connection::try_new("https://idp.example/", login.clone(), Vec::new())?;
/// assert_eq!((connection.tenant(), connection.subject()), (None, &SubjectSource::NameId));
///
/// // a pattern would fit any tenant of Entra
/// assert!(Connection::try_new("https://sts.windows.net/{tenantid}/", login, Vec::new()).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    entity_id: String,
    tenant: Option<Uuid>,
    sso_url: HttpsUrl,
    logout_url: Option<HttpsUrl>,
    certificates: Vec<Certificate>,
    subject: SubjectSource,
    expired: ExpiredCertificate,
}

/// What in an assertion says who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectSource {
    /// The subject's `NameID`.
    NameId,
    /// The single value of the attribute of this name.
    Attribute(String),
}

/// What becomes of a sign-in whose signature is made with a certificate that is outside its dates.
///
/// Entra signs with an expired certificate for as long as it has no other, so the default is to accept, and to say so in
/// [`Verified::certificate`](crate::Verified).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExpiredCertificate {
    /// The sign-in is accepted; the caller warns.
    #[default]
    Accept,
    /// The sign-in is refused.
    Refuse,
}

impl Connection {
    /// A connection that takes people by Entra's object identifier if the entity ID is Entra's, and by `NameID` otherwise.
    /// Without certificates it can be made, and refuses every sign-in.
    ///
    /// # Errors
    /// [`Reason::EntityId`], if the entity ID is empty, longer than 1024 bytes, or is Entra's and names no single tenant.
    pub fn try_new(
        entity_id: &str,
        sso_url: HttpsUrl,
        certificates: Vec<Certificate>,
    ) -> Result<Self, Refusal> {
        let tenant = tenant(entity_id)?;
        Ok(Self {
            entity_id: entity_id.to_owned(),
            tenant,
            sso_url,
            logout_url: None,
            certificates,
            subject: match tenant {
                Some(_) => SubjectSource::Attribute(OBJECT_ID.to_owned()),
                None => SubjectSource::NameId,
            },
            expired: ExpiredCertificate::default(),
        })
    }

    /// The same, answering requests to log out at this URL.
    #[must_use]
    pub fn with_logout_url(self, logout_url: Option<HttpsUrl>) -> Self {
        Self { logout_url, ..self }
    }

    /// The same, taking people by something else.
    #[must_use]
    pub fn with_subject(self, subject: SubjectSource) -> Self {
        Self { subject, ..self }
    }

    /// The same, with another rule for certificates outside their dates.
    #[must_use]
    pub fn with_expired_certificate(self, expired: ExpiredCertificate) -> Self {
        Self { expired, ..self }
    }

    /// The identity provider's name for itself: in Entra *Microsoft Entra Identifier*.
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// The tenant, if the identity provider is Entra.
    pub const fn tenant(&self) -> Option<Uuid> {
        self.tenant
    }

    /// Where browsers are sent to sign in: in Entra *Login URL*.
    pub const fn sso_url(&self) -> &HttpsUrl {
        &self.sso_url
    }

    /// Where browsers are sent with the answer to a request to log out: in Entra *Logout URL*.
    pub const fn logout_url(&self) -> Option<&HttpsUrl> {
        self.logout_url.as_ref()
    }

    /// The certificates that are trusted. No other one is, whatever a message brings.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// What in an assertion says who somebody is.
    pub const fn subject(&self) -> &SubjectSource {
        &self.subject
    }

    pub(crate) const fn expired(&self) -> ExpiredCertificate {
        self.expired
    }
}

/// The tenant that an entity ID names. Entra's metadata for all tenants has `{tenantid}` in it: anybody who signs in
/// anywhere would match.
pub(crate) fn tenant(entity_id: &str) -> Result<Option<Uuid>, Refusal> {
    let refused = || Refusal::new(Reason::EntityId, "entityID").with_found(entity_id);
    if entity_id.trim().is_empty() || entity_id.len() > MAX_ENTITY_ID || entity_id.contains(['{', '}']) {
        return Err(refused());
    }
    let Some(rest) = ENTRA.iter().find_map(|host| entity_id.strip_prefix(host)) else { return Ok(None) };
    let uuid = rest.strip_suffix('/').unwrap_or(rest);
    Uuid::try_parse(uuid).map(Some).map_err(|_not_a_uuid| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_tenants_of_entra_and_refuses_patterns() {
        let id = "11111111-2222-3333-4444-555555555555";
        for host in ENTRA {
            assert_eq!(tenant(&format!("{host}{id}/")).unwrap(), Some(Uuid::try_parse(id).unwrap()));
        }
        assert_eq!(tenant(&format!("https://sts.windows.net.example/{id}/")).unwrap(), None);
        assert_eq!(tenant("https://idp.example/").unwrap(), None);
        for refused in [
            "",
            " ",
            "https://sts.windows.net/{tenantid}/",
            "https://sts.windows.net/common/",
            "https://sts.windows.net/",
        ] {
            assert_eq!(tenant(refused).unwrap_err().reason(), Reason::EntityId, "{refused}");
        }
        assert!(tenant(&"a".repeat(1025)).is_err());
    }
}
