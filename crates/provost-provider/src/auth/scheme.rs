//! Authentication schemes: what a 401 asks for, and what the ServiceProviderConfig announces.

use super::request::AuthRequest;
use std::borrow::Cow;

/// A way to authenticate.
///
/// ```
/// use provost_provider::Scheme;
/// assert_eq!(Scheme::Bearer.challenge(), r#"Bearer realm="scim""#);
/// let key = Scheme::ApiKey("X-Api-Key".into());
/// assert_eq!(key.challenge(), r#"ApiKey realm="scim", header="X-Api-Key""#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// `Authorization: Bearer <token>` (RFC 6750).
    Bearer,
    /// `Authorization: Basic <name:password>` (RFC 7617).
    Basic,
    /// A key in a header of its own, by the header's name. No RFC defines this, so clients have to know.
    ApiKey(Cow<'static, str>),
    /// Any other way, such as a certificate or a signature, in words.
    Other {
        /// The challenge in WWW-Authenticate (RFC 9110 section 11.6.1): `Signature realm="scim"`.
        challenge: Cow<'static, str>,
        /// What a client needs, such as `a client certificate`.
        needed: Cow<'static, str>,
        /// What a client has to do, such as `connect with one`.
        remedy: Cow<'static, str>,
    },
}

impl Scheme {
    /// The challenge for WWW-Authenticate.
    #[must_use]
    pub fn challenge(&self) -> Cow<'static, str> {
        match self {
            Self::Bearer => Cow::Borrowed(r#"Bearer realm="scim""#),
            Self::Basic => Cow::Borrowed(r#"Basic realm="scim", charset="UTF-8""#),
            Self::ApiKey(header) => format!(r#"ApiKey realm="scim", header="{header}""#).into(),
            Self::Other { challenge, .. } => challenge.clone(),
        }
    }

    /// The header in which a client sends it.
    pub(super) fn header(&self) -> &str {
        match self {
            Self::ApiKey(header) => header,
            _ => "Authorization",
        }
    }

    /// What a client needs.
    pub(super) fn needed(&self) -> &str {
        match self {
            Self::Bearer => "a bearer token",
            Self::Basic => "a name and password",
            Self::ApiKey(_) => "an API key",
            Self::Other { needed, .. } => needed,
        }
    }

    /// What a client has to do.
    pub(crate) fn remedy(&self) -> Cow<'_, str> {
        match self {
            Self::Bearer => Cow::Borrowed("send `Authorization: Bearer <secret token>`"),
            Self::Basic => Cow::Borrowed("send `Authorization: Basic <name:password in Base64>`"),
            Self::ApiKey(header) => format!("send `{header}: <API key>`").into(),
            Self::Other { remedy, .. } => Cow::Borrowed(remedy),
        }
    }

    /// The subject of a message about invalid credentials.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Bearer => "the bearer token is",
            Self::Basic => "the name or password is",
            Self::ApiKey(_) => "the API key is",
            Self::Other { .. } => "the credentials are",
        }
    }

    /// Whether a request uses this scheme.
    pub(super) fn is_tried(&self, request: &AuthRequest<'_>) -> bool {
        match self {
            Self::ApiKey(header) => request.has_header(header),
            _ => request.has_scheme(&self.name()),
        }
    }

    /// The first word of the challenge: `Bearer`.
    pub(crate) fn name(&self) -> String {
        self.challenge().split_ascii_whitespace().next().unwrap_or_default().to_owned()
    }
}
