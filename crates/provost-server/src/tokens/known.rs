//! What a request needs from the row of a token. It is read on every request, and each column costs.

use super::{KeyId, StoredHash, TokenState};
use crate::clock::Timestamp;
use provost::Profile;
use provost::hook::TenantId;

/// An existing token, with what the protocol needs from its organisation.
#[derive(Debug, Clone)]
pub(crate) struct KnownToken {
    pub(crate) key_id: KeyId,
    pub(crate) tenant: TenantId,
    pub(crate) profile: Profile,
    /// Whether SCIM is on for the organisation.
    pub(crate) scim: bool,
    /// Whether the organisation is switched off.
    pub(crate) is_off: bool,
    pub(crate) hash: StoredHash,
    pub(crate) read_only: bool,
    pub(crate) term: Term,
    pub(crate) last_used: Option<Timestamp>,
    /// When it was last refused.
    pub(crate) refused: Option<Timestamp>,
}

/// How long a token is valid.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Term {
    pub(crate) expires: Option<Timestamp>,
    /// When it was first seen to have expired. It stays expired even if the clock is set back.
    pub(crate) ended: Option<Timestamp>,
    pub(crate) revoked: Option<Timestamp>,
}

impl Term {
    pub(crate) fn state(self, now: Timestamp) -> TokenState {
        if self.revoked.is_some() {
            TokenState::Revoked
        } else if self.ended.is_some() || self.expires.is_some_and(|end| end <= now) {
            TokenState::Expired
        } else {
            TokenState::Active
        }
    }
}
