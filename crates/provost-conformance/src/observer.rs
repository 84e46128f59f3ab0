//! What HTTP does not show: the memberships and teams that the application grants, and restarts of the server.

use serde::{Deserialize, Serialize};

/// Reads from the application behind the directory.
pub trait Observer {
    /// Every membership of the organisation.
    ///
    /// # Errors
    /// Why they could not be read; the case then fails.
    fn members(&self) -> Result<Vec<Member>, String>;

    /// Every team of the organisation.
    ///
    /// # Errors
    /// Why they could not be read; the case then fails.
    fn teams(&self) -> Result<Vec<Team>, String>;
}

/// Kills the server and starts it again on the same data.
pub trait Restart {
    /// Returns when the server accepts connections again, with the base URL to use from then on.
    ///
    /// # Errors
    /// Why the server did not come back; the case then fails.
    fn restart(&self) -> Result<String, String>;
}

/// A membership, in the shape of `provost members list --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The user's name in the directory.
    pub user_name: String,
    /// The name to show.
    pub display_name: Option<String>,
    /// The address that the invitation was sent to.
    pub email: Option<String>,
    /// The role granted.
    pub role: String,
    /// `provisioned`, `invited` or `joined`.
    pub state: String,
    /// The id of the SCIM user that it belongs to.
    pub scim_user_id: Option<String>,
    /// Who manages this membership.
    pub managed_by: Option<String>,
    /// The slugs of the member's teams.
    #[serde(default)]
    pub teams: Vec<String>,
}

/// A team, in the shape of `provost teams list --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// The name in URLs, which never changes.
    pub slug: String,
    /// The name to show.
    pub name: String,
    /// The id of the SCIM group that it belongs to.
    pub group_id: Option<String>,
    /// Who is in it.
    #[serde(default)]
    pub members: Vec<TeamMember>,
}

/// A member of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamMember {
    /// The user's name in the directory.
    pub user_name: String,
    /// The id of the SCIM user.
    pub scim_user_id: Option<String>,
}
