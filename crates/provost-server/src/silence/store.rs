//! What silence needs from the database.

#[cfg(feature = "console")]
use super::Return;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait SilenceStore {
        /// Queues a mail to each owner that the identity provider has not called since a time, unless they were told
        /// recently. Returns whether it did.
        async fn warn_of_silence(&self, tenant: TenantId, since: Timestamp, now: Timestamp) -> Result<bool>;
    }
}

#[cfg(feature = "console")]
asked! {
    trait SilencePageStore {
        /// The calls to an organisation that came after a pause, oldest first.
        async fn returns(&self, tenant: TenantId) -> Result<Vec<Return>>;
    }
}
