//! Teams: the groups of an organisation, with those of their users who are members.
//!
//! A team exists exactly while its SCIM group does, and a team membership exactly while the user is in the group and is a
//! member. The hook keeps both so, in the transaction that changes the group or the user.

pub(crate) mod command;
mod store;

pub(crate) use store::TeamStore;

use crate::slug::Slug;
use provost::Id;
use serde::Serialize;

/// A group of an organisation, with those of its users who are members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Team {
    pub(crate) slug: Slug,
    pub(crate) name: String,
    pub(crate) group_id: Id,
    pub(crate) members: Vec<TeamMember>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamMember {
    pub(crate) user_name: String,
    pub(crate) scim_user_id: Id,
}
