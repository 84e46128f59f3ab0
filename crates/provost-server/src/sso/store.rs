//! What is asked of the database about single sign-on.

use super::connection::{ConnectionId, Drafted, Registered, SignOn};
use super::linking::Unlinked;
use super::logout::Leaving;
use super::report::Report;
use super::request::{NewRequest, Request};
use crate::access::{Account, AccountId, Digest, NewSession};
use crate::audit::By;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

/// How long a report is kept.
pub(crate) const REPORTED_MS: i64 = 24 * 3_600_000;

asked! {
    trait SignOnStore {
        /// The connections of an organisation.
        async fn sign_on(&self, tenant: TenantId) -> Result<SignOn>;

        /// Makes a draft in place of the one before: what was begun with that leads nowhere.
        async fn draft(&self, by: By, tenant: TenantId, new: Drafted) -> Result<()>;

        /// Drops the draft.
        async fn drop_draft(&self, by: By, tenant: TenantId) -> Result<()>;

        /// People sign in by what was tested, a draft or what is there, and who tested it is known to be who signed in then. A draft by
        /// which the same people sign in leaves everything as it is; after any other, whatever the one before opened is closed.
        async fn turn_on(&self, by: By, tenant: TenantId, account: AccountId, registered: Registered) -> Result<()>;

        /// Nobody signs in by it any more, and the sessions that came through it end.
        async fn turn_off(&self, by: By, tenant: TenantId) -> Result<()>;

        /// Keeps what was begun.
        async fn begin_sign_on(&self, request: NewRequest) -> Result<()>;

        /// What an organisation began under this value.
        async fn begun(&self, tenant: TenantId, state: Digest, now: Timestamp) -> Result<Option<Request>>;

        /// Keeps what a test came to for whom it is about. The names of what was answered are kept until `ends`.
        async fn test_answered(&self, answered: Answered, report: Report) -> Result<()>;

        /// Shows the account that began it what a test came to. The first one that is passed puts its draft in force, which nobody signs
        /// in by before it is switched on.
        async fn test_shown(
            &self,
            by: By,
            tenant: TenantId,
            account: AccountId,
            registered: Registered,
        ) -> Result<()>;

        /// The last report of an organisation, for a day, and who made the test.
        async fn last_report(&self, tenant: TenantId, now: Timestamp) -> Result<Option<(AccountId, Report)>>;

        /// Writes down that an answer was refused, which is used up; once.
        async fn sign_on_refused(&self, by: By, tenant: TenantId, state: Digest, reason: &'static str) -> Result<()>;

        /// Ends the sessions of whoever signed out at the identity provider; where it did not sign that, `mine` at most. Gives how many
        /// ended.
        async fn sign_off(&self, by: By, tenant: TenantId, leaving: Leaving, mine: Option<Digest>) -> Result<usize>;

        /// Begins a session of whoever it is, that opens this organisation alone.
        async fn sign_on_by(&self, by: By, answered: Answered, person: Arrived) -> Result<SignedOn>;
    }
}

/// An answer that is used up: nothing is done with it twice.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) tenant: TenantId,
    pub(crate) state: Digest,
    pub(crate) names: Vec<String>,
    pub(crate) ends: Timestamp,
    pub(crate) now: Timestamp,
}

/// Whom an identity provider signed in.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) connection: ConnectionId,
    pub(crate) subject: String,
    /// What the identity provider calls them; empty where it says nothing.
    pub(crate) called: String,
    /// The address that it says they have.
    pub(crate) email: Option<String>,
    /// As which a request to log out names them.
    pub(crate) name_id: String,
    pub(crate) session_index: Option<String>,
    /// When the session must end at the latest.
    pub(crate) ends: Option<Timestamp>,
    pub(crate) session: NewSession,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) enum SignedOn {
    Done(Account),
    /// The answer was used before, or single sign-on is off or another one by now.
    Used,
    /// Nobody here is that person.
    Unknown(Unlinked),
    /// Somebody is, and is no member any more.
    NoMember,
    /// Somebody is, whose account is switched off.
    Off,
}
