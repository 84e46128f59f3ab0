//! Sends a request and reads the answer, as an ordinary client does.

use super::{Answer, NoAnswer, Sent, TIMEOUT, Target, wire};
use crate::data::{Piece, Then};
use std::fmt;
use std::time::Duration;
use ureq::Agent;
use ureq::http;

/// Bodies from this size on go through a bare socket: a server that refuses them early closes the connection while the
/// rest is still on its way, and an ordinary client then reports the broken pipe instead of the answer.
const LARGE_BODY_BYTES: usize = 256 * 1024;

/// The largest answer taken: a page of a thousand users is about one megabyte.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A connection to the target.
#[derive(Clone)]
pub struct Client {
    target: Target,
    agent: Agent,
}

impl Client {
    /// A client of a target.
    #[must_use]
    pub fn new(target: Target) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // What the server says is what is judged: a redirect or a proxy's word is not.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .allow_non_standard_methods(true)
            .user_agent(concat!("provost-conformance/", env!("CARGO_PKG_VERSION")))
            .accept("")
            .accept_encoding("")
            .timeout_global(Some(TIMEOUT))
            // A restarted server has forgotten the connections of before.
            .max_idle_age(Duration::from_secs(1))
            .build();
        Self { target, agent: config.new_agent() }
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Sends a request and waits for the answer.
    ///
    /// # Errors
    /// There was none.
    pub fn send(&self, sent: &Sent) -> Result<Answer, NoAnswer> {
        if sent.body.as_ref().is_some_and(|body| body.len() >= LARGE_BODY_BYTES) {
            return wire::send(&self.target, &wire::request_bytes(&self.target, sent));
        }
        let mut builder = http::Request::builder().method(sent.method.as_str()).uri(format!(
            "{}{}",
            self.target.base_url(),
            sent.path
        ));
        for (name, value) in &sent.headers {
            builder = builder.header(name, value.as_slice());
        }
        let unsendable = |error: http::Error| NoAnswer::Failed(format!("cannot be sent: {error}"));
        let answer = match &sent.body {
            Some(body) => self.agent.run(builder.body(body.as_slice()).map_err(unsendable)?),
            None => self.agent.run(builder.body(()).map_err(unsendable)?),
        };
        let (parts, mut body) = answer.map_err(no_answer)?.into_parts();
        let body = body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(no_answer)?;
        let headers = parts.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        Ok(Answer { status: parts.status.as_u16(), headers: headers.collect(), body })
    }

    /// Writes bytes to a socket as they are and reads what comes back: one answer, or all up to the end of the
    /// connection, or none where the client goes away.
    ///
    /// # Errors
    /// There was no answer.
    pub fn send_raw(&self, pieces: &[Piece], then: Then, all: bool) -> Result<Vec<Answer>, NoAnswer> {
        wire::send_pieces(&self.target, pieces, then, all)
    }

    /// Sends a request and closes the connection without waiting for the answer.
    ///
    /// # Errors
    /// The request did not get out.
    pub fn abandon(&self, sent: &Sent) -> Result<(), NoAnswer> {
        wire::abandon(&self.target, &wire::request_bytes(&self.target, sent))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("target", &self.target).finish_non_exhaustive()
    }
}

fn no_answer(error: ureq::Error) -> NoAnswer {
    match error {
        ureq::Error::Timeout(_) => NoAnswer::Timeout(TIMEOUT.as_secs()),
        ureq::Error::Io(error) => wire::no_answer(&error),
        other => NoAnswer::Failed(other.to_string()),
    }
}
