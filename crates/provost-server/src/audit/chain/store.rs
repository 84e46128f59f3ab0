//! What is asked of the database about chains.

use super::hourly::Count;
use super::{Chain, Head, Seal, Stored};
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait ChainStore {
        /// Takes or keeps a lease, if nobody else has it until a later time; whether it is the holder's now.
        async fn take_lease(&self, holder: String, ends: Timestamp, now: Timestamp) -> Result<bool>;

        /// The oldest records of a trail that are not sealed, of those from an id on and before another one.
        async fn unsealed(&self, tenant: TenantId, from: String, before: String, limit: usize) -> Result<Vec<Stored>>;

        /// Seals records in this order, and counts them, those aside that are sealed already.
        async fn seal(&self, tenant: TenantId, records: Vec<Stored>) -> Result<Head>;

        /// What was counted in an organisation since a time, by hours.
        async fn counts(&self, tenant: TenantId, since: Timestamp) -> Result<Vec<Count>>;

        async fn chain(&self, tenant: TenantId) -> Result<Chain>;

        /// The seals of a trail after a number, in order, with what there is of their records.
        async fn links(&self, tenant: TenantId, after: i64, limit: usize) -> Result<Vec<(Seal, Option<Stored>)>>;
    }
}
