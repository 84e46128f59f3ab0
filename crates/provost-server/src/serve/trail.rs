//! The audit trail of what was refused. What was done is written down by the hook, in the transaction that did it.

use crate::clock;
use crate::storage::{Refusals, Storage};
use provost::actix::Served;

/// Writes down the refused writes of authenticated clients.
#[derive(Clone)]
pub(super) struct Trail(Storage);

impl Trail {
    pub(super) fn new(storage: Storage) -> Self {
        Self(storage)
    }

    /// What an answer says that is to be written down: nothing for most.
    pub(super) fn of(served: &Served) -> Option<Refusals> {
        let actor = served.actor.clone().filter(|_| !served.refused.is_empty())?;
        Some(Refusals { actor, request_id: served.request_id.clone(), writes: served.refused.clone() })
    }

    /// Writes it down before the answer leaves. The client is refused all the same where that fails: nothing changed.
    pub(super) async fn record(&self, refusals: Refusals) {
        let request_id = refusals.request_id.clone();
        if let Err(error) = self.0.record_refused(refusals, clock::now()).await {
            tracing::error!(%request_id, %error, "a refused write could not be written down");
        }
    }
}
