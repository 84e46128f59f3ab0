//! HTTP to the server under test: one client, with and without TLS, and bare connections for bytes that no client would
//! send.

pub(crate) mod bare;
mod client;
pub(crate) mod connection;
mod target;
mod tls;

pub use client::Client;
pub use connection::Connection;
pub use target::Target;
pub use tls::Trust;

use hyper::body::Bytes;
use hyper::{HeaderMap, Method};
use std::borrow::Cow;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

/// No sane answer takes longer; Entra gives up after a minute.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A request to send.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query below the base URL.
    pub path: String,
    /// The headers; if `None`, those that every client sends: the token, the accepted type, the type of the body.
    pub headers: Option<HeaderMap>,
    /// The body.
    pub body: Option<Bytes>,
}

impl Request {
    /// A request with the headers that every client sends.
    pub fn new(method: Method, path: impl Into<String>, body: Option<Bytes>) -> Self {
        Self { method, path: path.into(), headers: None, body }
    }

    /// A GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }
}

/// A response.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as sent: nothing is decompressed.
    pub body: Bytes,
}

impl Response {
    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
    }

    /// The body as JSON, if it is valid.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoResponse {
    /// The server closed the connection without an answer.
    #[error("the server closed the connection without an answer")]
    Closed,
    /// Nothing came in time.
    #[error("no answer within {} seconds", TIMEOUT.as_secs())]
    Timeout,
    /// TLS failed.
    #[error("{0}")]
    Tls(
        /// Why, and what to do about it.
        String,
    ),
    /// The server cannot be reached, or its answer is not HTTP.
    #[error("{0}")]
    Failed(
        /// What happened.
        String,
    ),
}

impl NoResponse {
    /// The text of an error, followed by all its causes.
    pub(crate) fn from_error(error: &(dyn Error + 'static)) -> Self {
        let mut text = String::new();
        let mut cause = Some(error);
        while let Some(error) = cause {
            let cut_short = error.downcast_ref().is_some_and(hyper::Error::is_incomplete_message);
            if cut_short || error.downcast_ref().is_some_and(is_closed) {
                return Self::Closed;
            }
            text = if text.is_empty() { error.to_string() } else { format!("{text}: {error}") };
            cause = error.source();
        }
        Self::Failed(text)
    }
}

fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
    )
}
