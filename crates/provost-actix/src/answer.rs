//! Turns the protocol's answer into the framework's response, and logs failures.

use crate::MAX_REQUEST_ID_BYTES;
use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::Bytes;
use futures_util::FutureExt;
use provost_core::{Error, ErrorKind};
use provost_provider::{Answer, Origin, Outcome, Principal, Response};
use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The header with the request's identifier: taken from the client if it is harmless, always sent back.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What was served, for audit trails, metrics and access logs. Every response below the scope carries it as an
/// extension.
#[derive(Debug)]
#[non_exhaustive]
pub struct Served {
    /// What is known about the request's origin, its identifier first.
    pub origin: Origin,
    /// Who called, if known.
    pub principal: Option<Principal>,
    /// How the request ended.
    pub outcome: Outcome,
    /// The beginning of the body, if the outcome [raises questions](Outcome::raises_questions).
    pub body: Option<BodyStart>,
}

/// The first 64 KiB of a body. It may contain personal data and secrets, so [`Debug`](fmt::Debug) shows only its size.
#[derive(Clone)]
pub struct BodyStart {
    bytes: Bytes,
    is_cut: bool,
}

impl BodyStart {
    /// The beginning of a body. That of a large one is copied, so that the rest is not kept with it.
    #[must_use]
    pub fn of(body: &Bytes) -> Self {
        const KEPT: usize = 64 * 1024;
        let bytes = body.get(..KEPT).map_or_else(|| body.clone(), Bytes::copy_from_slice);
        Self { is_cut: bytes.len() < body.len(), bytes }
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the body is longer.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.is_cut
    }
}

impl fmt::Debug for BodyStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyStart(.., {} bytes)", self.bytes.len())
    }
}

/// Makes the framework's response. A failure is logged here and nowhere else.
pub(crate) fn send(
    answer: Answer,
    body: BodyStart,
    origin: Origin,
    principal: Option<Principal>,
) -> HttpResponse {
    let Answer { response, outcome, .. } = answer;
    let body = outcome.raises_questions().then_some(body);
    if let Some(error) = outcome.failure() {
        log(error, &origin.request_id, principal.as_ref().map(|p| &*p.credential.id));
    }
    let mut http = respond(response, &origin.request_id);
    http.extensions_mut().insert(Served { origin, principal, outcome, body });
    http
}

/// Runs a future; a panic in it becomes an error that carries the panic's text as its source, for the log.
pub(crate) async fn contain<T>(work: impl Future<Output = T>) -> Result<T, Error> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| {
        let message = panic_text(panic.as_ref());
        Error::new(ErrorKind::Internal, "an internal error occurred").with_source(format!("panic: {message}"))
    })
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "of unknown kind".to_owned())
}

/// The framework's response.
pub(crate) fn respond(mut response: Response, request_id: &str) -> HttpResponse {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut builder = HttpResponse::build(status);
    for (name, value) in response.headers() {
        if let Ok(value) = HeaderValue::from_str(&value) {
            builder.insert_header((HeaderName::from_static(name), value));
        }
    }
    if let Some(id) = HeaderValue::from_str(request_id).ok().filter(|id| !id.is_empty()) {
        builder.insert_header((REQUEST_ID, id));
    }
    match response.body.take() {
        Some(body) => builder.body(body),
        None => builder.finish(),
    }
}

/// Logs neither detail nor source of a client error: they may quote personal data.
fn log(error: &Error, request_id: &str, actor: Option<&str>) {
    let (kind, status) = (error.kind(), error.status());
    let actor = actor.unwrap_or("-");
    if status < 500 || kind == ErrorKind::NotImplemented {
        // the authenticator wrote this note, no client did
        let is_noted = matches!(kind, ErrorKind::Unauthorized | ErrorKind::TooManyRequests);
        let note = if is_noted { causes(error) } else { String::new() };
        tracing::debug!(request_id, actor, status, ?kind, note, "request refused");
        return;
    }
    if kind == ErrorKind::Unavailable && was_told(&error.to_string()) {
        tracing::debug!(request_id, actor, status, "request failed like others before");
        return;
    }
    tracing::error!(request_id, actor, status, error = %error, causes = causes(error), "request failed");
}

/// The causes of an error, nearest first.
fn causes(error: &Error) -> String {
    let first = std::error::Error::source(error);
    let causes = std::iter::successors(first, |cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// How long an unavailable storage is not reported again in the same words.
const TOLD: Duration = Duration::from_secs(60);

/// Whether this reason was just logged: while the storage is unavailable, every request fails with it.
fn was_told(why: &str) -> bool {
    static LAST: Mutex<Option<(Instant, String)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let told = last.as_ref().is_some_and(|(at, message)| message == why && at.elapsed() < TOLD);
    if !told {
        *last = Some((Instant::now(), why.to_owned()));
    }
    told
}

/// The client's identifier, if it is short and plain: it is copied into logs.
pub(crate) fn sent_id(http: &HttpRequest) -> Option<Arc<str>> {
    let sent = http.headers().get(&REQUEST_ID)?.to_str().ok()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (!sent.is_empty() && sent.len() <= MAX_REQUEST_ID_BYTES && sent.bytes().all(plain)).then(|| sent.into())
}
