//! A request's credentials, independent of an HTTP framework.

use super::error::AuthError;
use crate::base_url::Address;
use data_encoding::BASE64;
use std::fmt;
use std::net::IpAddr;

const AUTHORIZATION: &str = "Authorization";

/// What an [`Authenticator`](crate::Authenticator) gets to decide who the client is.
///
/// ```
/// use provost_provider::AuthRequest;
/// let headers = [("authorization", &b"Bearer abc"[..]), ("x-api-key", b"k1"), ("x-api-key", b"k2")];
/// let request = AuthRequest::new("GET", "/scim/v2/Users", &headers);
/// assert_eq!(request.bearer()?, Some("abc"));
/// assert!(request.basic()?.is_none());
/// assert!(request.header("X-Api-Key").is_err(), "which of two counts is not for the server to guess");
/// # Ok::<(), provost_provider::AuthError>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct AuthRequest<'a> {
    /// The method, in upper case.
    pub method: &'a str,
    /// The path as received, including that of the base URL, percent-encoded, without the query. One endpoint can be
    /// written in many ways (`/Users`, `//users/`, `/%55sers`), so do not base authorization on it.
    pub path: &'a str,
    /// The headers as received: one sent twice is here twice, and names are case-insensitive.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The base URL of the request, if it has parameters.
    pub address: Option<&'a Address>,
    /// The peer of the connection, if known; behind a proxy, the proxy. Trust what a proxy says in a header, such as a
    /// client's certificate, only if this is the proxy.
    pub peer: Option<IpAddr>,
}

impl<'a> AuthRequest<'a> {
    /// A request with these headers.
    #[must_use]
    pub fn new(method: &'a str, path: &'a str, headers: &'a [(&'a str, &'a [u8])]) -> Self {
        Self { method, path, headers, address: None, peer: None }
    }

    /// The same with an address.
    #[must_use]
    pub fn at(mut self, address: Option<&'a Address>) -> Self {
        self.address = address;
        self
    }

    /// The same with a peer.
    #[must_use]
    pub fn from_peer(mut self, peer: Option<IpAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// The value of a parameter of the base URL. The client chooses it: refuse credentials that are not for this value
    /// ([`AuthError::Invalid`]).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        self.address.and_then(|address| address.parameter(name))
    }

    /// The value of a header. `None` if it was not sent; an empty one is `Some("")`, and must be refused.
    ///
    /// # Errors
    /// The header was sent twice ([`AuthError::Repeated`]), or is not plain ASCII ([`AuthError::Invalid`]).
    pub fn header(&self, name: &str) -> Result<Option<&'a str>, AuthError> {
        let mut sent = self.raw(name);
        let (first, second) = (sent.next(), sent.next());
        if second.is_some() {
            return Err(AuthError::Repeated(name.to_owned()));
        }
        let plain = |value: &&[u8]| value.iter().all(|b| matches!(b, b'\t' | b' '..=b'~'));
        match first {
            None => Ok(None),
            Some(value) => {
                let text = Some(value).filter(plain).and_then(|value| std::str::from_utf8(value).ok());
                text.map(|text| Some(text.trim())).ok_or(AuthError::Invalid)
            }
        }
    }

    /// The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1). `None` if none was sent; an empty one is
    /// `Some("")`, and must be refused.
    ///
    /// # Errors
    /// As for [`header`](Self::header).
    pub fn bearer(&self) -> Result<Option<&'a str>, AuthError> {
        self.authorization("Bearer")
    }

    /// Name and password of `Authorization: Basic <name:password>` (RFC 7617). `None` if none were sent.
    ///
    /// # Errors
    /// As for [`header`](Self::header), and [`AuthError::Invalid`] if it is not a name and password in Base64.
    pub fn basic(&self) -> Result<Option<Basic>, AuthError> {
        let Some(encoded) = self.authorization("Basic")? else { return Ok(None) };
        let decoded = BASE64.decode(encoded.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = decoded.as_deref().and_then(|pair| pair.split_once(':'));
        let (user, password) = pair.ok_or(AuthError::Invalid)?;
        Ok(Some(Basic { user: user.to_owned(), password: password.to_owned() }))
    }

    /// What follows a scheme in Authorization (RFC 9110 section 11.1: schemes are case-insensitive).
    ///
    /// Credentials are only read from headers, since queries end up in logs.
    fn authorization(&self, scheme: &str) -> Result<Option<&'a str>, AuthError> {
        let Some(text) = self.header(AUTHORIZATION)? else { return Ok(None) };
        let (sent, rest) = text.split_once(' ').unwrap_or((text, ""));
        Ok(sent.eq_ignore_ascii_case(scheme).then(|| rest.trim()))
    }

    /// Checks that there is at most one Authorization header.
    pub(super) fn check_authorization(&self) -> Result<(), AuthError> {
        match self.header(AUTHORIZATION) {
            Err(AuthError::Repeated(name)) => Err(AuthError::Repeated(name)),
            // leaves an unreadable one to the authenticator, which may not need it
            _ => Ok(()),
        }
    }

    /// Whether the header is there, readable or not.
    pub(super) fn has_header(&self, name: &str) -> bool {
        self.raw(name).next().is_some()
    }

    /// Whether Authorization begins with this scheme, whether or not the rest is readable.
    pub(super) fn has_scheme(&self, scheme: &str) -> bool {
        let word =
            |value: &'a [u8]| value.trim_ascii_start().split(|b| *b == b' ').next().unwrap_or_default();
        self.raw(AUTHORIZATION).any(|value| word(value).eq_ignore_ascii_case(scheme.as_bytes()))
    }

    fn raw(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let headers = self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        headers.map(|(_, value)| *value)
    }
}

/// Without the headers, which contain secrets.
impl fmt::Debug for AuthRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("address", &self.address)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// A name and a password, as sent by a client (RFC 7617).
#[derive(Clone)]
#[non_exhaustive]
pub struct Basic {
    /// The name; it contains no colon.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Without the password.
impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic").field("user", &self.user).finish_non_exhaustive()
    }
}
