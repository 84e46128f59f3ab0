//! The server under test: where it is and how to get in.

use crate::Error;
use std::fmt;
use ureq::http::Uri;

/// A base URL and the token that opens it.
#[derive(Clone)]
pub struct Target {
    base_url: String,
    host: String,
    port: u16,
    root: String,
    token: String,
}

impl Target {
    /// A target by its base URL, as `http://127.0.0.1:8080/scim/v2`, and bearer token.
    ///
    /// # Errors
    /// The text is no URL, or one that is not plain http.
    pub fn new(base_url: &str, token: &str) -> Result<Self, Error> {
        let base_url = base_url.trim_end_matches('/');
        let wrong = |why: &str| Error::Target { url: base_url.to_owned(), why: why.to_owned() };
        let uri: Uri = base_url.parse().map_err(|_error| wrong("not a URL"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => {
                return Err(wrong(
                    "the suite speaks plain http only; run it beside the server, behind its TLS proxy",
                ));
            }
            _ => return Err(wrong("expected http://")),
        }
        if uri.query().is_some() {
            return Err(wrong("a base URL has no query"));
        }
        let host = uri.host().ok_or_else(|| wrong("has no host"))?.to_owned();
        let port = uri.port_u16().unwrap_or(80);
        let root = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { base_url: base_url.to_owned(), host, port, root, token: token.to_owned() })
    }

    /// The same server and token at another base URL, as after a restart.
    ///
    /// # Errors
    /// As [`Target::new`].
    pub fn moved(&self, base_url: &str) -> Result<Self, Error> {
        Self::new(base_url, &self.token)
    }

    /// The base URL without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// `host:port`, as in a `Host` header.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The path of the base URL without a slash at its end.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// A text with the token taken out, for reports.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.token.is_empty() { text.to_owned() } else { text.replace(&self.token, "{{token}}") }
    }
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
        assert_eq!((target.authority().as_str(), target.root()), ("localhost:8080", "/scim/v2"));
        assert_eq!(Target::new("http://h", "t").unwrap().authority(), "h:80");
    }

    #[test]
    fn other_urls_are_refused() {
        for url in ["", "h/scim", "ftp://h/scim", "https://h/scim", "http://h/scim?x=1"] {
            assert!(Target::new(url, "t").is_err(), "{url}");
        }
    }

    #[test]
    fn the_token_is_not_shown() {
        let target = Target::new("http://h", "secret").unwrap();
        assert!(!format!("{target:?}").contains("secret"));
        assert_eq!(target.redact("Bearer secret"), "Bearer {{token}}");
    }
}
