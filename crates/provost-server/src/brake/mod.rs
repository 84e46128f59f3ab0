//! What happens when memberships end by SCIM in great number: owners are warned, and no more end where they say so. A group that
//! somebody un-assigned by mistake takes everybody in it along.
//!
//! Each end counts, in the transaction that brings it about, also of somebody who comes back. The statements are in
//! `storage/queries/brake.rs`.

pub(crate) mod command;
mod setting;
mod store;
mod tally;

pub(crate) use setting::{Brake, Least, Manner, Percent};
#[cfg(feature = "console")]
pub(crate) use store::BrakePageStore;
pub(crate) use store::BrakeStore;
pub(crate) use tally::{HOUR_MS, Lift, LiftOf, State, Tally, ahead, first, is_another, minute};
