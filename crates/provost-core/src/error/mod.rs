//! Every refusal of the protocol: a kind with its HTTP status and `scimType`, where it happened, what the client reads,
//! and a source for the log.

mod kind;
mod place;

pub use kind::ErrorKind;
pub use place::{Place, Text};

use crate::filter::FilterError;
use crate::path::UnknownAttribute;
use crate::value::{JsonError, JsonErrorKind, Object, Value};
use std::fmt;
use std::ops::Range;

/// What an error is caused by, for the log.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// A refusal.
///
/// Its [detail](Self::detail) is read by an admin in the identity provider's log: it says what was wrong, where, and what
/// would be right. The parts it is put together from are there as data. The source is for our own log and never reaches
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

/// Behind a pointer: results that may be an error stay small.
#[derive(Debug)]
struct Parts {
    kind: ErrorKind,
    place: Option<Place>,
    detail: String,
    /// Where in the detail the message is: after the place, if that comes first.
    message: Range<usize>,
    /// Where the remedy begins, which goes to the end.
    remedy: Option<usize>,
    retry_after_s: Option<u32>,
    source: Option<Source>,
}

impl Error {
    /// A refusal with its reason.
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

    /// A refusal of one attribute, with which the message begins: "`emails[0].value` must be a string".
    pub(crate) fn of_attribute(kind: ErrorKind, path: impl fmt::Display, fault: impl fmt::Display) -> Self {
        Self::new(kind, format!("`{path}` {fault}")).at(Place::attribute(path))
    }

    /// Adds what the log should know and the client should not.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Says when a retry makes sense, in seconds.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Says what to do, behind the message and a colon.
    #[must_use]
    pub fn with_remedy(mut self, remedy: &str) -> Self {
        self.0.detail.push_str(": ");
        self.0.remedy = Some(self.0.detail.len());
        self.0.detail.push_str(remedy);
        self
    }

    /// Says where it is. An operation is put before the message, and around the place that was known before; all else is
    /// named by the message itself.
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

    /// The same as another kind.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Adds a sentence behind a semicolon. It is part of the message, as is the remedy before it.
    #[must_use]
    pub fn and(mut self, more: &str) -> Self {
        self.0.detail.push_str("; ");
        self.0.detail.push_str(more);
        self.0.message.end = self.0.detail.len();
        self.0.remedy = None;
        self
    }

    /// The same without its source, to be sent a second time.
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

    /// Where it is, if that is one place.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The text for the client: [place](Self::place), [message](Self::message) and [remedy](Self::remedy) as one sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What was wrong, without the operation it was wrong in and without the remedy.
    #[must_use]
    pub fn message(&self) -> &str {
        self.0.detail.get(self.0.message.clone()).unwrap_or(&self.0.detail)
    }

    /// What would be right, where the sentence says it apart from the message. What holds for all errors of the kind is
    /// [`ErrorKind::what_to_do`].
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.0.detail.get(self.0.remedy?..)
    }

    /// Seconds after which a retry makes sense.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u32> {
        self.0.retry_after_s
    }

    /// The body of the answer (RFC 7644 section 3.12): these members and no others.
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

/// In a PATCH path or a sort key; a filter says so itself, with its byte.
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

    /// Seen to fail: with the ranges left where they were when a place was put before them.
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

    /// Seen to fail: with the outer place given up for the one that was known.
    #[test]
    fn what_was_known_first_is_within_an_operation() {
        let e = Error::new(ErrorKind::InvalidValue, "`title` is too long").at(Place::attribute("title"));
        let e = e.at(operation()).at(Place::BulkOperation { number: 7, inner: None });
        assert_eq!(e.detail(), "operation 2 (remove without path): `title` is too long");
        let place = e.place().unwrap();
        assert!(matches!(place, Place::BulkOperation { number: 7, .. }), "{place:?}");
        assert!(matches!(place.inner(), Some(Place::Operation { number: 2, .. })), "{place:?}");
        assert_eq!(place.as_attribute(), Some("title"));
        // a parameter is in no attribute, nor the other way round
        let e =
            Error::new(ErrorKind::InvalidCount, "").at(Place::parameter("count")).at(Place::header("Host"));
        assert_eq!(e.place(), Some(&Place::parameter("count")));
    }

    /// The results of hot paths carry a pointer for the error that they are not.
    #[test]
    fn an_error_is_one_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
