//! New tokens, with the row that the database keeps of them.

use super::hash::{HashError, hash};
use super::{StoredHash, Token, TokenRow};
use crate::clock::{self, NoRandomness, Timestamp};
use provost::hook::TenantId;

/// A new token of an organisation. Blocks for the time of one hash.
pub(crate) fn issue(
    tenant: TenantId,
    label: String,
    expires: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Token, TokenRow), IssueError> {
    let token = Token::from_random(clock::random()?, clock::random()?);
    let row = TokenRow {
        key_id: token.key_id().clone(),
        tenant,
        hash: StoredHash { phc: hash(&token, clock::random()?)?, version: 1 },
        label,
        created: now,
        expires,
        revoked: None,
        last_used: None,
    };
    Ok((token, row))
}

/// No token could be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssueError {
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error(transparent)]
    Hash(#[from] HashError),
}
