//! What time alone changes, once a minute: invitations end, those that waited for a team are sent, managers are told who waits.

use super::{Figures, OutboxStore};
use crate::clock::{self, Timestamp};
use crate::storage::{Result, Storage};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(60);

/// Looks after the outbox and the invitations.
#[derive(Debug, Default)]
pub(crate) struct Sweeper {
    figures: Mutex<Option<Figures>>,
}

impl Sweeper {
    /// Sweeps for as long as the server runs.
    pub(crate) async fn keep(self: Arc<Self>, storage: Storage) {
        loop {
            match self.sweep(&storage, clock::now()).await {
                Ok(figures) => *self.figures.lock().unwrap_or_else(PoisonError::into_inner) = Some(figures),
                Err(error) => {
                    tracing::warn!(%error, "invitations and the outbox could not be looked through")
                }
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn sweep(&self, storage: &Storage, now: Timestamp) -> Result<Figures> {
        while storage.sweep(now).await? {}
        storage.outbox_figures(now).await
    }

    /// The outbox, in figures, as it was at the last sweep.
    pub(crate) fn figures(&self) -> Option<Figures> {
        *self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
