//! HTTP towards the server under test.

mod client;
mod target;
mod wire;

pub use client::Client;
pub use target::Target;

use std::time::Duration;

/// No sane answer takes longer; Entra itself gives up after a minute.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A request as it goes out.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The method.
    pub method: String,
    /// Path and query behind the base URL.
    pub path: String,
    /// Names and values of headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Option<Vec<u8>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names, in lower case, and values of headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, names compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON, if it is.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoAnswer {
    /// The server closed the connection without a word.
    #[error("the server closed the connection without an answer")]
    Closed,
    /// Nothing came in time.
    #[error("no answer within {0} seconds")]
    Timeout(
        /// The time allowed.
        u64,
    ),
    /// The server cannot be reached, or its answer is not HTTP.
    #[error("{0}")]
    Failed(
        /// What happened.
        String,
    ),
}
