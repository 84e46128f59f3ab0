//! What a request needs of the row of a token: it is read on each one, and each column costs.

use super::{KeyId, StoredHash, TokenState};
use crate::clock::Timestamp;
use provost::Profile;
use provost::hook::TenantId;

/// A token that there is, and of its organisation what the protocol asks for.
#[derive(Debug, Clone)]
pub(crate) struct KnownToken {
    pub(crate) key_id: KeyId,
    pub(crate) tenant: TenantId,
    pub(crate) profile: Profile,
    /// Whether the organisation may be provisioned.
    pub(crate) scim: bool,
    /// Whether the organisation is switched off.
    pub(crate) is_off: bool,
    pub(crate) hash: StoredHash,
    pub(crate) read_only: bool,
    pub(crate) term: Term,
    pub(crate) last_used: Option<Timestamp>,
    /// When it was refused last.
    pub(crate) refused: Option<Timestamp>,
}

/// How long a token opens anything.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Term {
    pub(crate) expires: Option<Timestamp>,
    /// When it was first seen to be over. It stays over: a clock that is set back opens no door again.
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
