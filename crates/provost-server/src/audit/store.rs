//! What is asked of the database about the audit trail.

use super::erasure::Person;
use super::{By, Entry, Filter, Record};
use crate::access::AccountId;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait AuditStore {
        /// Adds to the audit trail of an organisation; it is durable when this is done. It does not wait behind the changes of
        /// any.
        async fn record(&self, records: Vec<Record>) -> Result<()>;

        /// The newest of some records of a trail, newest first: of those before an id, at most `limit`.
        async fn audited(
            &self,
            tenant: TenantId,
            filter: Filter,
            before: Option<String>,
            limit: u16,
        ) -> Result<Vec<Entry>>;

        /// Tells that records of a trail are exported; gives the id of the last one that there is.
        async fn begin_export(&self, by: By, tenant: TenantId, filter: Filter) -> Result<String>;

        /// Some records of a trail, oldest first: of those after an id and up to another one, at most `limit`.
        async fn exported(
            &self,
            tenant: TenantId,
            filter: Filter,
            after: String,
            last: String,
            limit: u16,
        ) -> Result<Vec<Entry>>;

        /// How many that are in all.
        async fn count_exported(&self, tenant: TenantId, filter: Filter, last: String) -> Result<i64>;

        /// Removes the oldest refused writes of an organisation that are over `most` or were before `since`: 500 at most. Says
        /// whether there may be more of them.
        async fn forget_refused(&self, tenant: TenantId, most: usize, since: Timestamp) -> Result<bool>;

        /// Records of a trail that name people, of those after an id, in their order.
        async fn naming(&self, tenant: TenantId, after: String, limit: usize) -> Result<Vec<Entry>>;

        /// What a person is called by whom an organisation still has, as a member or as a user.
        async fn still_there(&self, tenant: TenantId, person: Person) -> Result<Option<String>>;

        /// Blanks what names people in some records of a trail; gives in how many there was something.
        async fn blank(&self, by: By, tenant: TenantId, ids: Vec<String>, person: Person) -> Result<usize>;

        /// An organisation's identity provider opens the accounts of a person no longer; gives how many links that were.
        async fn unlink_erased(&self, by: By, tenant: TenantId, person: Person) -> Result<usize>;

        /// Deletes the account of somebody who is a member nowhere; says whether there was one.
        async fn delete_account(&self, by: By, account: AccountId) -> Result<bool>;

        /// When the oldest sealed record of a trail was written.
        async fn oldest_sealed(&self, tenant: TenantId) -> Result<Option<Timestamp>>;

        /// Removes the oldest sealed records of an organisation that are of before a time, with their seals: 500 at most. The last
        /// of these seals is what the chain goes on from. Says whether there may be more of them.
        async fn forget_old(&self, tenant: TenantId, since: Timestamp) -> Result<bool>;
    }
}
