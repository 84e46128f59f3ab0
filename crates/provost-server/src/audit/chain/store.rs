//! What chains need from the database.

use super::hourly::Count;
use super::{Chain, Head, Seal, Stored};
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait ChainStore {
        /// Takes or renews the lease, unless somebody else holds it; whether `holder` has it now.
        async fn take_lease(&self, holder: String, ends: Timestamp, now: Timestamp) -> Result<bool>;

        /// The oldest unsealed records of a trail whose ids are at least `from` and below `before`.
        async fn unsealed(&self, tenant: TenantId, from: String, before: String, limit: usize) -> Result<Vec<Stored>>;

        /// Seals and counts records in this order, except those that are already sealed.
        async fn seal(&self, tenant: TenantId, records: Vec<Stored>) -> Result<Head>;

        /// An organisation's hourly counts since a time.
        async fn counts(&self, tenant: TenantId, since: Timestamp) -> Result<Vec<Count>>;

        async fn chain(&self, tenant: TenantId) -> Result<Chain>;

        /// The seals of a trail after a number, in order, each with its record if that still exists.
        async fn links(&self, tenant: TenantId, after: i64, limit: usize) -> Result<Vec<(Seal, Option<Stored>)>>;
    }
}
