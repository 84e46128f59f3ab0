//! Where SCIM is served: a single text determines the mount path and every URL in answers.

use crate::url;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use provost_core::text::excerpt;
use provost_core::{Error, ErrorKind};
use std::str::FromStr;
use std::sync::Arc;

/// The absolute URL before the endpoints, as clients know it: `https://app.example/scim/v2`.
///
/// Segments of its path may be parameters, with values from each request:
///
/// ```
/// use provost_provider::BaseUrl;
/// let base: BaseUrl = "https://app.example/companies/{company}/scim/v2".parse()?;
/// assert_eq!(base.path(), "/companies/{company}/scim/v2");
/// let address = base.fill(|_| Some("acme")).unwrap();
/// assert_eq!(address.base(), "https://app.example/companies/acme/scim/v2");
/// assert_eq!(address.parameter("company"), Some("acme"));
/// # Ok::<(), provost_provider::BaseUrlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    text: Arc<str>,
    /// Scheme and host.
    origin: Box<str>,
    path: Box<str>,
    parameters: Vec<Arc<str>>,
}

/// Why a text is not a base URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` cannot be the base URL: {reason}")]
pub struct BaseUrlError {
    url: String,
    reason: String,
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        read(text).map_err(|reason| BaseUrlError { url: excerpt(text), reason })
    }
}

fn read(text: &str) -> Result<BaseUrl, String> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme));
    let scheme = scheme.ok_or("it begins with neither `https://` nor `http://`")?;
    if text.contains(['?', '#']) {
        return Err("it has a query or a fragment".to_owned());
    }
    let after = text.strip_prefix(scheme).unwrap_or_default();
    let (host, path) = after.find('/').and_then(|at| after.split_at_checked(at)).unwrap_or((after, ""));
    let odd = |c: char| c.is_whitespace() || c.is_control() || r#"@\"<>{}^`|%"#.contains(c);
    if host.is_empty() || host.starts_with(':') || host.contains(odd) {
        return Err("it has no plain host".to_owned());
    }
    let mut parameters = Vec::new();
    for segment in path.split('/').skip(1) {
        match parameter(segment)? {
            Some(name) if parameters.contains(&name) => {
                return Err(format!("the parameter `{name}` appears more than once"));
            }
            name => parameters.extend(name),
        }
    }
    Ok(BaseUrl { text: text.into(), origin: format!("{scheme}{host}").into(), path: path.into(), parameters })
}

/// The parameter's name, if a segment is one.
fn parameter(segment: &str) -> Result<Option<Arc<str>>, String> {
    if matches!(segment, "" | "." | "..") {
        return Err("its path ends in a slash or has an empty segment".to_owned());
    }
    if let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        return match name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain) {
            true => Ok(Some(name.into())),
            false => Err(format!("the name of the parameter `{segment}` must be plain letters")),
        };
    }
    match segment.chars().find(|c| !c.is_ascii_alphanumeric() && !"-._~!$&'()+,;=:@".contains(*c)) {
        Some('{' | '}') => Err(format!("a parameter must be a whole segment, unlike `{segment}`")),
        Some(c) => Err(format!("its path contains the character `{c}`")),
        None => Ok(None),
    }
}

/// All but the unreserved characters of RFC 3986 section 2.3, which need no escape in a segment.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl BaseUrl {
    /// The URL, with parameters in braces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The path, with parameters in braces: where to mount SCIM. Empty if the URL has none.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The names of the parameters.
    #[must_use]
    pub fn parameters(&self) -> &[Arc<str>] {
        &self.parameters
    }

    /// Checks that requests can be served at this path. It must be [`path`](Self::path) or, behind a proxy that strips
    /// the beginning, the end of it, with all parameters.
    ///
    /// # Errors
    /// It is neither, or it is empty: SCIM mounted there would answer every request to an application.
    pub fn check_mount(&self, at: &str) -> Result<(), BaseUrlError> {
        let known = |name: &&Arc<str>| at.split('/').any(|segment| segment == format!("{{{name}}}"));
        let reason = if self.path.is_empty() {
            "it has no path, so SCIM would answer every request of the application".to_owned()
        } else if !at.starts_with('/') || !self.path.ends_with(at) {
            format!("its path does not end in `{}`, where it is mounted", excerpt(at))
        } else if let Some(name) = self.parameters.iter().find(|name| !known(name)) {
            format!("its parameter `{name}` is not in `{}`, where it is mounted", excerpt(at))
        } else {
            return Ok(());
        };
        Err(BaseUrlError { url: excerpt(&self.text), reason })
    }

    /// The address of a request, from the values of the parameters as they appear in its path, percent-encoded.
    ///
    /// # Errors
    /// A value is not UTF-8, contains U+0000, or is `.` or `..` (400). A value is missing or empty (500), so the
    /// request did not match this path.
    pub fn fill<'v>(&self, value_of: impl Fn(&str) -> Option<&'v str>) -> Result<Address, Error> {
        let mut values = Vec::new();
        for name in &self.parameters {
            let value = value_of(name).filter(|value| !value.is_empty()).ok_or_else(|| {
                let message = format!("the request has no value for `{name}` of the base URL");
                Error::new(ErrorKind::Internal, message)
            })?;
            let value = url::decode(value, "the path", ErrorKind::BadRequest)?;
            // in a URL, RFC 3986 section 5.2.4 would remove it together with the segment before
            if matches!(&*value, "." | "..") {
                return Err(Error::new(
                    ErrorKind::BadRequest,
                    format!("`{name}` in the path cannot be `{value}`"),
                ));
            }
            values.push((Arc::clone(name), value));
        }
        let mut base = self.origin.to_string();
        let mut left = values.iter();
        for segment in self.path.split('/').skip(1) {
            base.push('/');
            match segment.starts_with('{').then(|| left.next()).flatten() {
                Some((_, value)) => base.extend(utf8_percent_encode(value, ENCODED)),
                None => base.push_str(segment),
            }
        }
        Ok(Address { base: base.into(), values })
    }
}

