//! What is asked of the database about brakes.

#[cfg(feature = "console")]
use super::tally::State;
use super::tally::{Lift, LiftOf};
use crate::audit::By;
#[cfg(feature = "console")]
use crate::clock::Timestamp;
use crate::slug::Slug;
use crate::storage::{Result, asked};
#[cfg(feature = "console")]
use provost::hook::TenantId;

asked! {
    trait BrakeStore {
        /// Lets memberships end that the brake of an organisation would stop; in place of a lift of before.
        async fn lift_brake(&self, by: By, slug: Slug, lift: LiftOf) -> Result<Lift>;
    }
}

#[cfg(feature = "console")]
asked! {
    trait BrakePageStore {
        /// How the brake of an organisation stands.
        async fn brake(&self, tenant: TenantId, now: Timestamp) -> Result<State>;
    }
}
