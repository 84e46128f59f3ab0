//! From a posted form to a person: the order of the checks.

use chrono::{DateTime, Utc};

use crate::{
    attributes,
    certificate::Certificate,
    checks::Checks,
    connection::{Connection, ExpiredCertificate},
    content::{self, Content, Expected},
    library::{Library, Proven},
    parameters::Parameters,
    provider::ServiceProvider,
    reason::Reason,
    refusal::Refusal,
    request::{self, AuthnRequest, MessageId, Pending, SignInOptions},
    scan::{self, Markup},
    structure,
    time::{Clock, later, shown},
    verified::{Replay, SignedBy, Verified},
    xml,
};

/// The largest form or query, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

/// Both sides of single sign-on: begins sign-ins and says who somebody is.
///
/// It does no I/O and knows no clock: times and random bytes are arguments.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use provost_saml::{Connection, HttpsUrl, MessageId, Reason, ServiceProvider, SignInOptions, Verifier};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let provider = ServiceProvider {
///     entity_id: HttpsUrl::try_new("https://app.example/saml/metadata/acme/")?,
///     acs_url: HttpsUrl::try_new("https://app.example/saml/acs/acme/")?,
///     logout_url: HttpsUrl::try_new("https://app.example/saml/sls/acme/")?,
/// };
/// // usually from `Metadata::parse(..)?.connection()?`
/// let login = HttpsUrl::try_new("https://idp.example/sso")?;
/// let connection = Connection::try_new("https://idp.example/", login, Vec::new())?;
/// let verifier = Verifier::new(provider, connection);
///
/// let now: DateTime<Utc> = "2026-03-01T12:00:00Z".parse()?;
/// let (request, pending) = verifier.request(&MessageId::from_random([7; 20]), now, &SignInOptions::default());
/// assert!(request.url.starts_with("https://idp.example/sso?SAMLRequest="));
///
/// let refused = verifier.verify(&pending, b"SAMLResponse=PGE%2B", now).unwrap_err();
/// assert_eq!(refused.reason(), Reason::NotXml);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Verifier {
    pub(crate) provider: ServiceProvider,
    pub(crate) connection: Connection,
}

impl Verifier {
    /// A verifier for this application and this identity provider.
    pub const fn new(provider: ServiceProvider, connection: Connection) -> Self {
        Self { provider, connection }
    }

    /// Begins a sign-in. Returns where to send the browser, and what to remember until it comes back.
    pub fn request(
        &self,
        id: &MessageId,
        now: DateTime<Utc>,
        options: &SignInOptions,
    ) -> (AuthnRequest, Pending) {
        request::make((&self.provider, &self.connection), id, now, options)
    }

    /// Says who signed in, or refuses. `body` is the form as posted, `application/x-www-form-urlencoded`.
    ///
    /// The same form is accepted each time; storing [`Verified::replay`] is what makes it count once.
    ///
    /// # Errors
    /// A [`Refusal`], if anything at all is wrong. [`Reason::Unsolicited`] means that the sign-in was begun at the
    /// identity provider: begin one of your own instead.
    pub fn verify(&self, pending: &Pending, body: &[u8], now: DateTime<Utc>) -> Result<Verified, Refusal> {
        self.verify_with(Checks::ALL, pending, body, now)
    }

