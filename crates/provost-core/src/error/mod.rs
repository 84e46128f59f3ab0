//! Every refusal of the protocol: a kind with its HTTP status and `scimType`, a detail for the client, and a source
//! for the log.

mod kind;

pub use kind::ErrorKind;

use crate::filter::FilterError;
use crate::path::UnknownAttribute;
use crate::value::{JsonError, JsonErrorKind, Object, Value};
use std::fmt;

/// A refusal.
///
/// `detail` is read by an admin in the identity provider's log: it says what was wrong, where, and what would be
/// right. The source is for our own log and never reaches the client.
///
/// ```
/// use provost_core::{Error, ErrorKind};
/// let e = Error::new(ErrorKind::InvalidValue, "`active` must be true or false");
/// assert_eq!((e.status(), e.kind().scim_type()), (400, Some("invalidValue")));
/// assert_eq!(
///     e.to_object().to_string(),
///     r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"400","scimType":"invalidValue","detail":"`active` must be true or false"}"#
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    kind: ErrorKind,
    detail: String,
    retry_after_s: Option<u32>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A refusal with its reason.
    #[must_use]
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), retry_after_s: None, source: None }
    }

    /// Adds what the log should know and the client should not.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says when a retry makes sense, in seconds.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Puts a place before the detail: `operation 2 (path `title`)`.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.detail = format!("{place}: {}", self.detail);
        self
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind.status()
    }

    /// The reason, for the client.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Seconds after which a retry makes sense.
    #[must_use]
    pub fn retry_after_s(&self) -> Option<u32> {
        self.retry_after_s
    }

    /// The body of the answer (RFC 7644 section 3.12): these members and no others.
    #[must_use]
    pub fn to_object(&self) -> Object {
        let mut o = Object::new();
        o.insert("schemas", vec![Value::from(crate::urn::ERROR)]);
        // RFC 7644 section 3.12: status is "expressed as a JSON string"
        o.insert("status", self.status().to_string());
        if let Some(t) = self.kind.scim_type() {
            o.insert("scimType", t);
        }
        o.insert("detail", self.detail.as_str());
        o
    }
}

impl From<JsonError> for Error {
    fn from(e: JsonError) -> Self {
        let kind = match e.kind() {
            JsonErrorKind::Syntax => ErrorKind::InvalidSyntax,
            JsonErrorKind::Value => ErrorKind::InvalidValue,
        };
        Self::new(kind, format!("the body is not usable JSON: {e}"))
    }
}

impl From<FilterError> for Error {
    fn from(e: FilterError) -> Self {
        Self::new(ErrorKind::InvalidFilter, e.to_string())
    }
}

/// In a PATCH path or a sort key; a filter says so itself, with its byte.
impl From<UnknownAttribute> for Error {
    fn from(e: UnknownAttribute) -> Self {
        Self::new(ErrorKind::InvalidPath, e.to_string())
    }
}