/// The base URL of one request, with its parameters filled in. Only made for base URLs with parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    base: Arc<str>,
    values: Vec<(Arc<str>, String)>,
}

impl Address {
    /// The base URL of this request.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn shared_base(&self) -> Arc<str> {
        self.base.clone()
    }

    /// The value of a parameter, decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| **known == *name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: without this check, `..` is in every URL of the answer.
    #[test]
    fn a_step_up_is_no_value() {
        let base: BaseUrl = "https://app.example/{company}/scim".parse().unwrap();
        for value in [".", "..", "%2e%2E"] {
            assert_eq!(base.fill(|_| Some(value)).unwrap_err().kind(), ErrorKind::BadRequest, "{value}");
        }
        assert_eq!(base.fill(|_| Some("...")).unwrap().base(), "https://app.example/.../scim");
    }

    /// Seen to fail: without each of the arms of `read` and `parameter`.
    #[test]
    fn what_cannot_be_a_base_url_is_refused_with_the_reason() {
        for (url, reason) in [
            ("", "neither `https://` nor `http://`"),
            ("app.example/scim/v2", "neither"),
            ("ftp://app.example/scim/v2", "neither"),
            ("https://app.example/scim?v=2", "a query or a fragment"),
            ("https://app.example/scim#v2", "a query or a fragment"),
            ("https://", "no plain host"),
            ("https:///scim", "no plain host"),
            ("https://:80/scim", "no plain host"),
            ("https://a@app.example/scim", "no plain host"),
            ("https://{company}.example/scim", "no plain host"),
            ("https://app.example/", "ends in a slash"),
            ("https://app.example/scim/", "ends in a slash"),
            ("https://app.example//scim", "an empty segment"),
            ("https://app.example/../scim", "an empty segment"),
            ("https://app.example/{a}/{a}/scim", "the parameter `a` appears more than once"),
            ("https://app.example/{}/scim", "must be plain letters"),
            ("https://app.example/{a:.*}/scim", "must be plain letters"),
            ("https://app.example/{{a}}/scim", "must be plain letters"),
            ("https://app.example/c-{a}/scim", "must be a whole segment"),
            ("https://app.example/a}{b/scim", "must be a whole segment"),
            ("https://app.example/a b/scim", "the character ` `"),
            ("https://app.example/a%20b/scim", "the character `%`"),
            ("https://app.example/scim*", "the character `*`"),
        ] {
            let error = url.parse::<BaseUrl>().unwrap_err().to_string();
            assert!(error.contains(reason) && error.starts_with(&format!("`{url}` cannot")), "{error}");
        }
    }

    #[test]
    fn a_base_url_has_a_path_and_parameters() {
        for (url, path, parameters) in [
            ("https://scim.example", "", [].as_slice()),
            ("http://[::1]:8080/scim/v2", "/scim/v2", &[]),
            ("https://b\u{fc}cher.example/~a/scim", "/~a/scim", &[]),
            ("https://x/{a}/b/{c_2}", "/{a}/b/{c_2}", &["a", "c_2"]),
        ] {
            let base: BaseUrl = url.parse().unwrap();
            assert_eq!((base.as_str(), base.path()), (url, path));
            assert!(base.parameters().iter().map(|p| &**p).eq(parameters.iter().copied()), "{url}");
        }
    }

    /// Seen to fail: without each of the arms of `check_mount`.
    #[test]
    fn it_is_mounted_at_the_end_of_its_path() {
        for (url, at, reason) in [
            ("https://x/scim/v2", "/scim/v2", None),
            ("https://x/idp/scim/v2", "/scim/v2", None),
            ("https://x/idp/{a}/scim", "/{a}/scim", None),
            ("https://x", "", Some("it has no path")),
            ("https://x/scim/v2", "", Some("does not end in ``")),
            ("https://x/scim/v2", "/", Some("does not end in `/`")),
            ("https://x/scim/v2", "v2", Some("does not end in `v2`")),
            ("https://x/scim/v2", "/m/v2", Some("does not end in `/m/v2`")),
            ("https://x/{a}/scim", "/scim", Some("`a` is not in `/scim`")),
        ] {
            let checked = url.parse::<BaseUrl>().unwrap().check_mount(at).map_err(|e| e.to_string());
            assert_eq!(checked.is_ok(), reason.is_none(), "{url} {at}");
            assert!(checked.err().is_none_or(|e| e.contains(reason.unwrap())), "{url} {at}");
        }
    }

    /// Seen to fail: without decoding the values, and without encoding the base.
    #[test]
    fn values_are_decoded_and_urls_encoded() {
        let base: BaseUrl = "https://x/{a}/scim/{b}".parse().unwrap();
        let value = |name: &str| Some(if name == "a" { "a%2Fb c" } else { "%C3%BC{b}" });
        let address = base.fill(value).unwrap();
        assert_eq!(address.base(), "https://x/a%2Fb%20c/scim/%C3%BC%7Bb%7D");
        assert_eq!((address.parameter("a"), address.parameter("b")), (Some("a/b c"), Some("\u{fc}{b}")));
        assert_eq!(address.parameter("c"), None);
        for (wrong, status) in [(None, 500), (Some(""), 500), (Some("%FF"), 400), (Some("%00"), 400)] {
            assert_eq!(base.fill(|_| wrong).unwrap_err().status(), status, "{wrong:?}");
        }
    }
}
