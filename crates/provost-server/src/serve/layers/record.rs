//! The audit trail of what was refused. What was done is written down by the hook, in the transaction that did it.

use crate::audit::{AuditStore, Record};
use crate::clock;
use crate::storage::Storage;
use actix_web::HttpResponse;
use provost::actix::Served;
use std::sync::Arc;

/// Writes down the refused writes of an authenticated client, before the answer leaves. The client is refused all the same
/// where that fails: nothing changed.
pub(super) async fn refused_writes<B>(storage: &Storage, response: &HttpResponse<B>) {
    let Some((request_id, records)) = response.extensions().get::<Served>().and_then(records) else { return };
    if let Err(error) = storage.record(records).await {
        tracing::error!(%request_id, %error, "a refused write could not be recorded");
    }
}

/// What an answer says that is to be written down: nothing for most.
fn records(served: &Served) -> Option<(Arc<str>, Vec<Record>)> {
    let principal = served.principal.as_ref()?;
    let request_id = served.origin.request_id.clone();
    match Record::of_refused(principal, &served.origin, &served.outcome, clock::now()) {
        Some(records) => (!records.is_empty()).then_some((request_id, records)),
        None => {
            let tenant = &*principal.tenant;
            tracing::error!(%request_id, tenant, "a refused write belongs to no organisation and was not recorded");
            None
        }
    }
}
