//! What users need from the database.

use super::User;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait UserStore {
        /// Users in order of creation, at most `limit`, beginning after `after`.
        async fn users(&self, tenant: TenantId, after: i64, limit: usize) -> Result<Vec<User>>;
    }
}
