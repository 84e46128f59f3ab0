//! Limits how many memberships SCIM ends: owners are warned, and if they want, no more end. Un-assigning a group by
//! mistake would remove everybody in it.
//!
//! Every end counts, in its own transaction, even if the person comes back. The statements are in
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
