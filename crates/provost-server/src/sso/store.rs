//! What single sign-on needs from the database.

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

        /// Makes a draft in place of the former one. Sign-ins begun with that lead nowhere.
        async fn draft(&self, by: By, tenant: TenantId, new: Drafted) -> Result<()>;

        /// Drops the draft.
        async fn drop_draft(&self, by: By, tenant: TenantId) -> Result<()>;

        /// Turns on the tested connection, a draft or the one in force, and links its tester. If the draft signs the same people
        /// in, links and sessions stay; otherwise everything that the former connection opened is closed.
        async fn turn_on(&self, by: By, tenant: TenantId, account: AccountId, registered: Registered) -> Result<()>;

        /// Turns single sign-on off and ends the sessions that came through it.
        async fn turn_off(&self, by: By, tenant: TenantId) -> Result<()>;

        /// Stores a request.
        async fn begin_sign_on(&self, request: NewRequest) -> Result<()>;

        /// The request that an organisation began under this value.
        async fn begun(&self, tenant: TenantId, state: Digest, now: Timestamp) -> Result<Option<Request>>;

        /// Stores the report of a test for the person who began it. The answer's message names are kept until `ends`.
        async fn test_answered(&self, answered: Answered, report: Report) -> Result<()>;

        /// Shows the report of a test to the account that began it. The first passed test puts its draft in force, but nobody can
        /// sign in by it until single sign-on is turned on.
        async fn test_shown(
            &self,
            by: By,
            tenant: TenantId,
            account: AccountId,
            registered: Registered,
        ) -> Result<()>;

        /// The last report of an organisation, for a day, and who ran the test.
        async fn last_report(&self, tenant: TenantId, now: Timestamp) -> Result<Option<(AccountId, Report)>>;

        /// Records, once, that an answer was refused, and uses its request up.
        async fn sign_on_refused(&self, by: By, tenant: TenantId, state: Digest, reason: &'static str) -> Result<()>;

        /// Ends the sessions of somebody who signed out at the identity provider; if the request is unsigned, at most `mine`.
        /// Returns how many ended.
        async fn sign_off(&self, by: By, tenant: TenantId, leaving: Leaving, mine: Option<Digest>) -> Result<usize>;

        /// Starts a session that opens this organisation only.
        async fn sign_on_by(&self, by: By, answered: Answered, person: Arrived) -> Result<SignedOn>;
    }
}

/// An answer to use up, so that it counts only once.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) tenant: TenantId,
    pub(crate) state: Digest,
    pub(crate) names: Vec<String>,
    pub(crate) ends: Timestamp,
    pub(crate) now: Timestamp,
}

/// Who was signed in by an identity provider.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) connection: ConnectionId,
    pub(crate) subject: String,
    /// The name it gives them; empty if it gives none.
    pub(crate) called: String,
    /// Their address, according to it.
    pub(crate) email: Option<String>,
    /// The name that a logout request uses for them.
    pub(crate) name_id: String,
    pub(crate) session_index: Option<String>,
    /// When they signed in there, by its clock.
    pub(crate) signed_in: Timestamp,
    /// The latest end of the session.
    pub(crate) ends: Option<Timestamp>,
    pub(crate) session: NewSession,
}

/// The result.
#[derive(Debug, Clone)]
pub(crate) enum SignedOn {
    Done(Account),
    /// The answer was used before, or single sign-on has meanwhile been turned off or replaced.
    Used,
    /// Nobody here matches that person.
    Unknown(Unlinked),
    /// The person is known, but no longer a member.
    NoMember,
    /// The person is known, but the account is disabled.
    Off,
}

impl SignedOn {
    /// Why somebody is not let in whom the identity provider signed in: the word that the audit trail has too.
    pub(crate) const fn refused(&self) -> Option<&'static str> {
        match self {
            Self::Done(_) | Self::Used => None,
            Self::Unknown(why) => Some(why.code()),
            Self::NoMember => Some("NoMember"),
            Self::Off => Some("AccountOff"),
        }
    }
}
