//! Members whom nobody assigned: while SCIM is off, whoever the identity provider signs in may become one at once ("just in time").

use crate::audit::By;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait LetInStore {
        /// Whoever the identity provider signs in becomes a member, or does so no longer. Refused while SCIM is on, which says who is one.
        async fn set_lets_in(&self, by: By, tenant: TenantId, lets_in: bool) -> Result<()>;

        /// Whether anybody does.
        async fn lets_in(&self, tenant: TenantId) -> Result<bool>;
    }
}
