//! Estimated costs of writes.

use provost_core::change::{MemberChange, NewResource};
use std::time::Duration;

/// The cost of a write in microseconds of the writing thread. If it takes longer, the rest is charged to its lane
/// afterwards. Few sizes are known beforehand, such as the number of members named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost(pub(super) u64);

/// A user created or changed, including what a hook does.
const WRITE_US: u64 = 100;
/// A member added or removed, including the place in a team (docs/decisions/008).
const MEMBER_US: u64 = 4;

impl Cost {
    pub(super) fn of_time(time: Duration) -> Self {
        Self(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }

    /// A write that names no members.
    pub(super) const WRITE: Self = Self(WRITE_US);
    /// One that delays others considerably and so runs alone; if others wait, no batch of small ones takes longer.
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
