//! Members who have joined and whose account has no password: whom nobody opens it of when single sign-on is switched off, or begun anew with
//! another identity provider.

use crate::audit::By;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

/// People who are named of those.
pub(crate) const NAMED: usize = 20;

asked! {
    trait WithoutStore {
        /// Those who have none, and those of them whom the identity provider does not open the account of.
        async fn without_password(&self, tenant: TenantId) -> Result<(Without, Without)>;

        /// Sends each of the latter who has none yet a link by which they set one; how many.
        async fn invite_back(&self, by: By, tenant: TenantId) -> Result<usize>;
    }
}

/// Members without a password.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Without {
    pub(crate) count: usize,
    /// The first of them.
    pub(crate) names: Vec<String>,
    /// How many of them have no link, and none under way.
    pub(crate) unsent: usize,
}

impl Without {
    /// How many are not named.
    pub(crate) fn more(&self) -> usize {
        self.count.saturating_sub(self.names.len())
    }
}
