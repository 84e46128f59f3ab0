//! A request as the protocol sees it.

use crate::base_url::Address;
use std::fmt;
use std::sync::Arc;

/// An HTTP request, read by whatever framework serves it.
///
/// `Accept` is not part of it: there is one representation, `application/scim+json`, and it is sent whatever was
/// asked for, which RFC 9110 section 12.4.1 allows and Entra ID expects.
///
/// ```
/// use provost_provider::Request;
/// let mut request = Request::new("PATCH", "/Users/2819c223");
/// request.content_type = Some("application/scim+json");
/// request.body = br#"{"schemas":[],"Operations":[]}"#;
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Request<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path below the base URL as it came, percent-encoding and all: `/Users/2819c223`.
    pub path: &'a str,
    /// The query as it came, without its question mark.
    pub query: &'a str,
    /// The header Content-Type.
    pub content_type: Option<&'a str>,
    /// The header Content-Encoding.
    pub content_encoding: Option<&'a str>,
    /// The header If-Match; several lines are joined by commas.
    pub if_match: Option<&'a str>,
    /// The header If-None-Match; several lines are joined by commas.
    pub if_none_match: Option<&'a str>,
    /// The body, whole. How large it may be says [`Provider::body_limit`](crate::Provider::body_limit).
    pub body: &'a [u8],
    /// What is known of it besides, for logs and audit records.
    pub origin: Origin,
    /// Where it came: what [`BaseUrl::fill`](crate::BaseUrl::fill) gave, if the base URL has parameters.
    pub address: Option<&'a Address>,
    /// Whether the thread that calls may take long, because it serves nothing else and has a
    /// [place](crate::Provider::place).
    pub may_take_long: bool,
}

impl<'a> Request<'a> {
    /// A request without query, headers and body.
    #[must_use]
    pub fn new(method: &'a str, path: &'a str) -> Self {
        Self { method, path, ..Self::default() }
    }
}

/// What is known of a request besides what it asks: carried with it to hooks, audit records and logs, whether it is done or
/// refused.
///
/// ```
/// use provost_provider::Origin;
/// let origin = Origin::from("0192f3a1");
/// assert_eq!(&*origin.request_id, "0192f3a1");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The request's identifier in the logs.
    pub request_id: Arc<str>,
}

impl<T: Into<Arc<str>>> From<T> for Origin {
    fn from(request_id: T) -> Self {
        Self { request_id: request_id.into() }
    }
}

/// Without query and body, which hold people's data.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("body_bytes", &self.body.len())
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
