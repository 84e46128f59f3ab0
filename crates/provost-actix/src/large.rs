//! Processes requests with large bodies on separate threads, a few at once, so that the threads that serve all
//! connections are not blocked.

use crate::answer::contain;
use crate::in_flight::Held;
use actix_web::web::Bytes;
use provost_core::{Error, ErrorKind};
use provost_provider::{Address, Answer, Pass, Provider, Request, Session, Store};
use std::sync::Arc;
use tokio::runtime::Handle;

/// Bodies above this size are large: parsing 64 KiB takes about a millisecond.
pub(crate) const LARGE: usize = 64 * 1024;
/// An owned copy of a request, for a thread that may outlive the client's connection.
struct Owned {
    method: String,
    path: String,
    query: String,
    content_type: Option<String>,
    content_encoding: Option<String>,
    if_match: Option<String>,
    if_none_match: Option<String>,
    address: Option<Address>,
}

impl Owned {
    fn of(request: &Request<'_>) -> Self {
        let text = |header: Option<&str>| header.map(str::to_owned);
        Self {
            method: request.method.to_owned(),
            path: request.path.to_owned(),
            query: request.query.to_owned(),
            content_type: text(request.content_type),
            content_encoding: text(request.content_encoding),
            if_match: text(request.if_match),
            if_none_match: text(request.if_none_match),
            address: request.address.cloned(),
        }
    }

    fn request(&self) -> Request<'_> {
        let mut request = Request::new(&self.method, &self.path);
        request.query = &self.query;
        request.content_type = self.content_type.as_deref();
        request.content_encoding = self.content_encoding.as_deref();
        request.if_match = self.if_match.as_deref();
        request.if_none_match = self.if_none_match.as_deref();
        request.address = self.address.as_ref();
        request
    }
}

/// Answers a request with this body. If the client goes away, the work still runs to its end and keeps its place and
/// its memory until then.
pub(crate) async fn handle<S: Store>(
    provider: &Arc<Provider>,
    session: Session<S>,
    request: &Request<'_>,
    body: Bytes,
    held: Held,
) -> Result<(Answer, Option<Pass>), Error> {
    let place = provider.place(&session.principal).await?;
    let (provider, owned, origin) = (provider.clone(), Owned::of(request), request.origin.clone());
    let runtime = Handle::current();
    let work = move || {
        let answer = runtime.block_on(contain(async {
            let mut request = owned.request();
            (request.origin, request.body, request.may_take_long) = (origin, &body, true);
            let answer = provider.handle(&session, &request).await;
            held.take(answer, request.method, &request.origin.request_id)
        }));
        drop(place);
        answer
    };
    let stopping = |e: tokio::task::JoinError| {
        Error::new(ErrorKind::Internal, "an internal error occurred").with_source(e)
    };
    tokio::task::spawn_blocking(work).await.map_err(stopping)?
}
