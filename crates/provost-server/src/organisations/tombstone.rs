//! What is left of an organisation that was deleted.

use crate::clock::Timestamp;
use crate::slug::Slug;
use provost::hook::TenantId;

/// It says that nothing of the organisation answers again: not its short name, which another one might take, and not a backup in
/// which it was still there. It names no person, but for who gave the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tombstone {
    pub(crate) tenant: TenantId,
    /// What it was called last.
    pub(crate) slug: Slug,
    /// When; not known of one that an earlier release deleted.
    pub(crate) at: Option<Timestamp>,
    /// Who gave the command, as the machine calls them.
    pub(crate) by: Option<String>,
}
