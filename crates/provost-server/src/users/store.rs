//! What is asked of the database about users.

use super::User;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait UserStore {
        /// Users in the order of their creation, from the one after `after`, at most `limit`.
        async fn users(&self, tenant: TenantId, after: i64, limit: usize) -> Result<Vec<User>>;
    }
}
