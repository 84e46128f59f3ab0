//! A connection that costs little: the client runs on the same cores as the server it measures.

use crate::Target;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

const SCIM: HeaderValue = HeaderValue::from_static("application/scim+json");
/// As the player has it: Entra gives up after a minute.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) method: Method,
    /// Behind the base URL.
    pub(super) path: String,
    pub(super) body: Option<Bytes>,
}

impl Sent {
    pub(super) fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: None }
    }
}

/// A connection that is kept, and made anew when the server closes it.
pub(super) struct Connection {
    authority: String,
    root: String,
    host: HeaderValue,
    authorization: HeaderValue,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub(super) fn new(target: &Target) -> Result<Self, String> {
        let header = |text: String| HeaderValue::try_from(text).map_err(|error| error.to_string());
        let mut authorization = header(format!("Bearer {}", target.token()))?;
        authorization.set_sensitive(true);
        Ok(Self {
            authority: target.authority(),
            root: target.root().to_owned(),
            host: header(target.authority())?,
            authorization,
            sender: None,
        })
    }

    /// Sends a request and reads the whole answer.
    pub(super) async fn send(&mut self, sent: &Sent) -> Result<(u16, Bytes), String> {
        let silent = |_elapsed| format!("no answer within {} seconds", PATIENCE.as_secs());
        let answer = timeout(PATIENCE, self.exchange(sent)).await.map_err(silent).flatten();
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }

    async fn exchange(&mut self, sent: &Sent) -> Result<(u16, Bytes), String> {
        let kept = match self.sender.take() {
            // the server may have closed it since
            Some(mut sender) => sender.ready().await.ok().map(|()| sender),
            None => None,
        };
        let mut sender = match kept {
            Some(sender) => sender,
            None => connect(&self.authority).await?,
        };
        let mut request = Request::builder()
            .method(sent.method.clone())
            .uri(format!("{}{}", self.root, sent.path))
            .header(HOST, self.host.clone())
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, SCIM);
        if sent.body.is_some() {
            request = request.header(CONTENT_TYPE, SCIM);
        }
        let request = request.body(Full::new(sent.body.clone().unwrap_or_default()));
        let request = request.map_err(|error| format!("cannot be sent: {error}"))?;
        let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        self.sender = Some(sender);
        Ok((status, body))
    }
}

async fn connect(authority: &str) -> Result<SendRequest<Full<Bytes>>, String> {
    let stream = TcpStream::connect(authority).await.map_err(|error| format!("{authority}: {error}"))?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    // its end shows at the next request
    tokio::task::spawn_local(async { drop(connection.await) });
    Ok(sender)
}
