//! Every refusal in the protocol: its kind with HTTP status and `scimType`, its place, its text for the client, and its
//! source for the log.

mod kind;
mod place;

pub use kind::ErrorKind;
pub use place::{Place, Text};

use crate::filter::FilterError;
use crate::path::UnknownAttribute;
use crate::value::{JsonError, JsonErrorKind, Object, Value};
use std::fmt;
use std::ops::Range;

/// An error's cause, for the log.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// A refusal.
///
/// An administrator reads its [detail](Self::detail) in the identity provider's log: what was wrong, where, and what
/// would be right. The parts of that text are also available as data. The source is for our own log, and never reaches
/// the client.
///
/// ```
/// use provost_core::error::Place;
/// use provost_core::{Error, ErrorKind};
/// let e = Error::new(ErrorKind::InvalidValue, "`active` must be true or false").at(Place::attribute("active"));
/// assert_eq!((e.status(), e.kind().scim_type()), (400, Some("invalidValue")));
/// assert_eq!(
///     e.to_object().to_string(),
///     r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"invalidValue","detail":"`active` must be true or false"}"#
/// );
///
/// let e = e.at(Place::Operation { number: 2, op: Some("add"), path: Some("active".to_owned()), inner: None });
/// assert_eq!(e.detail(), "operation 2 (add `active`): `active` must be true or false");
/// assert_eq!(e.message(), "`active` must be true or false");
/// assert_eq!(e.place().and_then(Place::as_attribute), Some("active"));
/// ```
#[derive(Debug)]
pub struct Error(Box<Parts>);

/// Boxed, to keep results small.
#[derive(Debug)]
struct Parts {
    kind: ErrorKind,
    place: Option<Place>,
    detail: String,
    /// The range of the message in the detail, after the place if that comes first.
    message: Range<usize>,
    /// Where the remedy begins; it goes to the end.
    remedy: Option<usize>,
    retry_after_s: Option<u32>,
    source: Option<Source>,
}

impl Error {
    /// An error of a kind, with its message.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let detail = message.into();
        let message = 0..detail.len();
        Self(Box::new(Parts {
            kind,
            place: None,
            detail,
            message,
            remedy: None,
            retry_after_s: None,
            source: None,
        }))
    }

    /// An error about one attribute, whose path begins the message: "`emails[0].value` must be a string".
    pub(crate) fn of_attribute(kind: ErrorKind, path: impl fmt::Display, fault: impl fmt::Display) -> Self {
        Self::new(kind, format!("`{path}` {fault}")).at(Place::attribute(path))
    }

    /// Adds a cause for the log, which the client does not see.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Sets after how many seconds a retry makes sense.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Adds what to do, after the message and a colon.
    #[must_use]
    pub fn with_remedy(mut self, remedy: &str) -> Self {
        self.0.detail.push_str(": ");
        self.0.remedy = Some(self.0.detail.len());
        self.0.detail.push_str(remedy);
        self
    }

    /// Sets where it happened. An operation is put before the message, and encloses a place that was already known.
    /// Other places are named by the message itself.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        if place.comes_first() {
            let first = format!("{place}: ");
            self.0.detail.insert_str(0, &first);
            let moved = |at: usize| at.saturating_add(first.len());
            self.0.message = moved(self.0.message.start)..moved(self.0.message.end);
            self.0.remedy = self.0.remedy.map(moved);
        }
        let known = self.0.place.take();
        self.0.place = Some(place.around(known));
        self
    }

    /// The same error with another kind.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Adds a sentence after a semicolon. The message then includes it, and any remedy before it.
    #[must_use]
    pub fn and(mut self, more: &str) -> Self {
        self.0.detail.push_str("; ");
        self.0.detail.push_str(more);
        self.0.message.end = self.0.detail.len();
        self.0.remedy = None;
        self
    }

    /// The same without its source, for sending it a second time.
    #[must_use]
    pub fn without_source(&self) -> Self {
        let Parts { kind, place, detail, message, remedy, retry_after_s, source: _ } = &*self.0;
        Self(Box::new(Parts {
            kind: *kind,
            place: place.clone(),
            detail: detail.clone(),
            message: message.clone(),
            remedy: *remedy,
            retry_after_s: *retry_after_s,
            source: None,
        }))
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.kind.status()
    }

    /// Where it happened, if that is a single place.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The text for the client: [place](Self::place), [message](Self::message) and [remedy](Self::remedy) in one
    /// sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What was wrong, without the operation it happened in and without the remedy.
    #[must_use]
    pub fn message(&self) -> &str {
        self.0.detail.get(self.0.message.clone()).unwrap_or(&self.0.detail)
    }

    /// What would be right, if the detail states it after the message. [`ErrorKind::what_to_do`] is what applies to all
    /// errors of the kind.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.0.detail.get(self.0.remedy?..)
    }

    /// After how many seconds a retry makes sense.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u32> {
        self.0.retry_after_s
    }

    /// The body of the answer (RFC 7644 section 3.12): exactly these members.
    #[must_use]
    pub fn to_object(&self) -> Object {
        let mut o = Object::new();
        o.insert("schemas", vec![Value::from(crate::urn::ERROR)]);
        // RFC 7644 section 3.12: status is "expressed as a JSON string"
        o.insert("status", self.status().to_string());
        if let Some(t) = self.kind().scim_type() {
            o.insert("scimType", t);
        }
        o.insert("detail", self.detail());
        o
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}

