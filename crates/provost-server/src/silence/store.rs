//! What is asked of the database about silence.

#[cfg(feature = "console")]
use super::Return;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait SilenceStore {
        /// Puts in a mail to each owner that nothing has called, which was waited for since then, unless they were mailed lately. Gives whether it did.
        async fn warn_of_silence(&self, tenant: TenantId, since: Timestamp, now: Timestamp) -> Result<bool>;
    }
}

#[cfg(feature = "console")]
asked! {
    trait SilencePageStore {
        /// The calls of an organisation that came after a pause, in the order of time.
        async fn returns(&self, tenant: TenantId) -> Result<Vec<Return>>;
    }
}
