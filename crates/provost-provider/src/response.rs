//! The response, for any HTTP framework.

use bytes::Bytes;
use provost_core::{Error, ErrorKind, Object};
use std::borrow::Cow;

/// The media type of every body, in requests and responses (RFC 7644 section 8.1).
pub const MEDIA_TYPE: &str = "application/scim+json";

/// The response to a request. An adapter sends [`status`](Self::status), [`headers`](Self::headers) and, except for
/// HEAD, [`body`](Self::body).
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The URL of the resource: Location.
    pub location: Option<String>,
    /// The URL of what was read: Content-Location.
    pub content_location: Option<String>,
    /// The version of the resource: ETag.
    pub etag: Option<String>,
    /// The methods of the endpoint: Allow.
    pub allow: Option<&'static str>,
    /// After how many seconds a retry makes sense: Retry-After.
    pub retry_after_s: Option<u32>,
    /// How to authenticate: WWW-Authenticate.
    pub www_authenticate: Option<String>,
    /// The JSON text; `None` if the status has no body.
    pub body: Option<Bytes>,
}

impl Response {
    /// A response without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// A response with a body.
    #[must_use]
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, body: Some(body.into()), ..Self::default() }
    }

    /// A refusal with the error body of RFC 7644 section 3.12. It includes `request_id` if only the log has the cause;
    /// [`Answer::refuse`](crate::Answer::refuse) also keeps the cause for the log.
    #[must_use]
    pub fn refuse(refusal: &Refusal, request_id: &str) -> Self {
        let error = refusal.error();
        Self {
            allow: refusal.allow,
            retry_after_s: error.retry_after_s(),
            www_authenticate: refusal.challenge().map(str::to_owned),
            ..Self::json(error.status(), error_body(error, request_id).to_string())
        }
    }

    /// The headers by name, including Content-Type.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        let retry_after = self.retry_after_s.map(|s| s.to_string());
        [
            ("content-type", self.body.is_some().then_some(Cow::Borrowed(MEDIA_TYPE))),
            ("location", self.location.as_deref().map(Cow::Borrowed)),
            ("content-location", self.content_location.as_deref().map(Cow::Borrowed)),
            ("etag", self.etag.as_deref().map(Cow::Borrowed)),
            ("allow", self.allow.map(Cow::Borrowed)),
            ("retry-after", retry_after.map(Cow::Owned)),
            ("www-authenticate", self.www_authenticate.as_deref().map(Cow::Borrowed)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// The body for an error (RFC 7644 section 3.12).
pub(crate) fn error_body(error: &Error, request_id: &str) -> Object {
    let mut body = error.to_object();
    if error.kind() == ErrorKind::Internal {
        let message =
            format!("{}; the server's log has the cause as incident `{request_id}`", error.detail());
        body.insert("detail", message);
    }
    body
}

/// An error, with the headers that go with it.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Refusal {
    error: Error,
    allow: Option<&'static str>,
    challenge: Option<Cow<'static, str>>,
}

impl Refusal {
    /// The error.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The methods of the endpoint, if the requested one is not among them.
    #[must_use]
    pub fn allow(&self) -> Option<&'static str> {
        self.allow
    }

    /// How to authenticate (WWW-Authenticate), for a 401.
    #[must_use]
    pub fn challenge(&self) -> Option<&str> {
        self.challenge.as_deref().filter(|_| self.error.status() == 401)
    }

    pub(crate) fn into_error(self) -> Error {
        self.error
    }

    /// The same with its error transformed, keeping the status.
    pub(crate) fn map(mut self, change: impl FnOnce(Error) -> Error) -> Self {
        self.error = change(self.error);
        self
    }

    pub(crate) fn with_challenge(mut self, challenge: String) -> Self {
        self.challenge = Some(challenge.into());
        self
    }

    pub(crate) fn with_allow(mut self, allow: &'static str) -> Self {
        self.allow = Some(allow);
        self
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self { error, allow: None, challenge: Some(Cow::Borrowed(CHALLENGE)) }
    }
}

const CHALLENGE: &str = r#"Bearer realm="scim""#;

#[cfg(test)]
mod tests {
    use super::*;

    fn header(response: &Response, name: &str) -> Option<String> {
        response.headers().find(|(n, _)| *n == name).map(|(_, v)| v.into_owned())
    }

    #[test]
    fn refusals_have_the_error_body_and_their_headers() {
        let stranger = || Refusal::from(Error::new(ErrorKind::Unauthorized, "who are you"));
        let r = Response::refuse(&stranger(), "r1");
        assert_eq!((r.status, header(&r, "www-authenticate").as_deref()), (401, Some(CHALLENGE)));
        assert_eq!(header(&r, "content-type").as_deref(), Some(MEDIA_TYPE));
        let r = Response::refuse(&stranger().with_challenge("Basic".to_owned()), "r1");
        assert_eq!(header(&r, "www-authenticate").as_deref(), Some("Basic"));
        let busy = Error::new(ErrorKind::TooManyRequests, "later").with_retry_after(7);
        let r = Response::refuse(&busy.into(), "r1");
        assert_eq!((r.status, header(&r, "retry-after").as_deref()), (429, Some("7")));
        assert_eq!(header(&r, "www-authenticate"), None);
    }

    #[test]
    fn only_the_log_has_the_cause_of_an_internal_error() {
        let r = Response::refuse(
            &Error::new(ErrorKind::Internal, "the storage failed").with_source("disk on fire").into(),
            "r1",
        );
        let body = String::from_utf8(r.body.unwrap().to_vec()).unwrap();
        assert!(
            body.contains("the storage failed; the server's log has the cause as incident `r1`"),
            "{body}"
        );
        assert!(!body.contains("fire"));
    }

    #[test]
    fn an_empty_answer_has_no_content_type() {
        assert_eq!(Response::empty(204).headers().count(), 0);
    }
}
