//! What an identity provider publishes about itself (SAML Metadata 2.0).
//!
//! It is trusted because of its source: an https address that an administrator entered, or a file. Its signatures are
//! ignored, as are the parts that Entra adds for another protocol.

use chrono::{DateTime, Utc};
use roxmltree::{Document, Node};
use uuid::Uuid;

use crate::{
    certificate::Certificate,
    checks::Checks,
    connection::{Connection, tenant},
    reason::Reason,
    refusal::Refusal,
    scan::{self, Markup},
    time,
    url::HttpsUrl,
    xml::{self, DSIG, METADATA, REDIRECT, children, elements, only_child, text},
};

const MAX_BYTES: usize = 1024 * 1024;
const MAX_CERTIFICATES: usize = 16;

/// The metadata of one identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The identity provider's name for itself.
    pub entity_id: String,
    /// The tenant, if the identity provider is Entra.
    pub tenant: Option<Uuid>,
    /// Where browsers are sent to sign in.
    pub sso_url: HttpsUrl,
    /// Where browsers are sent with the answer to a logout request.
    pub logout_url: Option<HttpsUrl>,
    /// All signing certificates: 1 to 16. During a change of certificates there are two.
    pub certificates: Vec<Certificate>,
    /// The metadata must not be used from this time on.
    pub valid_until: Option<DateTime<Utc>>,
}

impl Metadata {
    /// Reads metadata of at most 1 MiB.
    ///
    /// # Errors
    /// A [`Refusal`] that says which part is missing or wrong: no single `EntityDescriptor`, an entity ID that fits any
    /// tenant, no https address for the HTTP-Redirect binding, no certificate, or a `validUntil` in the past.
    pub fn parse(bytes: &[u8], now: DateTime<Utc>) -> Result<Self, Refusal> {
        let checks = Checks::ALL;
        checks.require(bytes.len() <= MAX_BYTES, || {
            Refusal::new(Reason::TooLarge, "metadata")
                .with_found(format!("{} bytes", bytes.len()))
                .with_expected(format!("at most {MAX_BYTES} bytes"))
        })?;
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        let document = xml::parse(scan::scan(checks, bytes, "metadata", Markup::Accepted)?, "metadata")?;
        let entity = descriptor(&document)?;
        let idp = only_child(entity, (METADATA, "IDPSSODescriptor"))
            .ok_or_else(|| Refusal::new(Reason::NotMetadata, "EntityDescriptor/IDPSSODescriptor"))?;
        let entity_id = entity.attribute("entityID").unwrap_or_default();
        Ok(Self {
            tenant: tenant(entity_id)?,
            entity_id: entity_id.to_owned(),
            sso_url: location(idp, "SingleSignOnService")?
                .ok_or_else(|| Refusal::new(Reason::Location, "IDPSSODescriptor/SingleSignOnService"))?,
            logout_url: location(idp, "SingleLogoutService")?,
            certificates: certificates(idp)?,
            valid_until: valid_until([entity, idp], now)?,
        })
    }

    /// Makes a connection from it.
    ///
    /// # Errors
    /// As for [`Connection::try_new`].
    pub fn connection(self) -> Result<Connection, Refusal> {
        let connection = Connection::try_new(&self.entity_id, self.sso_url, self.certificates)?;
        Ok(connection.with_logout_url(self.logout_url))
    }
}

/// The descriptor of one provider. In a list of several it is unclear which one is meant.
fn descriptor<'a>(document: &'a Document<'_>) -> Result<Node<'a, 'a>, Refusal> {
    let root = document.root_element();
    let several =
        elements(root).filter(|element| element.tag_name().name() == "EntityDescriptor").count() > 1;
    if !root.has_tag_name((METADATA, "EntityDescriptor")) || several {
        return Err(Refusal::new(Reason::NotMetadata, "metadata")
            .with_found(root.tag_name().name())
            .with_expected("EntityDescriptor"));
    }
    Ok(root)
}

fn location(idp: Node<'_, '_>, service: &'static str) -> Result<Option<HttpsUrl>, Refusal> {
    let found = children(idp, (METADATA, service)).find(|one| one.attribute("Binding") == Some(REDIRECT));
    let Some(location) = found.and_then(|one| one.attribute("Location")) else { return Ok(None) };
    HttpsUrl::try_new(location)
        .map(Some)
        .map_err(|_not_https| Refusal::new(Reason::Location, "IDPSSODescriptor").with_found(location))
}

/// The certificates of the keys with the use `signing` or with no `use`.
fn certificates(idp: Node<'_, '_>) -> Result<Vec<Certificate>, Refusal> {
    let place = "IDPSSODescriptor/KeyDescriptor";
    let mut certificates = Vec::new();
    let keys = children(idp, (METADATA, "KeyDescriptor"))
        .filter(|key| key.attribute("use").is_none_or(|usage| usage == "signing"));
    for element in keys.flat_map(elements).filter(|element| element.has_tag_name((DSIG, "X509Certificate"))) {
        let certificate = Certificate::from_base64(&text(element).unwrap_or_default())?;
        if !certificates.contains(&certificate) {
            certificates.push(certificate);
        }
    }
    match certificates.len() {
        0 => Err(Refusal::new(Reason::NoCertificate, place)),
        1..=MAX_CERTIFICATES => Ok(certificates),
        many => Err(Refusal::new(Reason::BadCertificate, place)
            .with_found(format!("{many} certificates"))
            .with_expected(format!("at most {MAX_CERTIFICATES}"))),
    }
}

fn valid_until(elements: [Node<'_, '_>; 2], now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Refusal> {
    let place = "EntityDescriptor/@validUntil";
    let mut earliest = None;
    for element in elements {
        let until = time::attribute(element, "validUntil", place)?;
        earliest = earliest.into_iter().chain(until).min();
    }
    match earliest {
        Some(until) if until <= now => {
            Err(Refusal::new(Reason::Outdated, place).with_found(time::shown(until)))
        }
        _ => Ok(earliest),
    }
}
