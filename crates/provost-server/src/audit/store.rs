//! What the audit trail needs from the database.

use super::erasure::Person;
use super::{By, Entry, Filter, Record};
use crate::access::AccountId;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait AuditStore {
        /// Adds records to an organisation's trail, durably. It does not wait behind anybody's changes.
        async fn record(&self, records: Vec<Record>) -> Result<()>;

        /// The matching records of a trail, newest first: those before an id, at most `limit`.
        async fn audited(
            &self,
            tenant: TenantId,
            filter: Filter,
            before: Option<String>,
            limit: u16,
        ) -> Result<Vec<Entry>>;

        /// Records that a trail is exported, and returns the id of its last record.
        async fn begin_export(&self, by: By, tenant: TenantId, filter: Filter) -> Result<String>;

        /// The matching records of a trail, oldest first: those after an id and up to `last`, at most `limit`.
        async fn exported(
            &self,
            tenant: TenantId,
            filter: Filter,
            after: String,
            last: String,
            limit: u16,
        ) -> Result<Vec<Entry>>;

        /// How many there are in all.
        async fn count_exported(&self, tenant: TenantId, filter: Filter, last: String) -> Result<i64>;

        /// Removes up to 500 of an organisation's oldest refused writes that exceed `most` or are older than `since`.
        /// Returns whether there may be more.
        async fn forget_refused(&self, tenant: TenantId, most: usize, since: Timestamp) -> Result<bool>;

        /// Records of a trail that name people, after an id, in order.
        async fn naming(&self, tenant: TenantId, after: String, limit: usize) -> Result<Vec<Entry>>;

        /// The name of a person whom an organisation still has as a member or SCIM user.
        async fn still_there(&self, tenant: TenantId, person: Person) -> Result<Option<String>>;

        /// Blanks what names people in these records of a trail; returns in how many there was something.
        async fn blank(&self, by: By, tenant: TenantId, ids: Vec<String>, person: Person) -> Result<usize>;

        /// Removes the links between a person's accounts and an organisation's identity provider, and what is kept of
        /// its requests; returns how many links.
        async fn unlink_erased(&self, by: By, tenant: TenantId, person: Person) -> Result<usize>;

        /// Deletes the account of somebody who is a member nowhere; returns whether there was one.
        async fn delete_account(&self, by: By, account: AccountId) -> Result<bool>;

        /// When the oldest sealed record of a trail was written.
        async fn oldest_sealed(&self, tenant: TenantId) -> Result<Option<Timestamp>>;

        /// Removes up to 500 of an organisation's oldest sealed records from before a time, with their seals. The chain
        /// then starts at the last of these seals. Returns whether there may be more.
        async fn forget_old(&self, tenant: TenantId, since: Timestamp) -> Result<bool>;
    }
}
