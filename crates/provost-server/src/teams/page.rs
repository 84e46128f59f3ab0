//! Teams for pages, a page at a time.

use crate::clock::Timestamp;
use crate::people::Member;
use crate::slug::Slug;
use crate::storage::{Result, asked};
use provost::Id;
use provost::hook::TenantId;

/// Teams on a page.
pub(crate) const TEAMS: usize = 25;
/// Members of a team on a page.
pub(crate) const MEMBERS: usize = 50;
/// How many people without access are named.
pub(crate) const NAMED: usize = 10;

asked! {
    /// What the pages of teams need from the database.
    trait TeamPageStore {
        /// The teams whose name or short name contains a text, from a position in the list.
        async fn teams_from(&self, tenant: TenantId, having: String, from: From) -> Result<TeamLines>;

        /// One team, with its members from a position on.
        async fn team_page(&self, tenant: TenantId, slug: Slug, after: i64) -> Result<Option<TeamPage>>;
    }
}

/// A position in the list, which is ordered by short name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum From {
    Start,
    After(Slug),
    Before(Slug),
}

/// A page of teams.
#[derive(Debug, Clone)]
pub(crate) struct TeamLines {
    pub(crate) lines: Vec<TeamLine>,
    pub(crate) has_earlier: bool,
    pub(crate) has_later: bool,
}

/// A team in the list.
#[derive(Debug, Clone)]
pub(crate) struct TeamLine {
    pub(crate) slug: Slug,
    pub(crate) name: String,
    /// The SCIM group that it follows.
    pub(crate) group: Option<Id>,
    pub(crate) members: i64,
    /// Users in its group who have no access.
    pub(crate) without_access: i64,
    pub(crate) changed: Timestamp,
}

/// One team.
#[derive(Debug, Clone)]
pub(crate) struct TeamPage {
    pub(crate) team: TeamLine,
    pub(crate) created: Timestamp,
    /// In the order in which they became members of the organisation.
    pub(crate) members: Vec<Member>,
    /// Where the next page begins.
    pub(crate) next: Option<i64>,
    /// The first of the users in its group who have no access.
    pub(crate) without_access: Vec<String>,
}
