//! A sign-in at the identity provider that is combined with a second proof from the same browser: an invitation link, or a
//! session with a password. The answer is kept with the request until the person decides on a page of ours.
//!
//! Or it is itself the second proof, beside a session that the identity provider opened: an unattended browser must not decide who
//! owns an organisation, so some forms want a new sign-in, for which the request asks (`ForceAuthn`).

use crate::access::{Account, AccountId, Digest, NewSession};
use crate::audit::By;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;
use serde::{Deserialize, Serialize};

use super::request::Again;
use super::store::Answered;

/// Who was signed in by the identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proven {
    pub(crate) subject: String,
    /// The name it gives them; empty if it gives none.
    pub(crate) called: String,
    /// The name that a logout request uses for them.
    pub(crate) name_id: String,
    pub(crate) session_index: Option<String>,
    /// When they signed in there by its clock, in milliseconds.
    pub(crate) signed_in: i64,
    /// The latest end of a session, in milliseconds.
    pub(crate) ends: Option<i64>,
}

/// The second proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Beside {
    /// The link of an invitation.
    Invitation(Digest),
    /// The account that was signed in with a password when the sign-in began.
    Account(AccountId),
    /// The account that was signed in by the identity provider, and has signed in there again.
    Again(Again),
}

/// What a sign-in again came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proved {
    Yes,
    No,
    /// The identity provider has signed in somebody who is not linked to the account.
    SomebodyElse,
    /// It has sent the sign-in that it had already.
    NotAgain,
}

/// A sign-in that waits for the person's decision.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) state: Digest,
    pub(crate) beside: Beside,
    pub(crate) person: Proven,
}

asked! {
    trait ProvenStore {
        /// Stores who an answer is about; returns whether the answer was still valid.
        async fn proved(&self, answered: Answered, person: Proven) -> Result<bool>;

        /// The sign-ins waiting in a browser that has these values, the newest first.
        async fn waiting(&self, tenant: TenantId, states: Vec<Digest>, now: Timestamp) -> Result<Vec<Waiting>>;

        /// Accepts the invitation with the account in use, else with the one already linked, else with a new one. Starts a
        /// session if no account is in use.
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

        /// Whether an account is linked to the identity provider of an organisation.
        async fn is_linked(&self, tenant: TenantId, account: AccountId) -> Result<bool>;

        /// Links the account in use to the identity provider.
        async fn link_by_proof(&self, by: By, tenant: TenantId, state: Digest, me: AccountId) -> Result<()>;

        /// Whether one of these sign-ins proves again who it is: the identity provider has signed in who is linked to the account,
        /// and not before the session began.
        async fn has_proved(
            &self,
            tenant: TenantId,
            states: Vec<Digest>,
            again: Again,
            now: Timestamp,
        ) -> Result<Proved>;

        /// The same, and uses it up.
        async fn use_proof(
            &self,
            tenant: TenantId,
            states: Vec<Digest>,
            again: Again,
            now: Timestamp,
        ) -> Result<bool>;
    }
}
