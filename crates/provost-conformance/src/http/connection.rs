//! A connection to the server under test. It must be cheap: the load runs on the same cores as the server it measures.

use super::{NoResponse, Request, Response, TIMEOUT, Target};
use http_body_util::{BodyExt, Full, Limited};
use hyper::Uri;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::http::uri::PathAndQuery;
use hyper_util::rt::TokioIo;
use std::io;
use std::net::IpAddr;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;

/// The largest body accepted, in bytes: a page of a thousand users is about one megabyte.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A connection that is reused, and reopened when the server has closed it. Answers are returned as they are: it
/// follows no redirect and uses no proxy.
#[derive(Debug)]
pub struct Connection {
    target: Target,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// Makes a connection that opens with the first request, within a tokio runtime.
    #[must_use]
    pub fn new(target: &Target) -> Self {
        Self { target: target.clone(), sender: None }
    }

    /// Sends a request and reads the whole response.
    ///
    /// # Errors
    /// There is no response within 30 seconds.
    pub async fn send(&mut self, request: &Request) -> Result<Response, NoResponse> {
        timeout(TIMEOUT, self.exchange(request)).await.unwrap_or(Err(NoResponse::Timeout))
    }

    async fn exchange(&mut self, request: &Request) -> Result<Response, NoResponse> {
        let outgoing = self.outgoing(request)?;
        let mut sender = match self.sender.take() {
            Some(sender) => sender,
            None => open(&self.target).await?,
        };
        if sender.ready().await.is_err() {
            // the server has closed it in the meantime
            sender = open(&self.target).await?;
        }
        let incoming = match sender.try_send_request(outgoing).await {
            Ok(incoming) => incoming,
            Err(mut failed) => match failed.take_message() {
                // the server closed it at the same moment; nothing of the request was sent
                Some(again) => {
                    sender = open(&self.target).await?;
                    let sent = sender.send_request(again).await;
                    sent.map_err(|error| NoResponse::from_error(&error))?
                }
                None => return Err(NoResponse::from_error(failed.error())),
            },
        };
        let (parts, body) = incoming.into_parts();
        let body = Limited::new(body, BODY_BYTES_MAX).collect().await;
        let body = body.map_err(|error| NoResponse::from_error(&*error))?.to_bytes();
        self.sender = Some(sender);
        Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    fn outgoing(&self, request: &Request) -> Result<hyper::Request<Full<Bytes>>, NoResponse> {
        let path = PathAndQuery::try_from(format!("{}{}", self.target.root(), request.path));
        let path = path.map_err(|error| NoResponse::Failed(format!("cannot be sent: {error}")))?;
        let mut outgoing = hyper::Request::new(Full::new(request.body.clone().unwrap_or_default()));
        *outgoing.method_mut() = request.method.clone();
        *outgoing.uri_mut() = Uri::from(path);
        *outgoing.headers_mut() = self.target.headers(request);
        Ok(outgoing)
    }
}

async fn open(target: &Target) -> Result<SendRequest<Full<Bytes>>, NoResponse> {
    let stream = TokioIo::new(connect(target).await?);
    let (sender, connection) = handshake(stream).await.map_err(|e| NoResponse::from_error(&e))?;
    // an error of the connection shows up with the next request
    tokio::spawn(async { drop(connection.await) });
    Ok(sender)
}

/// A byte stream in both directions, plain or TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub(crate) async fn connect(target: &Target) -> Result<Box<dyn Stream>, NoResponse> {
    connect_as(target, Manners::default()).await
}

/// Unusual properties of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manners {
    /// The local address to connect from.
    pub(crate) from: Option<IpAddr>,
    /// Whether it ends with a reset, so that the server learns at once that the client is gone.
    pub(crate) resets: bool,
}

pub(crate) async fn connect_as(
    target: &Target,
    Manners { from, resets }: Manners,
) -> Result<Box<dyn Stream>, NoResponse> {
    let failed = |error: io::Error| NoResponse::Failed(format!("{}: {error}", target.authority()));
    let stream = match from {
        None => TcpStream::connect(target.address()).await,
        Some(from) => connect_from(target, from).await,
    };
    let stream = stream.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    if resets {
        stream.set_zero_linger().map_err(failed)?;
    }
    match target.tls() {
        Some(tls) => Ok(Box::new(tls.connect(stream).await?)),
        None => Ok(Box::new(stream)),
    }
}

async fn connect_from(target: &Target, from: IpAddr) -> io::Result<TcpStream> {
    let found = lookup_host(target.address()).await?.find(|to| to.is_ipv4() == from.is_ipv4());
    let to = found.ok_or_else(|| io::Error::other(format!("it has no address that {from} reaches")))?;
    let socket = if from.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind((from, 0).into())?;
    socket.connect(to).await
}
