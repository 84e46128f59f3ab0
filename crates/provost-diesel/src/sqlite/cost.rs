//! What a write is said to cost.

use provost_core::change::{MemberChange, NewResource};
use std::time::Duration;

/// What a write costs, in microseconds of the writing thread; what it took beyond that is charged to its lane when it is
/// done. Few sizes are known before: those of the members named are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost(pub(super) u64);

/// A user made or changed, with what a hook does besides.
const WRITE_US: u64 = 100;
/// A member who joins or leaves, with their place in a team (docs/decisions/008).
const MEMBER_US: u64 = 4;

impl Cost {
    pub(super) fn of_time(time: Duration) -> Self {
        Self(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }

    /// A write that names no members.
    pub(super) const WRITE: Self = Self(WRITE_US);
    /// One that makes others wait for long, and is done by itself; where others wait, no batch of small ones takes longer.
    pub(super) const LARGE: Self = Self(4_000);
    pub(super) const ANY: Self = Self(u64::MAX);

    pub(super) fn of_new(new: &NewResource) -> Self {
        Self::of(new.members.len())
    }

    pub(super) fn of_change(members: &MemberChange) -> Self {
        let named = members.named().count();
        Self::of(named.saturating_add(members.remove.len()))
    }

    fn of(members: usize) -> Self {
        let members = u64::try_from(members).unwrap_or(u64::MAX);
        Self(MEMBER_US.saturating_mul(members).saturating_add(WRITE_US))
    }
}
