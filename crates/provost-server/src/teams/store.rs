//! What is asked of the database about teams.

use super::Team;
use crate::storage::Result;
use provost::hook::TenantId;

pub(crate) trait TeamStore {
    /// All teams, by slug.
    async fn teams(&self, tenant: TenantId) -> Result<Vec<Team>>;
}
