//! What happened last to the people and teams of an organisation, for its overview.

use crate::audit::Entry;
use crate::storage::{Result, asked};
use provost::hook::TenantId;
use std::collections::HashMap;

/// Records of people and teams that are given at most; not each is worth a line.
pub(crate) const LATELY: usize = 30;

asked! {
    trait LatelyStore {
        /// The newest records of people and teams, the newest first. However long the trail is, a bounded part of it is read.
        async fn lately(&self, tenant: TenantId) -> Result<Lately>;

        /// What those are called whom some records are about, by the ids that the records have.
        async fn subjects(&self, tenant: TenantId, entries: Vec<Entry>) -> Result<HashMap<String, String>>;
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Lately {
    pub(crate) entries: Vec<Entry>,
    /// What the teams that these records name are called, by the ids that they name.
    pub(crate) teams: HashMap<String, String>,
}
