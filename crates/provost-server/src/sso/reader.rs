//! Rereads the metadata of all organisations every hour. Servers that share a database may all do so: each reading is done under
//! a lease.

use super::metadata::read;
use super::reading::{Came, Change, Due, ReadingStore, next_after};
use super::unread::unread;
use crate::audit::{Actor, By};
use crate::clock::{self, Timestamp};
use crate::outbound::{FetchError, Outbound};
use crate::storage::{Result, Storage};
use std::time::Duration;

/// How often to look again after nothing was due.
const EVERY: Duration = Duration::from_secs(60);
/// How long one server holds a reading: longer than it can take.
const LEASE_MS: i64 = 120_000;
/// Concurrent readings of one server: fewer than `outbound` allows, since people wait for the others.
pub(crate) const AT_ONCE: usize = 2;

/// Reads metadata as it falls due.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) storage: Storage,
    pub(crate) outbound: Outbound,
}

impl Reader {
    /// Runs for as long as the server does.
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

    /// Does one reading; returns whether there may be more.
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

    /// Fetches metadata and stores what came; returns what changed.
    pub(crate) async fn read(&self, due: Due, actor: Actor) -> Result<Vec<Change>> {
        match self.outbound.fetch(&due.address).await {
            // this says nothing about the address; it is tried again after the lease
            Err(FetchError::Busy) => Ok(Vec::new()),
            came => self.note(due, came, actor).await,
        }
    }

    /// Stores what came from an address; returns what changed.
    pub(crate) async fn note(
        &self,
        due: Due,
        came: std::result::Result<Vec<u8>, FetchError>,
        actor: Actor,
    ) -> Result<Vec<Change>> {
        let now = clock::now();
        let came = match came {
            Err(error) if error.is_ours() => Came::Nothing(format!("this server may not fetch it: {error}")),
            Err(error) => Came::Nothing(error.to_string()),
            Ok(bytes) => match read(&bytes, Some(due.address.clone()), now) {
                Ok(provider) => Came::Metadata(provider),
                Err(refusal) => Came::Nothing(unread(&bytes, &refusal)),
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
