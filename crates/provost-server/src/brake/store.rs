//! What the brake needs from the database.

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
        /// Lets memberships end that an organisation's brake would stop. Replaces an earlier lift.
        async fn lift_brake(&self, by: By, slug: Slug, lift: LiftOf) -> Result<Lift>;
    }
}

#[cfg(feature = "console")]
asked! {
    trait BrakePageStore {
        /// The state of an organisation's brake.
        async fn brake(&self, tenant: TenantId, now: Timestamp) -> Result<State>;
    }
}
