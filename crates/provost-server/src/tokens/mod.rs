//! Bearer tokens: their text, the hash that is stored of them, and the check on each request.
//!
//! Time and randomness come in as values.

pub(crate) mod authenticator;
mod base62;
mod cache;
mod checksum;
mod clients;
pub(crate) mod command;
mod failures;
mod hash;
mod issue;
mod queue;
mod refused;
mod secret;
mod store;
mod text;
mod verify;

pub(crate) use issue::{IssueError, issue};
pub(crate) use refused::{RefusedToken, Why};
pub(crate) use secret::Secret;
pub(crate) use store::TokenStore;
pub(crate) use text::{KeyId, Token};
pub(crate) use verify::{StoredHash, Verifier, VerifyError};

use crate::clock::Timestamp;
use provost::hook::TenantId;

/// The row of a token.
#[derive(Debug, Clone)]
pub(crate) struct TokenRow {
    pub(crate) key_id: KeyId,
    pub(crate) tenant: TenantId,
    pub(crate) hash: StoredHash,
    pub(crate) label: String,
    pub(crate) created: Timestamp,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) revoked: Option<Timestamp>,
    pub(crate) last_used: Option<Timestamp>,
}

/// Whether a token opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenState {
    Active,
    Expired,
    Revoked,
}

impl TokenState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl TokenRow {
    pub(crate) fn state(&self, now: Timestamp) -> TokenState {
        if self.revoked.is_some() {
            TokenState::Revoked
        } else if self.expires.is_some_and(|end| end <= now) {
            TokenState::Expired
        } else {
            TokenState::Active
        }
    }
}
