//! What is left of a deleted organisation.

use crate::clock::Timestamp;
use crate::slug::Slug;
use provost::hook::TenantId;

/// Keeps a deleted organisation from answering again: its slug cannot be taken by another, and a backup that still has it does
/// not bring it back. It names no person except the one who gave the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tombstone {
    pub(crate) tenant: TenantId,
    /// Its last slug.
    pub(crate) slug: Slug,
    /// When it was deleted; unknown if an earlier release did it.
    pub(crate) at: Option<Timestamp>,
    /// Who gave the command, by their name on the machine.
    pub(crate) by: Option<String>,
}
