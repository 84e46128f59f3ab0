//! A sign-in at the identity provider that counts beside another proof: the link of an invitation in the same browser, or a session with
//! a password. The answer is kept with what was begun, and a page of ours asks what is made of it.

use crate::access::{Account, AccountId, Digest, NewSession};
use crate::audit::By;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;
use serde::{Deserialize, Serialize};

use super::store::Answered;

/// Whom the identity provider signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proven {
    pub(crate) subject: String,
    /// What the identity provider calls them; empty where it says nothing.
    pub(crate) called: String,
    /// As which a request to log out names them.
    pub(crate) name_id: String,
    pub(crate) session_index: Option<String>,
    /// When a session must end at the latest, in milliseconds.
    pub(crate) ends: Option<i64>,
}

/// The other proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// The link of an invitation.
    Invitation(Digest),
    /// Who began it was signed in with a password.
    Account(AccountId),
}

/// A sign-in that waits for what is made of it.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) state: Digest,
    pub(crate) beside: Beside,
    pub(crate) person: Proven,
}

asked! {
    trait ProvenStore {
        /// Keeps whom an answer is about; whether it was good still.
        async fn proved(&self, answered: Answered, person: Proven) -> Result<bool>;

        /// The newest sign-in that a browser with these values waits with.
        async fn waiting(&self, tenant: TenantId, states: Vec<Digest>, now: Timestamp) -> Result<Option<Waiting>>;

        /// Accepts the invitation: with the account in use, else with the one that is known already, else with a new one. Without an
        /// account in use, the session begins too.
        async fn join_by_proof(
            &self,
            by: By,
            tenant: TenantId,
            state: Digest,
            me: Option<AccountId>,
            session: NewSession,
        ) -> Result<Account>;

        /// Why the sign-in of a test could not be that of an account, if it could not.
        async fn against(
            &self,
            tenant: TenantId,
            connection: i64,
            subject: String,
            account: AccountId,
        ) -> Result<Option<String>>;

        /// Whether an account is known by the identity provider of an organisation.
        async fn is_linked(&self, tenant: TenantId, account: AccountId) -> Result<bool>;

        /// The account in use is known by the identity provider from now on.
        async fn link_by_proof(&self, by: By, tenant: TenantId, state: Digest, me: AccountId) -> Result<()>;
    }
}
