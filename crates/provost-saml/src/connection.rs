//! The identity provider of one organisation, and what is trusted about it.

use uuid::Uuid;

use crate::{certificate::Certificate, reason::Reason, refusal::Refusal, url::HttpsUrl};

/// The beginnings of entity IDs that name a tenant of Entra: worldwide and US government, China, and Germany (closed in
/// 2021, but kept because nobody else can own that domain).
const ENTRA: [&str; 3] =
    ["https://sts.windows.net/", "https://sts.chinacloudapi.cn/", "https://sts.microsoftonline.de/"];

/// The attribute in which Entra identifies a person: immutable, unique, never reassigned.
pub(crate) const OBJECT_ID: &str = "http://schemas.microsoft.com/identity/claims/objectidentifier";

/// The attribute in which Entra names its tenant.
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

/// Where an assertion says who the person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectSource {
    /// In the subject's `NameID`.
    NameId,
    /// In the single value of the attribute with this name.
    Attribute(String),
}

/// What happens to a sign-in that was signed with a certificate outside its validity period.
///
/// Entra keeps signing with an expired certificate until it has another, so by default such a sign-in is accepted and
/// [`Verified::certificate`](crate::Verified) says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExpiredCertificate {
    /// The sign-in is accepted; the caller should warn an administrator.
    #[default]
    Accept,
    /// The sign-in is refused.
    Refuse,
}

impl Connection {
    /// A connection that identifies people by Entra's object identifier if the entity ID is Entra's, and by `NameID`
    /// otherwise. Without certificates it refuses every sign-in.
    ///
    /// # Errors
    /// [`Reason::EntityId`], if the entity ID is empty, is longer than 1024 bytes, contains `{` or `}`, or is Entra's
    /// but names no single tenant.
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

    /// Sets the URL to which answers to logout requests are sent.
    #[must_use]
    pub fn with_logout_url(self, logout_url: Option<HttpsUrl>) -> Self {
        Self { logout_url, ..self }
    }

    /// Sets where an assertion says who the person is.
    #[must_use]
    pub fn with_subject(self, subject: SubjectSource) -> Self {
        Self { subject, ..self }
    }

    /// Sets what happens to sign-ins with a certificate outside its validity period.
    #[must_use]
    pub fn with_expired_certificate(self, expired: ExpiredCertificate) -> Self {
        Self { expired, ..self }
    }

    /// The identity provider's name for itself: *Microsoft Entra Identifier* in Entra.
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// The tenant, if the identity provider is Entra.
    pub const fn tenant(&self) -> Option<Uuid> {
        self.tenant
    }

    /// Where browsers are sent to sign in: *Login URL* in Entra.
    pub const fn sso_url(&self) -> &HttpsUrl {
        &self.sso_url
    }

    /// Where browsers are sent with the answer to a logout request: *Logout URL* in Entra.
    pub const fn logout_url(&self) -> Option<&HttpsUrl> {
        self.logout_url.as_ref()
    }

    /// The trusted certificates. Certificates inside a message are never trusted.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Where an assertion says who the person is.
    pub const fn subject(&self) -> &SubjectSource {
        &self.subject
    }

    pub(crate) const fn expired(&self) -> ExpiredCertificate {
        self.expired
    }
}

/// The tenant that an entity ID names. Entra's metadata for all tenants contains the literal `{tenantid}`; accepting it
/// would let in people of any tenant.
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
