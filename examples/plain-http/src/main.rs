//! The server of `examples/quick-start` on hyper alone: `cargo run -p plain-http`, then
//! `curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/Users`.
//!
//! What an adapter has to do is all here: show who asks, count the body, hand the request over, send the answer.

mod check;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use provost::auth::admit;
use provost::{
    Answer, AuthRequest, Error, ErrorKind, MemoryStore, Profile, Provider, Refusal, Request, SchemaSet,
    Settings, StaticToken,
};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const HEAD_DEADLINE: Duration = Duration::from_secs(10);
const BODY_DEADLINE: Duration = Duration::from_secs(15);

struct Scim {
    provider: Provider,
    tokens: StaticToken<MemoryStore>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let check = std::env::args().nth(1).as_deref() == Some("--check");
    let listener = TcpListener::bind(("127.0.0.1", if check { 0 } else { 8080 })).await?;
    let address = listener.local_addr()?;
    let base_url = format!("http://{address}/scim/v2").parse()?;
    let tokens = StaticToken::new("secret", MemoryStore::new()).with_profile(Profile::entra());
    let provider = Provider::new(Settings::at(base_url, SchemaSet::builtin().into()))?;
    let scim = Arc::new(Scim { provider, tokens });
    if check {
        let server = tokio::spawn(serve(listener, scim));
        let checked = tokio::task::spawn_blocking(move || check::ask(address)).await?;
        server.abort();
        return Ok(checked?);
    }
    Ok(serve(listener, scim).await?)
}

async fn serve(listener: TcpListener, scim: Arc<Scim>) -> std::io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        let scim = scim.clone();
        tokio::spawn(async move {
            let answer = service_fn(move |http| {
                let scim = scim.clone();
                async move { Ok::<_, Infallible>(scim.answer(http).await) }
            });
            let mut server = http1::Builder::new();
            server.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE);
            // a client may hang up
            let _ = server.serve_connection(TokioIo::new(socket), answer).await;
        });
    }
}

impl Scim {
    async fn answer(&self, http: hyper::Request<Incoming>) -> hyper::Response<Full<Bytes>> {
        let id = self.provider.fresh_id();
        let Answer { response, outcome, .. } =
            self.scim(http, id.as_str()).await.unwrap_or_else(|e| Answer::refuse(e, id.as_str()));
        if let Some(fault) = outcome.failure().filter(|e| e.status() >= 500) {
            eprintln!("incident {id}: {fault} ({:?})", std::error::Error::source(fault));
        }
        let mut answer = hyper::Response::builder().status(response.status);
        for (name, value) in response.headers() {
            answer = answer.header(name, value.as_ref());
        }
        // of an answer to HEAD, hyper sends the length of the body and not the body
        answer.body(Full::new(response.body.unwrap_or_default())).unwrap_or_default()
    }

    async fn scim(&self, http: hyper::Request<Incoming>, id: &str) -> Result<Answer, Refusal> {
        let (head, body) = http.into_parts();
        let base = self.provider.settings().base_url.path();
        let below = head.uri.path().strip_prefix(base).filter(|p| p.is_empty() || p.starts_with('/'));
        let Some(path) = below else {
            return Err(Error::new(ErrorKind::NotFound, format!("the base URL ends in `{base}`")).into());
        };
        let mut request = Request::new(head.method.as_str(), path);
        request.query = head.uri.query().unwrap_or_default();
        request.origin = id.into();
        let shown: Vec<_> = head.headers.iter().map(|(n, value)| (n.as_str(), value.as_bytes())).collect();
        let asked = AuthRequest::new(request.method, head.uri.path(), &shown);
        let session = match admit(&self.tokens, asked).await {
            Ok(session) => session,
            Err(stranger) => return self.provider.public(&request).ok_or(stranger),
        };
        request.content_type = one(&head.headers, &header::CONTENT_TYPE)?;
        request.content_encoding = one(&head.headers, &header::CONTENT_ENCODING)?;
        request.if_match = one(&head.headers, &header::IF_MATCH)?;
        request.if_none_match = one(&head.headers, &header::IF_NONE_MATCH)?;
        let bytes = match self.provider.body_limit(&session.principal, request.method, path) {
            Some(limit) => read(body, limit).await?,
            None => Bytes::new(),
        };
        request.body = &bytes;
        Ok(self.provider.handle(&session, &request).await)
    }
}

async fn read(body: Incoming, limit: usize) -> Result<Bytes, Error> {
    let whole = tokio::time::timeout(BODY_DEADLINE, Limited::new(body, limit).collect()).await;
    let late = |_| Error::new(ErrorKind::BadRequest, "the body did not arrive in time");
    whole.map_err(late)?.map(http_body_util::Collected::to_bytes).map_err(|e| {
        match e.is::<http_body_util::LengthLimitError>() {
            true => Error::new(ErrorKind::PayloadTooLarge, format!("the body may have {limit} bytes")),
            false => Error::new(ErrorKind::BadRequest, "the body could not be read completely"),
        }
    })
}

/// A header that stands once; which of two counts is not for us to guess.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Error> {
    let mut sent = headers.get_all(name).iter();
    let (first, second) = (sent.next(), sent.next());
    let text = first.map(|value| value.to_str()).transpose();
    text.ok().filter(|_| second.is_none()).ok_or_else(|| {
        Error::new(ErrorKind::BadRequest, format!("the header {name} must stand once, as plain text"))
    })
}
