//! What enabling SCIM again gives back to the identity provider, and what people did to it by hand meanwhile.

use crate::storage::{Result, asked};
use provost::hook::TenantId;

/// How many of each are named.
const NAMED: usize = 10;

/// What the identity provider has again once SCIM is on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct WhileOff {
    /// Members that it brought.
    pub(crate) members: i64,
    /// Teams that follow its groups.
    pub(crate) teams: i64,
    /// Members that it brought, and who were removed.
    pub(crate) removed: Names,
    /// Those who were given a role, which stays.
    pub(crate) roles: Names,
    /// Teams that were changed.
    pub(crate) changed: Names,
    pub(crate) deleted: Names,
}

/// Some names, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) count: usize,
    /// The first of them.
    pub(crate) names: Vec<String>,
}

impl FromIterator<String> for Names {
    fn from_iter<I: IntoIterator<Item = String>>(all: I) -> Self {
        let mut names: Vec<String> = all.into_iter().collect();
        names.sort();
        names.dedup();
        let count = names.len();
        names.truncate(NAMED);
        Self { count, names }
    }
}

impl WhileOff {
    /// Whether the identity provider gets nothing, and nothing was done by hand.
    pub(crate) fn is_nothing(&self) -> bool {
        let all = [&self.removed, &self.roles, &self.changed, &self.deleted];
        self.members == 0 && self.teams == 0 && all.iter().all(|names| names.is_empty())
    }
}

impl Names {
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// How many are not named.
    pub(crate) fn more(&self) -> usize {
        self.count.saturating_sub(self.names.len())
    }
}

asked! {
    trait WhileOffStore {
        /// Since SCIM was switched off last.
        async fn while_off(&self, tenant: TenantId) -> Result<WhileOff>;
    }
}
