//! What is asked of the database about tokens.

use super::{KeyId, TokenRow};
use crate::clock::Timestamp;
use crate::organisations::Organisation;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait TokenStore {
        /// Makes the first organisation and its token; `false` when there is an organisation already, or was one.
        async fn create_first(&self, organisation: Organisation, token: Option<TokenRow>) -> Result<bool>;

        async fn create_token(&self, new: TokenRow) -> Result<()>;

        /// The tokens of an organisation, oldest first.
        async fn tokens(&self, tenant: TenantId) -> Result<Vec<TokenRow>>;

        /// A token and the organisation that it opens. Each request asks: it is one statement, by the primary key.
        async fn token(&self, key_id: &KeyId) -> Result<Option<(TokenRow, Organisation)>>;

        /// Ends a token. One that is revoked already keeps the time of its first revocation.
        async fn revoke_token(&self, key_id: KeyId, now: Timestamp) -> Result<TokenRow>;

        /// Whether any token was ever used, here or by another server on this database.
        async fn was_token_used(&self) -> Result<bool>;

        /// Notes that a token was used.
        async fn touch_token(&self, key_id: KeyId, now: Timestamp) -> Result<()>;
    }
}
