//! What statements need that make something new for an organisation.

use crate::clock::{Keys, Timestamp};
use provost::hook::TenantId;

/// In which organisation, when, and with which new keys.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) tenant: TenantId,
    pub(super) keys: &'a Keys,
    pub(super) now: Timestamp,
}