    pub(crate) fn verify_with(
        &self,
        checks: Checks,
        pending: &Pending,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Verified, Refusal> {
        let body = within_limit(checks, body, "body")?;
        let bytes = Parameters::read(checks, body, "body")?.bytes("SAMLResponse")?;
        let text = scan::scan(checks, &bytes, "Response", Markup::Refused)?;
        let document = xml::parse(text, "Response")?;
        let message = structure::read(checks, &document)?;
        let Self { provider, connection } = self;
        let expected = Expected { clock: Clock { checks, now }, provider, connection, pending };
        let content = content::read(expected, message)?;
        let tenant = attributes::tenant(checks, connection, &content.attributes)?;
        let subject = attributes::subject(checks, connection, &content.name_id, &content.attributes)?;
        let (proven, certificate) = self.proven(|library| library.response(text, &pending.id, now))?;
        checks.require(proven.signatures == message.signatures, || {
            Refusal::new(Reason::UnverifiedSignature, "Signature")
                .with_found(proven.signatures.to_string())
                .with_expected(message.signatures.to_string())
        })?;
        agree(checks, &content, &proven)?;
        let certificate = self.current(checks, certificate, now)?;
        Ok(Verified {
            subject,
            tenant,
            attributes: content.attributes,
            name_id: content.name_id,
            session_index: content.sign_in.session_index,
            session_ends: content.sign_in.session_ends,
            authn_instant: content.sign_in.instant,
            certificate,
            replay: Replay {
                response_id: content.response_id,
                assertion_id: content.assertion_id,
                ends: later(content.ends),
            },
        })
    }

    /// Tries the certificates one after another, until one verifies.
    pub(crate) fn proven<T>(
        &self,
        ask: impl Fn(&Library) -> Result<T, Refusal>,
    ) -> Result<(T, &Certificate), Refusal> {
        let mut refused = Refusal::new(Reason::NoCertificate, "connection");
        for certificate in self.connection.certificates() {
            match Library::new(&self.provider, &self.connection, certificate)
                .and_then(|library| ask(&library))
            {
                Ok(answer) => return Ok((answer, certificate)),
                Err(refusal) if refusal.reason() == Reason::Signature => refused = refusal,
                Err(refusal) => return Err(refusal),
            }
        }
        Err(refused)
    }

    fn current(
        &self,
        checks: Checks,
        certificate: &Certificate,
        now: DateTime<Utc>,
    ) -> Result<SignedBy, Refusal> {
        let is_current = certificate.is_current(now);
        checks.require(is_current || self.connection.expired() == ExpiredCertificate::Accept, || {
            Refusal::new(Reason::ExpiredCertificate, "connection").with_found(format!(
                "{} to {}",
                shown(certificate.not_before()),
                shown(certificate.not_after())
            ))
        })?;
        Ok(SignedBy { certificate: certificate.clone(), is_current })
    }
}

/// The `RelayState` of a form, as given in [`SignInOptions::relay_state`]: the caller finds the [`Pending`] request by
/// it. Anybody can write it, so it proves nothing.
///
/// # Errors
/// The form cannot be read: [`Reason::TooLarge`], [`Reason::Encoding`] or [`Reason::DoubledParameter`].
///
/// ```
/// assert_eq!(provost_saml::relay_state(b"SAMLResponse=PGE%2B&RelayState=a+b").unwrap().as_deref(), Some("a b"));
/// assert_eq!(provost_saml::relay_state(b"SAMLResponse=PGE%2B").unwrap(), None);
/// ```
pub fn relay_state(body: &[u8]) -> Result<Option<String>, Refusal> {
    let body = within_limit(Checks::ALL, body, "body")?;
    Ok(Parameters::read(Checks::ALL, body, "body")?.value("RelayState"))
}

pub(crate) fn within_limit<'a>(
    checks: Checks,
    body: &'a [u8],
    place: &'static str,
) -> Result<&'a str, Refusal> {
    checks.require(body.len() <= MAX_BODY, || {
        Refusal::new(Reason::TooLarge, place)
            .with_found(format!("{} bytes", body.len()))
            .with_expected(format!("at most {MAX_BODY} bytes"))
    })?;
    core::str::from_utf8(body).map_err(|_not_utf8| Refusal::new(Reason::Encoding, place))
}

/// Checks that both readers see the same identity.
fn agree(checks: Checks, ours: &Content, theirs: &Proven) -> Result<(), Refusal> {
    let attributes = ours.attributes.iter().filter(|attribute| !attribute.values.is_empty());
    let same_attributes = attributes.into_iter().all(|attribute| {
        theirs.attributes.iter().any(|other| other.name == attribute.name && other.values == attribute.values)
    });
    let place = [
        ("Response/@ID", ours.response_id == theirs.response_id),
        ("Assertion/@ID", ours.assertion_id == theirs.assertion_id),
        ("Subject/NameID", ours.name_id.value == theirs.name_id),
        ("AuthnStatement/@SessionIndex", ours.sign_in.session_index == theirs.session_index),
        ("AttributeStatement", same_attributes),
    ]
    .into_iter()
    .find(|(_, same)| !same);
    checks.require(place.is_none(), || {
        Refusal::new(Reason::Disagreement, place.map_or("message", |(place, _)| place))
    })
}
