//! Sends one request after the other, waiting for each answer.

use super::{Connection, NoResponse, Request, Response, Target, bare};
use crate::Error;
use crate::data::{AfterSending, Piece};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;

/// Bodies of this size and more use a bare connection: a server that refuses them early closes it during the upload,
/// and an ordinary client may then report the broken pipe instead of the answer.
const LARGE_BODY_BYTES: usize = 256 * 1024;

/// How often a request is sent if it is answered 429, and the longest wait each time.
const BUSY_TRIES: u32 = 5;
const BUSY_WAIT_MAX_SECONDS: u64 = 10;

/// A blocking client that reuses one connection. Not for use within an asynchronous runtime.
#[derive(Debug, Clone)]
pub struct Client {
    target: Target,
    connection: Arc<Mutex<Connection>>,
    /// Its thread serves the connection between two requests, so that a close by the server is noticed.
    runtime: Arc<Runtime>,
}

impl Client {
    /// Makes a client for a target.
    ///
    /// # Errors
    /// The runtime cannot be started, as when this machine has no threads left.
    pub fn new(target: Target) -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| Error::Machine { why: error.to_string() })?;
        let connection = Arc::new(Mutex::new(Connection::new(&target)));
        Ok(Self { target, connection, runtime: Arc::new(runtime) })
    }

    /// Makes a client for another target, with a connection of its own.
    #[must_use]
    pub fn towards(&self, target: Target) -> Self {
        let connection = Arc::new(Mutex::new(Connection::new(&target)));
        Self { target, connection, runtime: Arc::clone(&self.runtime) }
    }

    /// The target.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Sends a request and waits for the response.
    ///
    /// # Errors
    /// There is no response.
    pub fn send(&self, request: &Request) -> Result<Response, NoResponse> {
        if request.body.as_ref().is_some_and(|body| body.len() >= LARGE_BODY_BYTES) {
            let responses =
                self.send_raw(&[bare::piece(&self.target, request)], AfterSending::Wait, false)?;
            return responses.into_iter().next().ok_or(NoResponse::Closed);
        }
        self.runtime.block_on(async { self.connection.lock().await.send(request).await })
    }

    /// Sends a request; if it is answered 429, waits as the server asks and tries again, a few times. Also returns
    /// whether it was answered 429.
    ///
    /// # Errors
    /// There is no response.
    pub fn send_patiently(&self, request: &Request) -> Result<(Response, bool), NoResponse> {
        let mut tries = 1;
        loop {
            let response = self.send(request)?;
            if response.status != 429 || tries == BUSY_TRIES {
                return Ok((response, tries > 1));
            }
            tries += 1;
            // RFC 6585 §4: a server that limits requests may say when to come back
            let wait = response.header("retry-after").and_then(|seconds| seconds.parse().ok()).unwrap_or(1);
            thread::sleep(Duration::from_secs(wait.clamp(1, BUSY_WAIT_MAX_SECONDS)));
        }
    }

    /// Writes bytes unchanged to a new connection and reads what comes back: one response, or all until the connection
    /// ends, or none if the client goes away.
    ///
    /// # Errors
    /// There is no response.
    pub fn send_raw(
        &self,
        pieces: &[Piece],
        then: AfterSending,
        all: bool,
    ) -> Result<Vec<Response>, NoResponse> {
        self.runtime.block_on(bare::send(&self.target, pieces, then, all))
    }

    /// Sends a request and closes the connection without waiting for the response.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub fn abandon(&self, request: &Request) -> Result<(), NoResponse> {
        self.send_raw(&[bare::piece(&self.target, request)], AfterSending::Close, false).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;

    /// Answers one request on each connection with these bytes, then closes it without announcing that.
    fn server(answer: &'static str) -> Client {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/scim/v2", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                reader.by_ref().lines().map(Result::unwrap).find(String::is_empty).unwrap();
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        Client::new(Target::new(&url, "t").unwrap()).unwrap()
    }

    #[test]
    fn a_connection_that_was_closed_meanwhile_is_made_anew() {
        let client = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        for _ in 0..3 {
            assert_eq!(client.send(&Request::get("/Users")).unwrap().status, 200);
            thread::sleep(Duration::from_millis(50));
        }
    }

    #[test]
    fn redirects_and_packed_bodies_come_back_as_they_are() {
        let client = server(
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx",
        );
        let response = client.send(&Request::get("/Users")).unwrap();
        assert_eq!((response.status, &*response.body), (302, &b"x"[..]));
        assert_eq!(response.header("LOCATION").as_deref(), Some("http://127.0.0.1:1/"));
    }
}
