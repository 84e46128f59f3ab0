//! What is asked of the database about tokens.

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
        /// Makes the first organisation and its token; `false` when there is an organisation already, or was one.
        async fn create_first(
            &self,
            by: By,
            organisation: Organisation,
            token: Option<TokenRow>,
        ) -> Result<bool>;

        async fn create_token(&self, by: By, new: TokenRow) -> Result<()>;

        /// The tokens of an organisation, oldest first.
        async fn tokens(&self, tenant: TenantId) -> Result<Vec<TokenRow>>;

        /// A token as a request needs it. Each one asks: it is one statement, by the primary key.
        async fn known_token(&self, key_id: &KeyId) -> Result<Option<KnownToken>>;

        /// A token and the organisation that it opens.
        async fn token(&self, key_id: &KeyId) -> Result<Option<(TokenRow, Organisation)>>;

        /// Makes a token that replaces another one, which ends at `last` at the latest; gives the old one as it is then.
        async fn rotate_token(
            &self,
            by: By,
            old: KeyId,
            next: TokenRow,
            last: Timestamp,
        ) -> Result<TokenRow>;

        /// Who made the tokens of an organisation, those aside that commands made.
        async fn makers(&self, tenant: TenantId) -> Result<HashMap<AccountId, Person>>;

        /// The tokens of all organisations that end until then and were not seen to be over, the first to end first.
        async fn ending_tokens(&self, until: Timestamp) -> Result<Vec<Ending>>;

        /// Notes which tokens are over: they stay so.
        async fn end_tokens(&self, now: Timestamp) -> Result<()>;

        /// Notes that warnings were given; gives the tokens of those that nobody gave before.
        async fn warn_of_tokens(&self, due: Vec<(KeyId, Ahead)>, now: Timestamp) -> Result<Vec<KeyId>>;

        /// Notes why tokens were refused, once a minute each. Key ids that there are not are passed over.
        async fn note_refusals(&self, refusals: Vec<(KeyId, Refusal)>) -> Result<()>;

        /// Ends a token. One that is revoked already keeps the time of its first revocation.
        async fn revoke_token(&self, by: By, key_id: KeyId) -> Result<TokenRow>;

        /// Whether any token was ever used, here or by another server on this database.
        async fn was_token_used(&self) -> Result<bool>;

        /// Notes what was heard of tokens. Of those that there are not nothing is kept.
        async fn note_milestones(&self, heard: Vec<(TenantId, Heard)>) -> Result<()>;

        /// Notes when tokens were used.
        async fn note_uses(&self, uses: Vec<(KeyId, Timestamp)>) -> Result<()>;
    }
}
