//! What tokens need from the database.

use super::{Ahead, Ending, Heard, KeyId, KnownToken, Person, Refusal, TokenRow};
use crate::access::AccountId;
use crate::audit::By;
use crate::clock::Timestamp;
use crate::organisations::Organisation;
use crate::storage::{Result, asked};
use provost::hook::TenantId;
use std::collections::HashMap;

asked! {
    trait TokenStore {
        /// Makes the first organisation and its token; `false` if there is or was an organisation.
        async fn create_first(
            &self,
            by: By,
            organisation: Organisation,
            token: Option<TokenRow>,
        ) -> Result<bool>;

        async fn create_token(&self, by: By, new: TokenRow) -> Result<()>;

        /// The tokens of an organisation, oldest first.
        async fn tokens(&self, tenant: TenantId) -> Result<Vec<TokenRow>>;

        /// A token with what a request needs. Called on each request: one statement, by the primary key.
        async fn known_token(&self, key_id: &KeyId) -> Result<Option<KnownToken>>;

        /// A token and its organisation.
        async fn token(&self, key_id: &KeyId) -> Result<Option<(TokenRow, Organisation)>>;

        /// Makes a token that replaces another, which expires at `last` at the latest; returns the old one as changed.
        async fn rotate_token(
            &self,
            by: By,
            old: KeyId,
            next: TokenRow,
            last: Timestamp,
        ) -> Result<TokenRow>;

        /// The people who made an organisation's tokens, other than by a command.
        async fn makers(&self, tenant: TenantId) -> Result<HashMap<AccountId, Person>>;

        /// The tokens of all organisations that expire before a time and are not marked as ended, the first to expire
        /// first.
        async fn ending_tokens(&self, until: Timestamp) -> Result<Vec<Ending>>;

        /// Marks the tokens that have expired; they stay so.
        async fn end_tokens(&self, now: Timestamp) -> Result<()>;

        /// Notes that warnings were given; returns the tokens of those not given before.
        async fn warn_of_tokens(&self, due: Vec<(KeyId, Ahead)>, now: Timestamp) -> Result<Vec<KeyId>>;

        /// Notes why tokens were refused, at most once a minute each. Ignores unknown key ids.
        async fn note_refusals(&self, refusals: Vec<(KeyId, Refusal)>) -> Result<()>;

        /// Revokes a token. One already revoked keeps its first time.
        async fn revoke_token(&self, by: By, key_id: KeyId) -> Result<TokenRow>;

        /// Whether any token was ever used, through any server on this database.
        async fn was_token_used(&self) -> Result<bool>;

        /// Stores milestones. Ignores tokens that do not exist.
        async fn note_milestones(&self, heard: Vec<(TenantId, Heard)>) -> Result<()>;

        /// Notes when tokens were used.
        async fn note_uses(&self, uses: Vec<(KeyId, Timestamp)>) -> Result<()>;
    }
}
