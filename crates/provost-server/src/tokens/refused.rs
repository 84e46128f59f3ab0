//! Why a token was refused, for the log. The client only learns that it is invalid; the operator learns which one it is
//! and why.

use super::text::Malformed;
use super::{KeyId, KnownToken, TokenState};
use provost::hook::TenantId;

/// A refused token. Without a key id from the database, the tenant is unknown.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(crate) struct RefusedToken {
    pub(crate) key_id: Option<KeyId>,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) why: Why,
}

/// Why it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Why {
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error("no token has this key id: its organisation was deleted, or another server issued it")]
    Unknown,
    #[error("the token is {}", .0.as_str())]
    Ended(TokenState),
    #[error("the key id is right and the secret is wrong")]
    Forged,
    #[error("SCIM is off for the organisation")]
    ScimOff,
    #[error("the organisation is switched off")]
    SwitchedOff,
    #[error(
        "too many wrong secrets, or tokens that wait for their first check, with this key id or from this client"
    )]
    Busy,
    #[error("the token sends more requests than `--limit-requests` and `--limit-requests-burst` allow")]
    TooFast,
}

impl RefusedToken {
    /// A text that is not a token.
    pub(super) fn malformed(why: Why) -> Self {
        Self { key_id: None, tenant: None, why }
    }

    pub(super) fn unknown(key_id: &KeyId) -> Self {
        Self { key_id: Some(key_id.clone()), tenant: None, why: Why::Unknown }
    }

    pub(super) fn of(token: &KnownToken, why: Why) -> Self {
        Self { key_id: Some(token.key_id.clone()), tenant: Some(token.tenant), why }
    }
}
