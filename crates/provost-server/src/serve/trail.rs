//! The audit trail of what was refused. What was done is written down by the hook, in the transaction that did it.

use crate::audit::Record;
use crate::clock;
use crate::storage::Storage;
use provost::actix::Served;
use std::sync::Arc;

/// Writes down the refused writes of authenticated clients.
#[derive(Clone)]
pub(super) struct Trail(Storage);

/// Records of one request.
pub(super) struct Entry {
    request_id: Arc<str>,
    records: Vec<Record>,
}

impl Trail {
    pub(super) fn new(storage: Storage) -> Self {
        Self(storage)
    }

    /// What an answer says that is to be written down: nothing for most.
    pub(super) fn of(served: &Served) -> Option<Entry> {
        let principal = served.principal.as_ref()?;
        let request_id = served.request_id.clone();
        match Record::of_refused(principal, &request_id, &served.outcome, clock::now()) {
            Some(records) if records.is_empty() => None,
            Some(records) => Some(Entry { request_id, records }),
            None => {
                let tenant = &*principal.tenant;
                tracing::error!(%request_id, tenant, "a refused write is of no organisation and was not written down");
                None
            }
        }
    }

    /// Writes it down before the answer leaves. The client is refused all the same where that fails: nothing changed.
    pub(super) async fn record(&self, entry: Entry) {
        let Entry { request_id, records } = entry;
        if let Err(error) = self.0.record(records).await {
            tracing::error!(%request_id, %error, "a refused write could not be written down");
        }
    }
}
