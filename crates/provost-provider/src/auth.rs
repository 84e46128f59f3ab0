//! Who calls.

use crate::base_url::Address;
use crate::error::StoreError;
use crate::principal::Principal;
use crate::response::Refusal;
use crate::store::Store;
use provost_core::error::Place;
use provost_core::{Error, ErrorKind, Profile};
use std::fmt;
use std::future::Future;

/// A client with what belongs to it: a store that sees its tenant and no other, and the profile of its requests.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Session<S> {
    /// Who calls.
    pub principal: Principal,
    /// The tenant's resources.
    pub store: S,
    /// How its requests are read: by [`Settings::profile`](crate::Settings::profile) where this is `None`.
    pub profile: Option<Profile>,
}

impl<S> Session<S> {
    /// A client in the profile of the settings.
    pub fn new(principal: Principal, store: S) -> Self {
        Self { principal, store, profile: None }
    }

    /// The same in a profile of its own.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }
}

/// What an [`Authenticator`] is asked: what a request shows of its client.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct AuthRequest<'a> {
    /// The bearer token. `None` means that none was sent; an empty one is `Some("")` and must be refused.
    pub bearer: Option<&'a str>,
    /// Where it came, if the base URL has parameters.
    pub address: Option<&'a Address>,
}

impl<'a> AuthRequest<'a> {
    /// A request with that token, or without one.
    #[must_use]
    pub fn new(bearer: Option<&'a str>) -> Self {
        Self { bearer, address: None }
    }

    /// The same at an address.
    #[must_use]
    pub fn at(mut self, address: Option<&'a Address>) -> Self {
        self.address = address;
        self
    }

    /// The value of a parameter of the base URL. A client may write what it likes there: refuse a token that is not for
    /// this value ([`AuthError::Invalid`]).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        self.address.and_then(|address| address.parameter(name))
    }
}

/// Without the token.
impl fmt::Debug for AuthRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthRequest").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// No token was sent.
    #[error("a bearer token is required: send `Authorization: Bearer <secret token>`")]
    Missing,
    /// The token is not one of ours, or was revoked, or has expired. Which of these is nobody's business.
    #[error("the bearer token is not valid")]
    Invalid,
    /// Too many requests or failed attempts.
    #[error("too many requests; try again later")]
    TooMany {
        /// Seconds after which a retry makes sense.
        retry_after_s: u32,
    },
    /// The tokens could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AuthError> for Error {
    fn from(e: AuthError) -> Self {
        let message = e.to_string();
        match e {
            AuthError::Missing | AuthError::Invalid => unauthorized(message),
            AuthError::TooMany { retry_after_s } => {
                Self::new(ErrorKind::TooManyRequests, message).with_retry_after(retry_after_s)
            }
            AuthError::Store(e) => e.into(),
        }
    }
}

/// RFC 6750 section 3.1: a request without a token is not told an error code, one with a token is.
impl From<AuthError> for Refusal {
    fn from(error: AuthError) -> Self {
        let is_token_wrong = matches!(error, AuthError::Invalid);
        let refusal = Self::from(Error::from(error));
        if is_token_wrong { refusal.with_challenge(INVALID_TOKEN) } else { refusal }
    }
}

const INVALID_TOKEN: &str = r#"Bearer realm="scim", error="invalid_token""#;

impl AuthError {
    /// The refusal of what was sent. Of a token that is not valid it names the slip that can be seen in it, which tells
    /// nothing about the tokens that are.
    #[must_use]
    pub fn about(self, bearer: Option<&str>) -> Refusal {
        let slip = bearer.filter(|_| matches!(self, Self::Invalid)).and_then(slip);
        let error = slip.map(|(slip, remedy)| {
            let error = unauthorized(format!("{self}: {slip}"));
            match remedy {
                Some(remedy) => error.with_remedy(remedy),
                None => error,
            }
        });
        let refusal = Refusal::from(self);
        match error {
            Some(error) => refusal.with_error(error),
            None => refusal,
        }
    }
}

fn unauthorized(message: String) -> Error {
    Error::new(ErrorKind::Unauthorized, message).at(Place::header("Authorization"))
}

/// What is wrong with a token at first sight, and what to do.
fn slip(token: &str) -> Option<(&'static str, Option<&'static str>)> {
    const QUOTES: [char; 3] = ['"', '\'', '`'];
    let first = token.split_whitespace().next().unwrap_or_default();
    if first.trim_end_matches(':').eq_ignore_ascii_case("bearer") {
        let message = "it begins with the word `Bearer`, which the client adds itself";
        return Some((message, Some("enter only the token")));
    }
    match token {
        "" => Some(("it is empty", None)),
        _ if token.starts_with(QUOTES) || token.ends_with(QUOTES) => {
            Some(("it is in quotation marks", Some("leave them out")))
        }
        _ if token.contains(char::is_whitespace) => Some(("it holds a blank", Some("give it as one word"))),
        _ if token.starts_with('<') && token.ends_with('>') => {
            Some(("it is in `<` and `>`", Some("leave them out")))
        }
        _ => None,
    }
}

/// Turns a bearer token into a session.
pub trait Authenticator: Send + Sync + 'static {
    /// The store of its sessions.
    type Store: Store;

    /// Checks a token, and that it is for what the parameters of the base URL say, if that has any.
    fn authenticate(
        &self,
        request: AuthRequest<'_>,
    ) -> impl Future<Output = Result<Session<Self::Store>, AuthError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with each arm of `slip` left out.
    #[test]
    fn a_slip_that_can_be_seen_is_named_and_nothing_else() {
        for (token, slip) in [
            ("Bearer scim_abc", "it begins with the word `Bearer`"),
            ("bearer  scim_abc", "it begins with the word `Bearer`"),
            ("Bearer: scim_abc", "it begins with the word `Bearer`"),
            ("BEARER", "it begins with the word `Bearer`"),
            ("\"scim_abc\"", "it is in quotation marks"),
            ("'scim_abc'", "it is in quotation marks"),
            ("scim_abc\"", "it is in quotation marks"),
            ("scim_abc def", "it holds a blank"),
            ("scim_abc\tdef", "it holds a blank"),
            ("<scim_abc>", "it is in `<` and `>`"),
            ("", "it is empty"),
        ] {
            let refusal = AuthError::Invalid.about(Some(token));
            let e = refusal.error();
            assert_eq!(e.status(), 401, "{token}");
            assert!(e.detail().starts_with("the bearer token is not valid: "), "{token}: {}", e.detail());
            assert!(e.detail().contains(slip), "{token}: {}", e.detail());
        }
        for token in ["scim_abc", "bearerx", "bearer_abc"] {
            let refusal = AuthError::Invalid.about(Some(token));
            assert_eq!(refusal.error().detail(), "the bearer token is not valid", "{token}");
        }
        let missing = AuthError::Missing.about(None);
        assert!(missing.error().detail().starts_with("a bearer token is required"));
        let busy = AuthError::TooMany { retry_after_s: 3 }.about(Some("Bearer x"));
        assert_eq!((busy.error().status(), busy.error().retry_after_s()), (429, Some(3)));
    }
}
