//! What is recorded about answers: refused writes go to the audit trail (the hook records successful ones in their own
//! transaction), and steps of a set-up are noted.

use crate::audit::{AuditStore, Record};
use crate::clock;
use crate::config::TENANT_PATH;
use crate::requests::{Head, Requests, Words};
use crate::storage::Storage;
use crate::tokens::{Milestone, Noted};
use actix_web::HttpResponse;
use actix_web::dev::ServiceResponse;
use provost::actix::Served;
use provost::hook::TenantId;
use std::sync::Arc;

/// Records the refused writes of an authenticated client before the answer is sent. If that fails, the client is still
/// refused, since nothing changed.
pub(super) async fn refused_writes<B>(storage: &Storage, words: &Words, response: &HttpResponse<B>) {
    let found = response.extensions().get::<Served>().and_then(|served| records(served, words));
    let Some((request_id, records)) = found else { return };
    if let Err(error) = storage.record(records).await {
        tracing::error!(%request_id, %error, "a refused write could not be recorded");
    }
}

/// Notes the set-up step that a request shows. It is stored later.
pub(super) fn heard<B>(noted: &Noted, response: &ServiceResponse<B>) {
    let (request, extensions) = (response.request(), response.response().extensions());
    let Some(Served { principal: Some(principal), outcome, .. }) = extensions.get::<Served>() else { return };
    let path = request.path().strip_prefix(TENANT_PATH).unwrap_or_default();
    let what = Milestone::of(path, request.query_string(), outcome);
    let tenant = || principal.tenant.parse().ok().map(TenantId);
    noted.hear(&principal.credential.id, tenant, what, clock::now());
}

/// Keeps the request, if somebody may have a question about it. Its body is let go.
pub(super) fn questioned<B>(requests: &Requests, response: &mut ServiceResponse<B>) {
    let request = response.request().clone();
    let status = response.status().as_u16();
    let mut extensions = response.response_mut().extensions_mut();
    let Some(served) = extensions.get_mut::<Served>().filter(|served| served.body.is_some()) else { return };
    let path = request.path().strip_prefix(TENANT_PATH).unwrap_or_default();
    let query = request.query_string();
    requests.note(Head { method: request.method().as_str(), path, query, status }, served);
}

/// The records an answer needs, if any.
fn records(served: &Served, words: &Words) -> Option<(Arc<str>, Vec<Record>)> {
    let principal = served.principal.as_ref()?;
    let request_id = served.origin.request_id.clone();
    match Record::of_refused(principal, &served.origin, &served.outcome, words, clock::now()) {
        Some(records) => (!records.is_empty()).then_some((request_id, records)),
        None => {
            let tenant = &*principal.tenant;
            tracing::error!(%request_id, tenant, "a refused write belongs to no organisation and was not recorded");
            None
        }
    }
}
