//! Just-in-time membership: while SCIM is off, people whom the identity provider signs in can become members at once, without
//! being assigned.

use crate::audit::By;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait LetInStore {
        /// Turns just-in-time membership on or off. Refused while SCIM is on, which decides who is a member.
        async fn set_lets_in(&self, by: By, tenant: TenantId, lets_in: bool) -> Result<()>;

        /// Whether it is on.
        async fn lets_in(&self, tenant: TenantId) -> Result<bool>;

        /// Who would stay by hand when SCIM brings them, where single sign-on is on: owners, and all who did not come just in time.
        async fn stays_by_hand(&self, tenant: TenantId) -> Result<(usize, Vec<String>)>;
    }
}
