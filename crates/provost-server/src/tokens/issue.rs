//! New tokens, and their rows in the database.

use super::hash::{HashError, hash};
use super::{KeyId, Maker, StoredHash, Token, TokenRow};
use crate::clock::{self, NoRandomness, Timestamp};
use provost::hook::TenantId;

/// The properties of a new token.
#[derive(Debug)]
pub(crate) struct NewToken {
    pub(crate) tenant: TenantId,
    pub(crate) label: String,
    pub(crate) read_only: bool,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) maker: Maker,
}

/// Makes a token for an organisation. Blocks for the time of one hash.
pub(crate) fn issue(new: NewToken, now: Timestamp) -> Result<(Token, TokenRow), IssueError> {
    issue_as(&KeyId::from_random(clock::random()?), new, now)
}

/// Like [`issue`], with a key id chosen before, so that a form sent twice makes one token.
pub(crate) fn issue_as(
    key_id: &KeyId,
    new: NewToken,
    now: Timestamp,
) -> Result<(Token, TokenRow), IssueError> {
    let token = Token::new(key_id, clock::random()?);
    let row = TokenRow {
        key_id: token.key_id().clone(),
        tenant: new.tenant,
        hash: StoredHash { phc: hash(&token, clock::random()?)?, version: 1 },
        label: new.label,
        read_only: new.read_only,
        maker: Some(new.maker),
        created: now,
        expires: new.expires,
        ended: None,
        revoked: None,
        last_used: None,
        rotated_to: None,
        refusal: None,
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
