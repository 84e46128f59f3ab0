//! What every request passes on the way in and out: one file per concern, combined here.
//!
//! They are a single middleware, since the framework allocates memory for each one on every request.

mod admission;
mod candidates;
mod connections;
mod drain;
mod flood;
mod metrics;
mod record;
mod refusals;
mod words;

pub(super) use connections::Connections;
pub(super) use drain::Drain;
pub(super) use metrics::{Gauge, Metrics};
pub(super) use refusals::Refusals;

use crate::config::{Http, Limits};
use crate::requests::Requests;
use crate::storage::Storage;
use crate::tokens::Noted;
use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorInternalServerError;
use actix_web::middleware::Next;
use actix_web::web::Data;
use provost::unstable::actix::Unread;
use std::sync::Arc;
use std::time::Instant;

/// What the layers need.
pub(super) struct Layers {
    pub(super) http: Http,
    pub(super) limits: Limits,
    pub(super) storage: Storage,
    pub(super) metrics: Arc<Metrics>,
    pub(super) drain: Arc<Drain>,
    pub(super) refusals: Arc<Refusals>,
    /// What is noted about tokens.
    pub(super) noted: Arc<Noted>,
    /// Requests that somebody may have a question about.
    pub(super) requests: Arc<Requests>,
}

/// Passes a request through all layers.
pub(super) async fn pass(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(layers) = request.app_data::<Data<Layers>>().cloned() else {
        // nothing is served without the layers
        return Err(ErrorInternalServerError("the layers are not configured"));
    };
    let _under_way = (layers.drain.begin(), connections::begin(&request));
    let (begun, method) = (Instant::now(), request.method().clone());
    let unread = hold_body(&mut request);
    let refusal = admission::refusal(&layers.http, &request).or_else(|| connections::refusal(&request));
    let mut response = match refusal {
        Some(error) => request.into_response(admission::turn_away(error)),
        None => next.call(request).await?.map_into_boxed_body(),
    };
    layers.refusals.tell(&response).await;
    record::heard(&layers.noted, &response);
    record::questioned(&layers.requests, &mut response);
    record::refused_writes(&layers.storage, layers.requests.words(), response.response()).await;
    layers.metrics.answered(&method, response.response(), begun.elapsed());
    layers.drain.close(response.response_mut());
    Ok(let_go(unread, response))
}

/// The metrics address has fewer layers: connections are counted, and a client that does not finish its body is
/// disconnected.
pub(super) async fn pass_aside(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let _under_way = connections::begin(&request);
    let unread = hold_body(&mut request);
    Ok(let_go(unread, next.call(request).await?.map_into_boxed_body()))
}

fn hold_body(request: &mut ServiceRequest) -> Option<Unread> {
    let (head, payload) = request.parts_mut();
    Unread::of(head.headers(), payload)
}

fn let_go(unread: Option<Unread>, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let (head, response) = response.into_parts();
    ServiceResponse::new(head, Unread::until_sent(unread, response))
}
