//! A request as the protocol sees it.

use crate::base_url::Address;
use std::fmt;
use std::sync::Arc;

/// An HTTP request, read by whichever framework serves it.
///
/// `Accept` is not included: there is only one representation, `application/scim+json`, and it is sent whatever was
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
    /// The method, in upper case.
    pub method: &'a str,
    /// The path below the base URL as received, percent-encoded: `/Users/2819c223`.
    pub path: &'a str,
    /// The query as received, without the question mark.
    pub query: &'a str,
    /// The Content-Type header.
    pub content_type: Option<&'a str>,
    /// The Content-Encoding header.
    pub content_encoding: Option<&'a str>,
    /// The If-Match header; several lines are joined by commas.
    pub if_match: Option<&'a str>,
    /// The If-None-Match header; several lines are joined by commas.
    pub if_none_match: Option<&'a str>,
    /// The whole body. [`Provider::body_limit`](crate::Provider::body_limit) says how large it may be.
    pub body: &'a [u8],
    /// Further facts about it, for logs and audit records.
    pub origin: Origin,
    /// Its base URL if that has parameters, from [`BaseUrl::fill`](crate::BaseUrl::fill).
    pub address: Option<&'a Address>,
    /// Whether the calling thread may take long, because it serves nothing else and has a
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

/// Facts about a request besides its content, passed on to hooks, audit records and logs, whether it is done or
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

/// Without query and body, which contain people's data.
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
