//! Teams: those that follow a SCIM group, with the group's users who are members, and those that people make by hand.
//!
//! A team that follows a group exists as long as the group does, and contains exactly the members who are in the group.
//! The hook maintains this in the transaction that changes the group or the user.

pub(crate) mod command;
#[cfg(feature = "console")]
mod page;
#[cfg(feature = "console")]
mod provided;
mod store;

#[cfg(feature = "console")]
pub(crate) use page::{From, MEMBERS, NAMED, TEAMS, TeamLine, TeamLines, TeamPage, TeamPageStore};
#[cfg(feature = "console")]
pub(crate) use provided::{Change, GroupChange, Person, Provided, ProvidedStore, change};
pub(crate) use store::TeamStore;

use crate::people::MembershipId;
use crate::slug::Slug;
use provost::Id;
use serde::{Serialize, Serializer};

/// The key of a team in its organisation, ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TeamId(pub(crate) i64);

/// Serialized as text, since the number has more digits than some JSON readers keep.
impl Serialize for TeamId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A team as commands list it. Other programs read this format: `docs/contract.md` says what they may rely on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Team {
    pub(crate) slug: Slug,
    pub(crate) name: String,
    /// The SCIM group that it follows.
    pub(crate) group_id: Option<Id>,
    pub(crate) members: Vec<TeamMember>,
    pub(crate) id: TeamId,
    pub(crate) managed_by: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamMember {
    pub(crate) user_name: String,
    pub(crate) scim_user_id: Option<Id>,
    /// Of the membership.
    pub(crate) id: MembershipId,
}
