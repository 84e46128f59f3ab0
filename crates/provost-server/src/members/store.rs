//! What is asked of the database about members.

use super::Member;
use crate::storage::Result;
use provost::hook::TenantId;

pub(crate) trait MemberStore {
    /// All members, by user name.
    async fn members(&self, tenant: TenantId) -> Result<Vec<Member>>;
}
