//! A log line for each request that was refused or failed: what was asked, from where, by whom, and why not. Path,
//! query and body, and whatever an error quotes from them, are left out, since they name people.

use super::flood::{self, Flood};
use super::metrics::{REQUESTS, known};
use super::words::{self, Words};
use crate::config::{FORWARDED_FOR, Network, address_behind};
use crate::organisations::OrganisationStore;
use crate::storage::Storage;
use crate::tokens::{RefusedToken, Why};
use actix_web::HttpRequest;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderValue;
use provost::actix::Served;
use provost::hook::TenantId;
use provost::unstable::provider::pattern;
use provost::{Error, ErrorKind, SchemaSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What the lines need, and how many there were.
pub(in crate::serve) struct Refusals {
    storage: Storage,
    schemas: Arc<SchemaSet>,
    words: Words,
    /// Many clients share a proxy's address.
    proxies: Vec<Network>,
    lines: Mutex<Flood<Kind>>,
}

/// The kind by which lines are limited. One organisation's flood does not hide the lines of another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    status: u16,
    tenant: Option<TenantId>,
    /// If the storage is unavailable, the reason: it is the same for everybody.
    trouble: Option<String>,
}

impl flood::Kind for Kind {
    fn lines(&self) -> u64 {
        if self.trouble.is_some() { 1 } else { 20 }
    }
}

/// What a line contains besides the request.
struct Refusal {
    status: u16,
    tenant: Option<TenantId>,
    error: ErrorKind,
    reason: String,
    place: Option<String>,
    key_id: Option<String>,
    request_id: Option<Arc<str>>,
    /// For a Bulk, how many operations were refused.
    refused: Option<usize>,
    /// The sender knows part of a token, or bypasses the proxy.
    is_alarming: bool,
}

impl Refusals {
    pub(in crate::serve) fn new(storage: Storage, schemas: Arc<SchemaSet>, proxies: Vec<Network>) -> Self {
        let words = Words::of(&schemas);
        Self { storage, schemas, words, proxies, lines: Mutex::default() }
    }

    /// Logs an answer, if it deserves a line.
    pub(super) async fn tell<B>(&self, response: &ServiceResponse<B>) {
        let Some(refusal) = self.refusal(response) else { return };
        if !self.lines().count(refusal.kind(), Instant::now()) {
            return;
        }
        let org = self.organisation(refusal.tenant).await;
        let http = response.request();
        let (method, route) = (known(http.method()), pattern(http.path(), &self.schemas));
        let client = self.client(http).map(tracing::field::display);
        let Refusal { status, error, reason, place, key_id, request_id, refused, is_alarming, .. } = refusal;
        let (org, place) = (org.as_deref(), place.as_deref());
        let (key_id, request_id) = (key_id.as_deref(), request_id.as_deref());
        macro_rules! line {
            ($level:ident, $message:literal) => {
                tracing::$level!(
                    target: REQUESTS, method,
                    route,
                    status,
                    ?error,
                    reason,
                    place,
                    refused,
                    org,
                    key_id,
                    client,
                    request_id,
                    $message
                )
            };
        }
        match (is_failure(error), is_alarming) {
            (true, _) => line!(error, "request failed"),
            (false, true) => line!(warn, "request refused"),
            (false, false) => line!(info, "request refused"),
        }
    }

    fn refusal<B>(&self, response: &ServiceResponse<B>) -> Option<Refusal> {
        let extensions = response.response().extensions();
        let served = extensions.get::<Served>();
        let (error, refused) = match served {
            Some(served) => first_error(served)?,
            // refused before SCIM saw it
            None => (extensions.get::<Error>()?, None),
        };
        let token = std::error::Error::source(error).and_then(|note| note.downcast_ref::<RefusedToken>());
        let principal = served.and_then(|served| served.principal.as_ref());
        let tenant = principal.and_then(|p| p.tenant.parse().ok().map(TenantId));
        let key_id = principal.map(|p| p.credential.id.to_string());
        Some(Refusal {
            status: response.status().as_u16(),
            tenant: tenant.or_else(|| token?.tenant),
            error: error.kind(),
            reason: token.map_or_else(|| reason(error), ToString::to_string),
            place: self.words.place(error),
            key_id: key_id.or_else(|| token?.key_id.as_ref().map(ToString::to_string)),
            request_id: served.map(|served| served.origin.request_id.clone()).filter(|id| !id.is_empty()),
            refused,
            is_alarming: token.is_some_and(|token| token.why == Why::Forged)
                || served.is_none() && error.kind() == ErrorKind::Forbidden,
        })
    }

    /// The organisation's short name; `None` if it was deleted or the database does not answer.
    async fn organisation(&self, tenant: Option<TenantId>) -> Option<String> {
        let slug = self.storage.slug_of(tenant?).await.ok()??;
        Some(slug.to_string())
    }

    fn client(&self, http: &HttpRequest) -> Option<IpAddr> {
        let forwarded = http.headers().get_all(FORWARDED_FOR).map(HeaderValue::as_bytes);
        let forwarded: Vec<&[u8]> = forwarded.collect();
        Some(address_behind(&self.proxies, http.peer_addr()?.ip(), forwarded.into_iter()))
    }

    /// Logs once a minute how many got no line. To be called about once a second.
    pub(in crate::serve) async fn sweep(&self, now: Instant) {
        let more = self.lines().sweep(now);
        self.sum_up(more).await;
    }

    /// Logs the rest when the server stops.
    pub(in crate::serve) async fn end(&self) {
        let more = self.lines().end();
        self.sum_up(more).await;
    }

    async fn sum_up(&self, kinds: Vec<(Kind, u64)>) {
        for (Kind { status, tenant, .. }, more) in kinds {
            let org = self.organisation(tenant).await;
            let org = org.as_deref();
            tracing::warn!(target: REQUESTS, status, org, more, "more requests were refused than there are lines for");
        }
    }

    fn lines(&self) -> MutexGuard<'_, Flood<Kind>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Refusal {
    fn kind(&self) -> Kind {
        let trouble = (self.error == ErrorKind::Unavailable).then(|| self.reason.clone());
        Kind { status: self.status, tenant: self.tenant.filter(|_| trouble.is_none()), trouble }
    }
}

/// Why a request was refused. For a Bulk, the error of a failed operation, else of the first refused one, and how many
/// were refused.
fn first_error(served: &Served) -> Option<(&Error, Option<usize>)> {
    let outcome = &served.outcome;
    let mut refused = outcome.parts.iter().filter_map(|part| part.error.as_ref()).peekable();
    let first = refused.peek().copied();
    let error = outcome.failure().or(first)?;
    Some((error, first.map(|_| refused.count())))
}

fn is_failure(error: ErrorKind) -> bool {
    error.status() >= 500 && error != ErrorKind::NotImplemented
}

/// The reason in words for the log, with the causes of a failure.
fn reason(error: &Error) -> String {
    let first = std::error::Error::source(error).filter(|_| is_failure(error.kind()));
    let causes = std::iter::successors(first, |cause| cause.source()).map(ToString::to_string);
    std::iter::once(words::reason(error).to_owned()).chain(causes).collect::<Vec<_>>().join(": ")
}
