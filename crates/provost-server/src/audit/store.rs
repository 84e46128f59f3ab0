//! What is asked of the database about the audit trail.

use super::erasure::Person;
use super::{By, Entry, Record};
use crate::access::AccountId;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait AuditStore {
        /// Adds to the audit trail of an organisation; it is durable when this is done. It does not wait behind the changes of
        /// any.
        async fn record(&self, records: Vec<Record>) -> Result<()>;

        /// The newest records of an organisation, newest first: of those before an id, at most `limit`, and of these the ones since
        /// a time.
        async fn audited(
            &self,
            tenant: TenantId,
            since: Option<Timestamp>,
            before: Option<String>,
            limit: u16,
        ) -> Result<Vec<Entry>>;

        /// Removes the oldest refused writes of an organisation that are over `most` or were before `since`: 500 at most. Says
        /// whether there may be more of them.
        async fn forget_refused(&self, tenant: TenantId, most: usize, since: Timestamp) -> Result<bool>;

        /// Records of a trail that name people, of those after an id, in their order.
        async fn naming(&self, tenant: TenantId, after: String, limit: usize) -> Result<Vec<Entry>>;

        /// What a person is called by whom an organisation still has, as a member or as a user.
        async fn still_there(&self, tenant: TenantId, person: Person) -> Result<Option<String>>;

        /// Blanks what names people in some records of a trail; gives in how many there was something.
        async fn blank(&self, by: By, tenant: TenantId, ids: Vec<String>, person: Person) -> Result<usize>;

        /// Deletes the account of somebody who is a member nowhere; says whether there was one.
        async fn delete_account(&self, by: By, account: AccountId) -> Result<bool>;

        /// When the oldest sealed record of a trail was written.
        async fn oldest_sealed(&self, tenant: TenantId) -> Result<Option<Timestamp>>;

        /// Removes the oldest sealed records of an organisation that are of before a time, with their seals: 500 at most. The last
        /// of these seals is what the chain goes on from. Says whether there may be more of them.
        async fn forget_old(&self, tenant: TenantId, since: Timestamp) -> Result<bool>;
    }
}
