//! Runs once a minute what only depends on time: ends invitations, sends those that waited for a team, tells managers
//! who is waiting.

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
    /// Sweeps while the server runs.
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

    /// Figures about the outbox at the last sweep.
    pub(crate) fn figures(&self) -> Option<Figures> {
        *self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
