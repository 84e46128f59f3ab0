//! Where in a request an error happened.

use crate::path::Span;
use crate::text::{excerpt, words};
use std::fmt;

words! {
    /// A text in a request whose bytes are counted.
    Text {
        /// The filter of a query.
        Filter = "filter",
        /// The path of a PATCH operation, including the filter in its brackets.
        Path = "path",
        /// The body.
        Body = "body",
    }
}

/// Where in a request an [`Error`](super::Error) happened.
///
/// ```
/// use provost_core::error::{Place, Text};
/// use provost_core::{Error, Filter};
/// let e = Error::from("userName is \"babs\"".parse::<Filter>().unwrap_err());
/// let Some(Place::Byte { text: Text::Filter, span }) = e.place() else { panic!("{e:?}") };
/// assert_eq!((span.start, span.end), (9, 11));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A range of a text. The span is empty if only its first byte is known.
    Byte {
        /// The text.
        text: Text,
        /// The range of bytes.
        span: Span,
    },
    /// An operation of a PATCH.
    Operation {
        /// Its number, from 1.
        number: usize,
        /// `add`, `remove` or `replace`; `None` if it could not be read.
        op: Option<&'static str>,
        /// Its path; `None` if it has none, or if it could not be read.
        path: Option<String>,
        /// Where inside the operation.
        inner: Option<Box<Self>>,
    },
    /// An operation of a bulk request.
    BulkOperation {
        /// Its number, from 1.
        number: usize,
        /// Where inside the operation.
        inner: Option<Box<Self>>,
    },
    /// An attribute of a body, by its path: `emails[0].value`, `urn:..:User:department`.
    Attribute(String),
    /// A query parameter by name, even if the query was sent as a body.
    Parameter(String),
    /// A header, by its name.
    Header(String),
}

impl Place {
    /// An attribute of a body.
    pub fn attribute(path: impl fmt::Display) -> Self {
        Self::Attribute(path.to_string())
    }

    /// A parameter of a query.
    pub fn parameter(name: impl Into<String>) -> Self {
        Self::Parameter(name.into())
    }

    /// A header.
    pub fn header(name: impl Into<String>) -> Self {
        Self::Header(name.into())
    }

    /// One byte of a text, if it is not known how much of it is wrong.
    #[must_use]
    pub fn byte(text: Text, at: usize) -> Self {
        Self::Byte { text, span: Span { start: at, end: at } }
    }

    /// An operation of a PATCH that could not be read.
    #[must_use]
    pub fn operation(number: usize) -> Self {
        Self::Operation { number, op: None, path: None, inner: None }
    }

    /// The place inside an operation, if known.
    #[must_use]
    pub fn inner(&self) -> Option<&Self> {
        match self {
            Self::Operation { inner, .. } | Self::BulkOperation { inner, .. } => inner.as_deref(),
            _ => None,
        }
    }

    /// The path of the attribute, whether this is one or contains one.
    #[must_use]
    pub fn as_attribute(&self) -> Option<&str> {
        match self {
            Self::Attribute(path) => Some(path),
            other => other.inner()?.as_attribute(),
        }
    }

    /// Whether it is put before the message, since the message does not name it.
    pub(super) fn comes_first(&self) -> bool {
        matches!(self, Self::Operation { .. })
    }

    /// Puts what was already known inside this place. If neither can contain the other, the one that was known first is
    /// kept, since it is more precise.
    pub(super) fn around(mut self, known: Option<Self>) -> Self {
        let Some(known) = known else { return self };
        match &mut self {
            Self::Operation { inner, .. } | Self::BulkOperation { inner, .. } => {
                *inner = Some(Box::new(known));
                self
            }
            _ => known,
        }
    }
}

/// In the words of a message, without the inner place.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte { text, span } => write!(f, "byte {} of the {text}", span.start),
            Self::Operation { number, op: None, .. } => write!(f, "operation {number}"),
            Self::Operation { number, op: Some(op), path: Some(path), .. } => {
                write!(f, "operation {number} ({op} `{}`)", excerpt(path))
            }
            Self::Operation { number, op: Some(op), .. } => {
                write!(f, "operation {number} ({op} without path)")
            }
            Self::BulkOperation { number, .. } => write!(f, "operation {number} of the bulk request"),
            Self::Attribute(path) => write!(f, "`{}`", excerpt(path)),
            Self::Parameter(name) => write!(f, "the parameter `{name}`"),
            Self::Header(name) => write!(f, "the header {name}"),
        }
    }
}
