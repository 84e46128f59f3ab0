//! Addresses that a browser is sent to.

use core::fmt;

/// The longest address, in bytes.
const MAX_LENGTH: usize = 2048;

/// An `https` address. It is kept and compared byte by byte, as SAML requires, without any normalisation. `http` is
/// accepted for `localhost` and `127.0.0.1` only, for development.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HttpsUrl(String);

/// The text is not an address to send a browser to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an https URL of at most {MAX_LENGTH} printable ASCII characters without a fragment")]
pub struct NotHttps;

impl HttpsUrl {
    /// Accepts printable ASCII without spaces, `"`, `<`, `>`, `\` and `#`.
    ///
    /// # Errors
    /// [`NotHttps`], if it contains anything else, is not https, names no host, has a user name, or is longer than 2048
    /// bytes.
    ///
    /// ```
    /// use provost_saml::HttpsUrl;
    ///
    /// assert!(HttpsUrl::try_new("https://login.example/saml?tenant=1").is_ok());
    /// for refused in ["http://login.example/", "https://", "javascript:alert(1)", "https://a.example/\"", "https://a.example/#b"] {
    ///     assert!(HttpsUrl::try_new(refused).is_err());
    /// }
    /// ```
    pub fn try_new(text: impl Into<String>) -> Result<Self, NotHttps> {
        let text = text.into();
        let rest = text.strip_prefix("https://").or_else(|| local(&text)).unwrap_or_default();
        let host = rest.split(['/', '?']).next().unwrap_or_default();
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'#' | b'\\'));
        if host.is_empty() || host.contains('@') || !plain || text.len() > MAX_LENGTH {
            return Err(NotHttps);
        }
        Ok(Self(text))
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The part after `http://` of an address on this machine.
fn local(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("http://")?;
    let host = rest.split(['/', '?', ':']).next()?;
    matches!(host, "localhost" | "127.0.0.1").then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_http_on_this_machine_alone() {
        for accepted in ["http://localhost/", "http://127.0.0.1:8080/a", "https://a.example"] {
            assert!(HttpsUrl::try_new(accepted).is_ok(), "{accepted}");
        }
        for refused in [
            "http://localhost.example/",
            "http://127.0.0.1@a.example/",
            "https://127.0.0.1@a.example/",
            "HTTPS://a.example/",
            "https:///a",
            "https://a.example/ä",
            "https://a.example/ b",
        ] {
            assert!(HttpsUrl::try_new(refused).is_err(), "{refused}");
        }
        assert!(HttpsUrl::try_new(format!("https://{}", "a".repeat(2048))).is_err());
    }
}
