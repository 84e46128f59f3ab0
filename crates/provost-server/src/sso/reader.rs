//! Reads metadata again, every hour, of all organisations. Several servers on one database may: each reading is taken under a lease.

use super::metadata::read;
use super::reading::{Came, Change, Due, ReadingStore, next_after};
use crate::audit::{Actor, By};
use crate::clock::{self, Timestamp};
use crate::outbound::{FetchError, Outbound};
use crate::storage::{Result, Storage};
use std::time::Duration;

/// How often it looks where nothing was due.
const EVERY: Duration = Duration::from_secs(60);
/// A reading is a server's own for longer than it can take.
const LEASE_MS: i64 = 120_000;
/// Readings of one server at once: fewer than `outbound` does, since people wait for the others.
pub(crate) const AT_ONCE: usize = 2;

/// Reads what is due.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) storage: Storage,
    pub(crate) outbound: Outbound,
}

impl Reader {
    /// Reads for as long as the server runs.
    pub(crate) async fn keep(self) {
        loop {
            match self.step().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "it is not known whose metadata is due"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Reads one; whether there may be more.
    async fn step(&self) -> Result<bool> {
        let now = clock::now();
        let lease = Timestamp::from_millis(now.as_millis().saturating_add(LEASE_MS));
        let Some(due) = self.storage.take_reading(now, lease).await? else { return Ok(false) };
        let tenant = due.tenant.0;
        if let Err(error) = self.read(due, Actor::Worker).await {
            tracing::warn!(tenant, %error, "metadata could not be read again");
        }
        Ok(true)
    }

    /// Fetches it, and keeps what came. Gives what changed.
    pub(crate) async fn read(&self, due: Due, actor: Actor) -> Result<Vec<Change>> {
        let fetched = self.outbound.fetch(&due.address).await;
        let now = clock::now();
        let came = match fetched {
            // it says nothing of the address; once the lease is over it is tried again
            Err(FetchError::Busy) => return Ok(Vec::new()),
            Err(error) => Came::Nothing(error.to_string()),
            Ok(bytes) => match read(&bytes, Some(due.address.clone()), now) {
                Ok(provider) => Came::Metadata(provider),
                Err(refusal) => Came::Nothing(refusal.to_string()),
            },
        };
        let tenant = due.tenant;
        let changes = self.storage.metadata_read(By { actor, at: now }, due, came, next_after(now)).await?;
        if !changes.is_empty() {
            tracing::info!(tenant = tenant.0, changes = changes.len(), "certificates follow the metadata");
        }
        Ok(changes)
    }
}
