//! The latest events about the people and teams of an organisation, for its overview.

use crate::audit::Entry;
use crate::storage::{Result, asked};
use provost::hook::TenantId;
use std::collections::HashMap;

/// The most records that are returned; not each is worth a line.
pub(crate) const LATELY: usize = 30;

asked! {
    trait LatelyStore {
        /// The newest records about people and teams, newest first. Only a bounded part of the trail is read.
        async fn lately(&self, tenant: TenantId) -> Result<Lately>;

        /// The names of the people and members these records are about, by the ids in the records.
        async fn subjects(&self, tenant: TenantId, entries: Vec<Entry>) -> Result<HashMap<String, String>>;
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Lately {
    pub(crate) entries: Vec<Entry>,
    /// The names of the teams in these records, by the ids in the records.
    pub(crate) teams: HashMap<String, String>,
}
