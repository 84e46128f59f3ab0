//! What is asked of the database about the outbox.

use super::{Figures, Job, JobName, JobState};
use crate::access::{AccountId, Opener};
use crate::audit::By;
use crate::checks::Silence;
use crate::clock::Timestamp;
use crate::organisations::{IdentityProvider, Organisation};
use crate::people::{Address, InstanceKey, MembershipId, Role};
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait OutboxStore {
        /// Takes one mail that is due, which nobody else takes until `lease` is over.
        async fn take_mail(&self, key: InstanceKey, now: Timestamp, lease: Timestamp) -> Result<Step>;

        /// A mail server took it.
        async fn mail_taken(&self, by: By, order: Order) -> Result<()>;

        /// It could not be sent, and is tried again, or given up.
        async fn mail_failed(&self, order: Order, error: String, now: Timestamp) -> Result<()>;

        /// A mail server refused it for good.
        async fn mail_refused(&self, by: By, order: Order, error: String) -> Result<()>;

        /// Ends invitations whose time is over, wakes those that waited for a team, puts in what is due once a day, and forgets
        /// what was sent long ago; whether there is more to do.
        async fn sweep(&self, now: Timestamp) -> Result<bool>;

        /// What is in the outbox of an organisation, or of the installation: in these states, the oldest first.
        async fn outbox(&self, tenant: TenantId, states: Vec<JobState>, limit: i64) -> Result<Vec<Job>>;

        /// Sends it as soon as possible.
        async fn retry_mail(&self, by: By, tenant: TenantId, name: JobName) -> Result<()>;

        /// Never sends it.
        async fn drop_mail(&self, by: By, tenant: TenantId, name: JobName) -> Result<()>;

        /// The outbox of all organisations, in figures.
        async fn outbox_figures(&self, now: Timestamp) -> Result<Figures>;
    }
}

#[cfg(feature = "console")]
asked! {
    /// Used by the page for a forgotten password.
    trait RecoveryStore {
        /// Puts in the mail by which the person who signs in with an address sets another password, if there is one.
        async fn ask_for_reset(&self, by: By, login_key: String) -> Result<()>;
    }
}

/// What a look into the outbox came to.
#[derive(Debug)]
pub(crate) enum Step {
    /// Nothing is due.
    Nothing,
    /// One was looked at that is not to be sent now.
    Settled,
    Send(Box<Order>),
}

/// A mail that is to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) tenant: TenantId,
    pub(crate) name: JobName,
    pub(crate) attempts: i64,
    /// The first attempt.
    pub(crate) begun: Timestamp,
    pub(crate) to: Address,
    pub(crate) content: Content,
}

/// Why an invitation is mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    First,
    /// Somebody sends it again.
    Again,
    /// The person asked for a new link, on the page of one that had ended.
    Renewed,
    /// Of somebody who has joined: the account has no password.
    NoPassword,
    /// The same, and it is not known at the identity provider.
    Unlinked,
}

/// What it says.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Invitation {
        organisation: Box<Organisation>,
        id: MembershipId,
        number: i64,
        occasion: Occasion,
        /// The identity provider that assigned the person; `None`: somebody invites by hand.
        provider: Option<IdentityProvider>,
        /// Who does, where that is known.
        inviter: Option<String>,
        role: Role,
        teams: Vec<String>,
        link: Opener,
        ends: Timestamp,
        /// Whom to ask.
        contact: Option<String>,
    },
    PasswordReset {
        account: AccountId,
        link: Opener,
        ends: Timestamp,
    },
    /// To the address that an account is to sign in with.
    ConfirmAddress {
        account: AccountId,
        link: Opener,
        ends: Timestamp,
    },
    /// To the one that it signed in with.
    AddressChanged {
        /// The one of now.
        address: String,
        at: Timestamp,
        /// Whom to tell.
        contact: Option<String>,
    },
    TokenEnds {
        organisation: Box<Organisation>,
        /// Its label and key id.
        token: String,
        days: i64,
        ends: Timestamp,
        last_used: Option<Timestamp>,
    },
    /// Somebody is here by hand whom the identity provider un-assigned.
    LeftBehind {
        organisation: Box<Organisation>,
        id: MembershipId,
        name: String,
        address: String,
        role: Role,
        since: Timestamp,
    },
    /// Many memberships ended by SCIM.
    Brake {
        organisation: Box<Organisation>,
        ended: i64,
        limit: i64,
        at: Timestamp,
        /// Whether others are stopped, and an owner has let them go on.
        is_lifted: bool,
    },
    /// The last owner was un-assigned, and stays.
    LastOwner {
        organisation: Box<Organisation>,
        name: String,
        address: String,
        since: Timestamp,
    },
    /// The identity provider does not call.
    Silence {
        organisation: Box<Organisation>,
        silence: Silence,
    },
    /// A password opened an organisation that requires single sign-on, or it requires it no longer.
    SignOnRule {
        organisation: Box<Organisation>,
        /// The name and the address of who used the emergency account.
        used: Option<(String, Option<String>)>,
        by: Doer,
        at: Timestamp,
    },
    /// The first of those who wait, and how many there are.
    Digest {
        organisation: Box<Organisation>,
        waiting: Vec<Waiting>,
        total: i64,
    },
    /// Somebody became an owner, or is none any more.
    OwnerChanged {
        organisation: Box<Organisation>,
        /// The name of the person, and the address that she signs in with.
        person: String,
        address: Option<String>,
        is_owner: bool,
        /// Whether the person is the one who is told.
        is_own: bool,
        by: Doer,
        at: Timestamp,
        /// Whom to ask.
        contact: Option<String>,
    },
}

/// Who brought something about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doer {
    /// By un-assigning.
    Provider,
    /// The person it is about, who accepted an invitation.
    Invited,
    /// Somebody else, by name.
    Person(String),
    /// Who gave a command on the server, as that machine calls them.
    Command(String),
}

/// Somebody whom SCIM brought and nobody invited.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) since: Timestamp,
}
