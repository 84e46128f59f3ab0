//! Members: the active users of an organisation, each by a membership with a role.
//!
//! A membership exists exactly while its SCIM user is active. The hook grants and revokes it, in the transaction that
//! changes the user.

pub(crate) mod command;
mod store;

pub(crate) use store::MemberStore;

use crate::slug::Slug;
use provost::Id;
use serde::Serialize;

/// An active user of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    pub(crate) user_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) role: String,
    pub(crate) state: String,
    pub(crate) scim_user_id: Id,
    pub(crate) managed_by: String,
    /// Slugs, in order.
    pub(crate) teams: Vec<Slug>,
}
