//! New tokens, with the row that the database keeps of them.

use crate::clock::{self, NoRandomness, Timestamp};
use crate::model::TokenRow;
use crate::token::{HashError, StoredHash, Token, phc};
use provost::hook::TenantId;

/// A new token of an organisation. Blocks for the time of one hash.
pub(crate) fn token(
    tenant: TenantId,
    label: String,
    expires: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Token, TokenRow), MintError> {
    let token = Token::mint(clock::random()?, clock::random()?);
    let row = TokenRow {
        key_id: token.key_id().clone(),
        tenant,
        hash: StoredHash { phc: phc(&token, clock::random()?)?, version: 1 },
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
pub(crate) enum MintError {
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error(transparent)]
    Hash(#[from] HashError),
}
