//! Every refusal of the protocol: a kind with its HTTP status and `scimType`, a detail for the client, and a source
//! for the log.

use crate::filter::FilterError;
use crate::path::UnknownAttribute;
use crate::value::{JsonError, JsonErrorKind, Object, Value};
use std::fmt;

/// What went wrong, as RFC 7644 section 3.12 and RFC 9865 section 2.1 sort it.
///
/// The enum is closed on purpose: a new kind is a new promise to clients, and every `match` has to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The filter does not parse, or asks what cannot be asked.
    InvalidFilter,
    /// The answer would be larger than the server is willing to make it.
    TooMany,
    /// Another resource has the value already.
    Uniqueness,
    /// The attribute cannot be changed so.
    Mutability,
    /// The body is not JSON, or not the message that was expected.
    InvalidSyntax,
    /// The path of a PATCH operation does not parse, or names no attribute.
    InvalidPath,
    /// The path of a PATCH operation selects nothing.
    NoTarget,
    /// A value is missing, of the wrong type, or not acceptable.
    InvalidValue,
    /// The protocol version is not served.
    InvalidVersion,
    /// The query holds data that must not stand in a URL.
    Sensitive,
    /// The cursor is not one of this server's, or belongs to another query.
    InvalidCursor,
    /// The cursor is too old.
    ExpiredCursor,
    /// The count differs from that of the first page.
    InvalidCount,
    /// The request is not proper HTTP, or a parameter contradicts another.
    BadRequest,
    /// No valid credentials.
    Unauthorized,
    /// The credentials do not allow this.
    Forbidden,
    /// There is no such endpoint or resource.
    NotFound,
    /// The endpoint does not know the method.
    MethodNotAllowed,
    /// The request did not arrive in the time that is given to it.
    Timeout,
    /// The request conflicts with the state of the resource, or a guard refused it.
    Conflict,
    /// The resource has another version than the one required.
    PreconditionFailed,
    /// The body, or the number of operations in it, is over the limit.
    PayloadTooLarge,
    /// The body is of a media type that is not served.
    UnsupportedMediaType,
    /// More requests than the limit allows.
    TooManyRequests,
    /// The target and the headers of the request are over the limit.
    HeadTooLarge,
    /// A fault of the server.
    Internal,
    /// A part of the protocol that is switched off.
    NotImplemented,
    /// The storage cannot be reached now, or could not confirm a write.
    Unavailable,
}

impl ErrorKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 28] = [
        Self::InvalidFilter,
        Self::TooMany,
        Self::Uniqueness,
        Self::Mutability,
        Self::InvalidSyntax,
        Self::InvalidPath,
        Self::NoTarget,
        Self::InvalidValue,
        Self::InvalidVersion,
        Self::Sensitive,
        Self::InvalidCursor,
        Self::ExpiredCursor,
        Self::InvalidCount,
        Self::BadRequest,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Timeout,
        Self::Conflict,
        Self::PreconditionFailed,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::TooManyRequests,
        Self::HeadTooLarge,
        Self::Internal,
        Self::NotImplemented,
        Self::Unavailable,
    ];

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidFilter
            | Self::TooMany
            | Self::Mutability
            | Self::InvalidSyntax
            | Self::InvalidPath
            | Self::NoTarget
            | Self::InvalidValue
            | Self::InvalidVersion
            | Self::InvalidCursor
            | Self::ExpiredCursor
            | Self::InvalidCount
            | Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden | Self::Sensitive => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Timeout => 408,
            Self::Uniqueness | Self::Conflict => 409,
            Self::PreconditionFailed => 412,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::TooManyRequests => 429,
            Self::HeadTooLarge => 431,
            Self::Internal => 500,
            Self::NotImplemented => 501,
            Self::Unavailable => 503,
        }
    }

    /// The `scimType` of RFC 7644 table 9 and RFC 9865 section 2.1, where there is one.
    #[must_use]
    pub const fn scim_type(self) -> Option<&'static str> {
        match self {
            Self::InvalidFilter => Some("invalidFilter"),
            Self::TooMany => Some("tooMany"),
            Self::Uniqueness => Some("uniqueness"),
            Self::Mutability => Some("mutability"),
            Self::InvalidSyntax => Some("invalidSyntax"),
            Self::InvalidPath => Some("invalidPath"),
            Self::NoTarget => Some("noTarget"),
            Self::InvalidValue => Some("invalidValue"),
            Self::InvalidVersion => Some("invalidVers"),
            Self::Sensitive => Some("sensitive"),
            Self::InvalidCursor => Some("invalidCursor"),
            Self::ExpiredCursor => Some("expiredCursor"),
            Self::InvalidCount => Some("invalidCount"),
            Self::BadRequest
            | Self::Unauthorized
            | Self::Forbidden
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::Timeout
            | Self::Conflict
            | Self::PreconditionFailed
            | Self::PayloadTooLarge
            | Self::UnsupportedMediaType
            | Self::TooManyRequests
            | Self::HeadTooLarge
            | Self::Internal
            | Self::NotImplemented
            | Self::Unavailable => None,
        }
    }
}

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
