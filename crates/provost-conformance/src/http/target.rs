//! The server under test: its address and credentials.

use super::Request;
use super::tls::{Tls, Trust};
use crate::Error;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, USER_AGENT,
};
use hyper::{Method, Uri};
use std::fmt;

const SCIM: HeaderValue = HeaderValue::from_static("application/scim+json");
const SCIM_BODY: HeaderValue = HeaderValue::from_static("application/scim+json; charset=utf-8");
const OUR_NAME: HeaderValue =
    HeaderValue::from_static(concat!("provost-conformance/", env!("CARGO_PKG_VERSION")));

/// A base URL and its token.
#[derive(Clone)]
pub struct Target {
    base_url: String,
    uri: Uri,
    host: HeaderValue,
    token: String,
    authorization: HeaderValue,
    trust: Trust,
    tls: Option<Tls>,
}

impl Target {
    /// Makes a target from its base URL, such as `https://scim.example.com/scim/v2`, and bearer token. The certificate
    /// of an https server must come from an authority that this machine trusts.
    ///
    /// # Errors
    /// The text is not the URL of a SCIM server, or the token cannot be sent in a header.
    pub fn new(base_url: &str, token: &str) -> Result<Self, Error> {
        Self::trusting(base_url, token, Trust::System)
    }

    /// As [`Target::new`], choosing which certificates are accepted.
    ///
    /// # Errors
    /// As for [`Target::new`], or the certificate file cannot be read.
    pub fn trusting(base_url: &str, token: &str, trust: Trust) -> Result<Self, Error> {
        let base_url = base_url.trim_end_matches('/');
        let wrong = |why: &str| Error::Target { url: base_url.to_owned(), why: why.to_owned() };
        let uri: Uri = base_url.parse().map_err(|_error| wrong("not a URL"))?;
        if uri.query().is_some() {
            return Err(wrong("a base URL has no query"));
        }
        let tls = match uri.scheme_str() {
            Some("http") => None,
            Some("https") => Some(Tls::new(host(&uri), &trust).map_err(|why| wrong(&why))?),
            _ => return Err(wrong("expected http:// or https://")),
        };
        let header = |text: &str| HeaderValue::try_from(text);
        let unsendable = |_error| wrong("a token has no line ends and the like");
        let mut authorization = header(&format!("Bearer {token}")).map_err(unsendable)?;
        authorization.set_sensitive(true);
        Ok(Self {
            base_url: base_url.to_owned(),
            host: header(uri.authority().map_or("", |own| own.as_str()))
                .map_err(|_error| wrong("not a URL"))?,
            uri,
            token: token.to_owned(),
            authorization,
            trust,
            tls,
        })
    }

    /// The same server and token at another base URL, as after a restart.
    ///
    /// # Errors
    /// As for [`Target::trusting`].
    pub fn moved(&self, base_url: &str) -> Result<Self, Error> {
        Self::trusting(base_url, &self.token, self.trust.clone())
    }

    /// The same server with another token.
    ///
    /// # Errors
    /// As for [`Target::trusting`].
    pub fn with_token(&self, token: &str) -> Result<Self, Error> {
        Self::trusting(&self.base_url, token, self.trust.clone())
    }

    /// The base URL without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The host and, if the base URL has one, the port, as in a `Host` header.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.uri.authority().map_or("", |authority| authority.as_str())
    }

    /// The path of the base URL without a trailing slash.
    #[must_use]
    pub fn root(&self) -> &str {
        self.uri.path().trim_end_matches('/')
    }

    /// The host and port to connect to.
    pub(super) fn address(&self) -> (&str, u16) {
        (host(&self.uri), self.uri.port_u16().unwrap_or(if self.tls.is_some() { 443 } else { 80 }))
    }

    pub(super) fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// The headers to send with a request.
    pub(crate) fn headers(&self, request: &Request) -> HeaderMap {
        let mut headers =
            request.headers.clone().unwrap_or_else(|| self.usual_headers(request.body.is_some()));
        headers.insert(HOST, self.host.clone());
        headers.entry(USER_AGENT).or_insert(OUR_NAME);
        // RFC 9110 §8.6: "A user agent SHOULD send Content-Length in a request when the method defines a meaning for
        // enclosed content"; hyper leaves it out if there is no content
        let has_meaning = [Method::POST, Method::PUT, Method::PATCH].contains(&request.method);
        if request.body.as_ref().map_or(has_meaning, Bytes::is_empty) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        headers
    }

    fn usual_headers(&self, with_body: bool) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(6);
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(ACCEPT, SCIM);
        if with_body {
            headers.insert(CONTENT_TYPE, SCIM_BODY);
        }
        headers
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// A text with the token replaced, for reports.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.token.is_empty() { text.to_owned() } else { text.replace(&self.token, "{{token}}") }
    }
}

/// The host of a URL, with an IPv6 address without its brackets.
fn host(uri: &Uri) -> &str {
    uri.host().unwrap_or_default().trim_matches(['[', ']'])
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_taken_apart() {
        let target = Target::new("http://localhost:8080/scim/v2/", "t").unwrap();
        assert_eq!(target.base_url(), "http://localhost:8080/scim/v2");
        assert_eq!((target.authority(), target.root()), ("localhost:8080", "/scim/v2"));
        for (url, authority, address) in [
            ("http://h", "h", ("h", 80)),
            ("https://h/scim", "h", ("h", 443)),
            ("https://[::1]:8443/scim", "[::1]:8443", ("::1", 8443)),
        ] {
            let target = Target::new(url, "t").unwrap();
            assert_eq!((target.authority(), target.address()), (authority, address));
        }
    }

    #[test]
    fn other_urls_and_tokens_are_refused() {
        for url in ["", "h/scim", "ftp://h/scim", "http://h/scim?x=1", "https://"] {
            assert!(Target::new(url, "t").is_err(), "{url}");
        }
        assert!(Target::new("http://h", "a\nb").is_err());
    }

    #[test]
    fn no_content_is_said_where_content_has_a_meaning() {
        let target = Target::new("http://h", "t").unwrap();
        let length = |method, body: Option<&'static str>| {
            let headers = target.headers(&Request::new(method, "/Users", body.map(Bytes::from)));
            headers.get(CONTENT_LENGTH).cloned()
        };
        let none = Some(HeaderValue::from_static("0"));
        assert_eq!((length(Method::POST, None), length(Method::DELETE, Some(""))), (none.clone(), none));
        assert_eq!((length(Method::GET, None), length(Method::POST, Some("{}"))), (None, None));
    }

    #[test]
    fn the_token_is_not_shown() {
        let target = Target::new("http://h", "secret").unwrap();
        assert!(!format!("{target:?}{:?}", target.headers(&Request::get("/"))).contains("secret"));
        assert_eq!(target.redact("Bearer secret"), "Bearer {{token}}");
    }
}
