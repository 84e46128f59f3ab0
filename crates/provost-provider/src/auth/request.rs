//! What a request shows of its client, for any HTTP framework.

use super::error::AuthError;
use crate::base_url::Address;
use data_encoding::BASE64;
use std::fmt;
use std::net::IpAddr;

const AUTHORIZATION: &str = "Authorization";

/// What an [`Authenticator`](crate::Authenticator) is asked: what a request shows of its client.
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
    /// The method, in capitals.
    pub method: &'a str,
    /// The path as it arrived, that of the base URL included, percent-encoding and all, without the query. One endpoint
    /// can be written in many ways (`/Users`, `//users/`, `/%55sers`): do not decide by it what a client may do.
    pub path: &'a str,
    /// The headers as they arrived: one that was sent twice is here twice, and names have no case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// Where it came, if the base URL has parameters.
    pub address: Option<&'a Address>,
    /// The other end of the connection, if the server knows it: a proxy's, where there is one. What a proxy says in a
    /// header, such as the certificate of a client, counts only if this is the proxy.
    pub peer: Option<IpAddr>,
}

impl<'a> AuthRequest<'a> {
    /// A request with these headers.
    #[must_use]
    pub fn new(method: &'a str, path: &'a str, headers: &'a [(&'a str, &'a [u8])]) -> Self {
        Self { method, path, headers, address: None, peer: None }
    }

    /// The same at an address.
    #[must_use]
    pub fn at(mut self, address: Option<&'a Address>) -> Self {
        self.address = address;
        self
    }

    /// The same over a connection from there.
    #[must_use]
    pub fn from_peer(mut self, peer: Option<IpAddr>) -> Self {
        self.peer = peer;
        self
    }

    /// The value of a parameter of the base URL. A client may write what it likes there: refuse credentials that are not
    /// for this value ([`AuthError::Invalid`]).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        self.address.and_then(|address| address.parameter(name))
    }

    /// The value of a header. `None` means that it was not sent; an empty one is `Some("")` and must be refused.
    ///
    /// # Errors
    /// A header that was sent twice ([`AuthError::Repeated`]), or is not plain ASCII ([`AuthError::Invalid`]).
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

    /// The token of `Authorization: Bearer <token>` (RFC 6750 section 2.1). `None` means that none was sent; an empty one
    /// is `Some("")` and must be refused.
    ///
    /// # Errors
    /// As for [`header`](Self::header).
    pub fn bearer(&self) -> Result<Option<&'a str>, AuthError> {
        self.authorization("Bearer")
    }

    /// Name and password of `Authorization: Basic <name:password>` (RFC 7617). `None` means that none were sent.
    ///
    /// # Errors
    /// As for [`header`](Self::header), and [`AuthError::Invalid`] for what is not a name and password in Base64.
    pub fn basic(&self) -> Result<Option<Basic>, AuthError> {
        let Some(encoded) = self.authorization("Basic")? else { return Ok(None) };
        let decoded = BASE64.decode(encoded.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = decoded.as_deref().and_then(|pair| pair.split_once(':'));
        let (user, password) = pair.ok_or(AuthError::Invalid)?;
        Ok(Some(Basic { user: user.to_owned(), password: password.to_owned() }))
    }

    /// What follows a scheme in Authorization (RFC 9110 section 11.1: the scheme has no case).
    ///
    /// Credentials are read from headers alone: queries end in logs.
    fn authorization(&self, scheme: &str) -> Result<Option<&'a str>, AuthError> {
        let Some(text) = self.header(AUTHORIZATION)? else { return Ok(None) };
        let (sent, rest) = text.split_once(' ').unwrap_or((text, ""));
        Ok(sent.eq_ignore_ascii_case(scheme).then(|| rest.trim()))
    }

    /// Whether Authorization came once at most.
    pub(super) fn check_authorization(&self) -> Result<(), AuthError> {
        match self.header(AUTHORIZATION) {
            Err(AuthError::Repeated(name)) => Err(AuthError::Repeated(name)),
            // what cannot be read is for the authenticator, which may not need it
            _ => Ok(()),
        }
    }

    /// Whether there is such a header, readable or not.
    pub(super) fn has_header(&self, name: &str) -> bool {
        self.raw(name).next().is_some()
    }

    /// Whether Authorization begins with that scheme, be the rest readable or not.
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

/// Without the headers, which hold secrets.
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

/// A name and a password, as a client sent them (RFC 7617).
#[derive(Clone)]
#[non_exhaustive]
pub struct Basic {
    /// The name; it has no colon.
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
