//! What the connection to an identity provider needs from the database.

use super::{Heard, TokenRow};
use crate::audit::By;
use crate::organisations::{Enabled, IdentityProvider};
use crate::slug::Slug;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait ConnectionStore {
        /// Enables SCIM for an identity provider; adds this token unless the organisation already has a working one.
        async fn enable_scim(
            &self,
            by: By,
            slug: Slug,
            provider: IdentityProvider,
            token: TokenRow,
        ) -> Result<Enabled>;

        /// The milestones of an organisation's tokens.
        async fn milestones(&self, tenant: TenantId) -> Result<Vec<Heard>>;
    }
}
