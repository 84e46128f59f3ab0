//! What accounts, sessions and links need from the database.

use super::accounts::{Account, AccountId, NewAccount};
use super::links::{LinkState, NewLink};
use super::passwords::Hashed;
use super::secrets::Digest;
use super::sessions::{Found, NewSession, Reason, Session};
use super::throttle::Counted;
use crate::audit::By;
use crate::clock::Timestamp;
use crate::organisations::Organisation;
use crate::people::{MembershipId, Role};
use crate::slug::Slug;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait AccessStore {
        /// The account that signs in with an address, and its stored password.
        async fn account_by_login(&self, login_key: String) -> Result<Option<(Account, Option<Hashed>)>>;

        async fn account(&self, id: AccountId) -> Result<Option<Account>>;

        /// Sets a password through a link, which is used up, and ends all sessions. Returns the account.
        async fn set_password(&self, by: By, link: Digest, password: Hashed) -> Result<Account>;

        /// Stores a link. A set-up link needs an organisation without a joined owner, and ends its earlier set-up
        /// links.
        async fn add_link(&self, by: By, link: NewLink) -> Result<()>;

        async fn link(&self, hash: Digest, now: Timestamp) -> Result<LinkState>;

        /// Makes the first owner of an organisation, and uses the link up.
        async fn found(&self, by: By, link: Digest, founding: Founding) -> Result<Account>;

        /// Begins a session of an account whose person has signed in.
        async fn begin_session(&self, by: By, account: AccountId, session: NewSession) -> Result<()>;

        /// What is known about a session; notes that it is used.
        async fn session(&self, id: Digest, now: Timestamp) -> Result<Found>;

        /// An account's open sessions, the most recently used first.
        async fn sessions(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>>;

        /// Notes that a session is used in an organisation, at most once a minute.
        async fn note_use(&self, tenant: TenantId, id: Digest, now: Timestamp) -> Result<()>;

        /// Ends one session of an account.
        async fn end_session(
            &self,
            by: By,
            account: AccountId,
            id: Digest,
            reason: Reason,
        ) -> Result<()>;

        /// Ends all sessions of an account but one.
        async fn end_other_sessions(&self, by: By, account: AccountId, kept: Digest) -> Result<()>;

        /// How long to wait before the next attempt, in milliseconds.
        async fn wait(&self, counted: Vec<Counted>, now: Timestamp) -> Result<Option<i64>>;

        /// Counts a failure, for the account if there is one.
        async fn count_failure(
            &self,
            by: By,
            account: Option<AccountId>,
            counted: Vec<Counted>,
        ) -> Result<()>;

        /// Whether a browser signed in to an account before.
        async fn is_known_browser(&self, browser: Digest, login_key: String, now: Timestamp) -> Result<bool>;

        /// Notes that a browser signed in to an account, and clears the failures counted for both.
        async fn note_browser(
            &self,
            browser: Digest,
            account: AccountId,
            counted: Vec<Counted>,
            now: Timestamp,
        ) -> Result<()>;

        /// The organisations an account is a member of, by name.
        async fn places(&self, account: AccountId) -> Result<Vec<Place>>;
    }
}

/// The first owner of an organisation, and its name.
#[derive(Debug, Clone)]
pub(crate) struct Founding {
    pub(crate) owner: Owner,
    pub(crate) name: String,
    pub(crate) slug: Slug,
}

/// Who becomes the owner.
#[derive(Debug, Clone)]
pub(crate) enum Owner {
    New(NewAccount),
    /// An account that is already signed in.
    Account(AccountId),
}

/// An organisation in which somebody is a member.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) organisation: Organisation,
    pub(crate) id: MembershipId,
    pub(crate) role: Role,
    /// Sessions begun before this do not open it.
    pub(crate) opens_from: Option<Timestamp>,
    /// If it requires single sign-on: the account whose password opens it anyway.
    pub(crate) emergency: Option<AccountId>,
}

impl Place {
    pub(crate) const fn tenant(&self) -> TenantId {
        self.organisation.tenant
    }

    /// Whether this organisation is closed to a session because that was opened with a password.
    pub(crate) fn is_closed_to(&self, session: &Session) -> bool {
        session.confined_to.is_none()
            && self.emergency.is_some_and(|emergency| emergency != session.account.id)
    }
}