impl From<JsonError> for Error {
    fn from(e: JsonError) -> Self {
        let kind = match e.kind() {
            JsonErrorKind::Syntax => ErrorKind::InvalidSyntax,
            JsonErrorKind::Value => ErrorKind::InvalidValue,
            JsonErrorKind::TooMany => ErrorKind::PayloadTooLarge,
        };
        Self::new(kind, format!("the body is not usable JSON: {e}")).at(Place::byte(Text::Body, e.offset()))
    }
}

impl From<FilterError> for Error {
    fn from(e: FilterError) -> Self {
        Self::new(ErrorKind::InvalidFilter, e.to_string())
            .at(Place::Byte { text: Text::Filter, span: e.span() })
    }
}

/// For PATCH paths and sort keys; a filter reports it itself, with the byte.
impl From<UnknownAttribute> for Error {
    fn from(e: UnknownAttribute) -> Self {
        Self::new(ErrorKind::InvalidPath, e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation() -> Place {
        Place::Operation { number: 2, op: Some("remove"), path: None, inner: None }
    }

    /// Seen to fail: with the ranges not moved when a place is put before them.
    #[test]
    fn a_detail_is_put_together_from_its_parts() {
        let e = Error::new(ErrorKind::InvalidSyntax, "there is a `value`").with_remedy("leave it out");
        assert_eq!((e.detail(), e.message()), ("there is a `value`: leave it out", "there is a `value`"));
        let e = e.at(operation());
        assert_eq!(e.detail(), "operation 2 (remove without path): there is a `value`: leave it out");
        assert_eq!((e.message(), e.remedy()), ("there is a `value`", Some("leave it out")));
        let e = e.with_source("a cause").with_retry_after(3);
        let again = e.without_source();
        assert_eq!((again.detail(), again.message(), again.remedy()), (e.detail(), e.message(), e.remedy()));
        assert_eq!((again.place(), again.retry_after_s()), (e.place(), Some(3)));
        assert!(std::error::Error::source(&e).is_some() && std::error::Error::source(&again).is_none());
        let e = e.and("it could not be rolled back");
        assert!(e.detail().ends_with(": leave it out; it could not be rolled back"));
        assert_eq!(
            (e.message(), e.remedy()),
            ("there is a `value`: leave it out; it could not be rolled back", None)
        );
    }

    /// Seen to fail: with the outer place replacing the inner one.
    #[test]
    fn what_was_known_first_is_within_an_operation() {
        let e = Error::new(ErrorKind::InvalidValue, "`title` is too long").at(Place::attribute("title"));
        let e = e.at(operation()).at(Place::BulkOperation { number: 7, inner: None });
        assert_eq!(e.detail(), "operation 2 (remove without path): `title` is too long");
        let place = e.place().unwrap();
        assert!(matches!(place, Place::BulkOperation { number: 7, .. }), "{place:?}");
        assert!(matches!(place.inner(), Some(Place::Operation { number: 2, .. })), "{place:?}");
        assert_eq!(place.as_attribute(), Some("title"));
        // a parameter is not inside a header, nor the other way round
        let e =
            Error::new(ErrorKind::InvalidCount, "").at(Place::parameter("count")).at(Place::header("Host"));
        assert_eq!(e.place(), Some(&Place::parameter("count")));
    }

    /// Results on hot paths include room for an error, so that must be small.
    #[test]
    fn an_error_is_one_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
