//! The ways in that a server has: what 401 asks for, and what the ServiceProviderConfig announces.

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
    /// A key in a header of its own, by the header's name. No RFC has a scheme for it: clients must know.
    ApiKey(Cow<'static, str>),
    /// Any other way, in words: a certificate, a signature.
    Other {
        /// What WWW-Authenticate says (RFC 9110 section 11.6.1): `Signature realm="scim"`.
        challenge: Cow<'static, str>,
        /// What a client needs: `a client certificate`.
        needed: Cow<'static, str>,
        /// What it has to do: `connect with one`.
        remedy: Cow<'static, str>,
    },
}

impl Scheme {
    /// What WWW-Authenticate says of it.
    #[must_use]
    pub fn challenge(&self) -> Cow<'static, str> {
        match self {
            Self::Bearer => Cow::Borrowed(r#"Bearer realm="scim""#),
            Self::Basic => Cow::Borrowed(r#"Basic realm="scim", charset="UTF-8""#),
            Self::ApiKey(header) => format!(r#"ApiKey realm="scim", header="{header}""#).into(),
            Self::Other { challenge, .. } => challenge.clone(),
        }
    }

    /// The header that a client sends.
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

    /// What a client showed that is not valid.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Bearer => "the bearer token is",
            Self::Basic => "the name or password is",
            Self::ApiKey(_) => "the API key is",
            Self::Other { .. } => "the credentials are",
        }
    }

    /// Whether a request tries it.
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
