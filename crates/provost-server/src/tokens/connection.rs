//! What is asked of the database about how an identity provider is connected.

use super::{Heard, TokenRow};
use crate::audit::By;
use crate::organisations::{Enabled, IdentityProvider};
use crate::slug::Slug;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait ConnectionStore {
        /// Switches SCIM on for an identity provider, with this token where no other one works.
        async fn enable_scim(
            &self,
            by: By,
            slug: Slug,
            provider: IdentityProvider,
            token: TokenRow,
        ) -> Result<Enabled>;

        /// What was heard of the tokens of an organisation.
        async fn milestones(&self, tenant: TenantId) -> Result<Vec<Heard>>;
    }
}
