//! What kept requests need from the database.

use super::Request;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait RequestStore {
        /// Stores requests of an organisation, with their values where it has them kept, else without, and removes the
        /// oldest that are too many.
        async fn keep_requests(&self, tenant: TenantId, requests: Vec<Request>) -> Result<()>;

        /// Whether an organisation has values kept.
        async fn keeps_values(&self, tenant: TenantId, now: Timestamp) -> Result<bool>;

        /// Kept requests of an organisation, newest first: those with this request id, if one is given, and before this
        /// id; at most `limit`. None that are too old, and no values that are.
        async fn kept_requests(
            &self,
            tenant: TenantId,
            request_id: Option<String>,
            before: Option<String>,
            limit: u16,
            now: Timestamp,
        ) -> Result<Vec<Request>>;

        /// Removes up to 500 of an organisation's requests that are too old, and the values of up to 500 whose values
        /// are. Returns whether there may be more.
        async fn forget_requests(&self, tenant: TenantId, now: Timestamp) -> Result<bool>;
    }
}
