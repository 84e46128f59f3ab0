//! How many refused writes are kept, and for how long: a client that is refused for years must not fill the disk. Writes that
//! took place are kept for as long as the organisation exists.

use super::AuditStore;
use crate::clock::{self, Timestamp};
use crate::config::Limits;
use crate::organisations::OrganisationStore;
use crate::storage::{Result, Storage};
use std::time::Duration;

/// How often they are looked at.
const EVERY: Duration = Duration::from_secs(60);

/// What is kept of the refused writes of an organisation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retention {
    /// The newest ones, so many.
    most: usize,
    age_ms: i64,
}

impl Retention {
    pub(crate) fn new(limits: &Limits) -> Self {
        let age_s = i64::try_from(limits.refused_writes_time).unwrap_or(i64::MAX);
        Self { most: limits.refused_writes, age_ms: age_s.saturating_mul(1_000) }
    }

    /// Forgets what is not to be kept, now and from then on.
    pub(crate) async fn keep(self, storage: Storage) {
        loop {
            if let Err(error) = self.apply(&storage, clock::now()).await {
                tracing::warn!(%error, "old refused writes could not be removed from the audit trail");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Forgets what is not to be kept, in small writes, between which others have their turn.
    async fn apply(self, storage: &Storage, now: Timestamp) -> Result<()> {
        let since = Timestamp::from_millis(now.as_millis().saturating_sub(self.age_ms));
        for organisation in storage.organisations().await? {
            while storage.forget_refused(organisation.tenant, self.most, since).await? {}
        }
        Ok(())
    }
}
