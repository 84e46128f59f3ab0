//! Bearer tokens: their text, their stored hash, and the check on each request.
//!
//! Time and randomness are passed in.

pub(crate) mod authenticator;
mod base62;
mod cache;
mod checksum;
mod clients;
pub(crate) mod command;
#[cfg(feature = "console")]
mod connection;
mod failures;
mod hash;
mod heard;
mod issue;
mod known;
mod listing;
mod maker;
mod milestone;
mod noted;
mod queue;
mod reason;
mod refused;
mod rotation;
mod secret;
mod store;
mod text;
mod verify;
mod warning;
pub(crate) mod watch;

#[cfg(feature = "console")]
pub(crate) use connection::ConnectionStore;
#[cfg(feature = "console")]
pub(crate) use issue::issue_as;
pub(crate) use issue::{IssueError, NewToken, issue};
pub(crate) use known::{KnownToken, Term};
#[cfg(feature = "console")]
pub(crate) use listing::made_by;
pub(crate) use maker::{Maker, Person};
pub(crate) use milestone::{Heard, Milestone};
pub(crate) use noted::Noted;
pub(crate) use reason::{NOTED_EVERY_MS, Reason, Refusal};
pub(crate) use refused::{RefusedToken, Why};
pub(crate) use rotation::why_not;
#[cfg(feature = "console")]
pub(crate) use rotation::{Overlap, end_of_next, later};
pub(crate) use secret::Secret;
pub(crate) use store::TokenStore;
pub(crate) use text::{KeyId, Token};
pub(crate) use verify::{StoredHash, Verifier, VerifyError};
pub(crate) use warning::{Ahead, Ending, Warning, due};

use crate::clock::Timestamp;
use provost::hook::TenantId;

/// The row of a token.
#[derive(Debug, Clone)]
pub(crate) struct TokenRow {
    pub(crate) key_id: KeyId,
    pub(crate) tenant: TenantId,
    pub(crate) hash: StoredHash,
    pub(crate) label: String,
    /// Whether it may only read.
    pub(crate) read_only: bool,
    /// Unknown for tokens that an earlier release made.
    pub(crate) maker: Option<Maker>,
    pub(crate) created: Timestamp,
    pub(crate) expires: Option<Timestamp>,
    /// When it was first seen to have expired.
    pub(crate) ended: Option<Timestamp>,
    pub(crate) revoked: Option<Timestamp>,
    pub(crate) last_used: Option<Timestamp>,
    /// The token that replaces it.
    pub(crate) rotated_to: Option<KeyId>,
    /// Its last refusal.
    pub(crate) refusal: Option<Refusal>,
}

/// Whether a token is valid.
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
    /// Its key id and label: `ABCDEFabcdef (entra)`.
    pub(crate) fn named(&self) -> String {
        let Self { key_id, label, .. } = self;
        if label.is_empty() { key_id.to_string() } else { format!("{key_id} ({label})") }
    }

    pub(crate) fn state(&self, now: Timestamp) -> TokenState {
        let &Self { expires, ended, revoked, .. } = self;
        Term { expires, ended, revoked }.state(now)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A token that never expires and was never used.
    pub(crate) fn row() -> TokenRow {
        TokenRow {
            key_id: Token::from_random([7; 16], [8; 32]).key_id().clone(),
            tenant: TenantId(7),
            hash: StoredHash { phc: Secret::new("-"), version: 1 },
            label: "entra".to_owned(),
            read_only: false,
            maker: None,
            created: Timestamp::from_millis(0),
            expires: None,
            ended: None,
            revoked: None,
            last_used: None,
            rotated_to: None,
            refusal: None,
        }
    }

    /// The same, as a request sees it.
    pub(crate) fn known() -> KnownToken {
        let TokenRow { key_id, tenant, hash, read_only, .. } = row();
        let (profile, term) = (provost::Profile::strict(), Term::default());
        KnownToken {
            key_id,
            tenant,
            profile,
            hash,
            scim: true,
            is_off: false,
            read_only,
            term,
            last_used: None,
            refused: None,
        }
    }

    /// Seen to fail: with only the clock checked.
    #[test]
    fn a_token_that_was_over_stays_over_when_the_clock_is_set_back() {
        let token = TokenRow { expires: Some(Timestamp::from_millis(100)), ..row() };
        let state = |token: &TokenRow, ms| token.state(Timestamp::from_millis(ms));
        assert_eq!((state(&token, 99), state(&token, 100)), (TokenState::Active, TokenState::Expired));
        let seen = TokenRow { ended: Some(Timestamp::from_millis(120)), ..token };
        assert_eq!((state(&seen, 130), state(&seen, 50)), (TokenState::Expired, TokenState::Expired));
    }
}
