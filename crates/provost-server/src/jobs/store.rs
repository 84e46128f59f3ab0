//! What the outbox needs from the database.

use super::{Ending, Figures, Job, JobName, JobState};
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
        /// Takes one due mail, which nobody else takes until `lease` has passed.
        async fn take_mail(&self, key: InstanceKey, now: Timestamp, lease: Timestamp) -> Result<Step>;

        /// The mail server accepted it.
        async fn mail_taken(&self, by: By, order: Order) -> Result<()>;

        /// It could not be sent; it is tried again or given up.
        async fn mail_failed(&self, order: Order, error: String, now: Timestamp) -> Result<()>;

        /// The mail server is away, so of what is due the oldest would have failed too: likewise. Work for few rows at a time.
        async fn mail_is_away(&self, error: String, now: Timestamp) -> Result<()>;

        /// The mail server refused it for good.
        async fn mail_refused(&self, by: By, order: Order, error: String) -> Result<()>;

        /// Ends expired invitations, wakes those that waited for a team, queues the daily mails, and deletes what was
        /// sent long ago; returns whether there is more to do.
        async fn sweep(&self, now: Timestamp) -> Result<bool>;

        /// The mail of an organisation, or of the installation, in these states, oldest first.
        async fn outbox(&self, tenant: TenantId, states: Vec<JobState>, limit: i64) -> Result<Vec<Job>>;

        /// Sends it as soon as possible.
        async fn retry_mail(&self, by: By, tenant: TenantId, name: JobName) -> Result<()>;

        /// Never sends it.
        async fn drop_mail(&self, by: By, tenant: TenantId, name: JobName) -> Result<()>;

        /// Figures about the outbox of all organisations.
        async fn outbox_figures(&self, now: Timestamp) -> Result<Figures>;
    }
}

#[cfg(feature = "console")]
asked! {
    /// For the page about a forgotten password.
    trait RecoveryStore {
        /// Queues the mail with which the person signing in with an address sets a new password, if there is one.
        async fn ask_for_reset(&self, by: By, login_key: String) -> Result<()>;
    }
}

/// The result of a look into the outbox.
#[derive(Debug)]
pub(crate) enum Step {
    /// Nothing is due.
    Nothing,
    /// A mail was handled, but is not to be sent now.
    Settled,
    Send(Box<Order>),
}

/// A mail to send.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) tenant: TenantId,
    pub(crate) name: JobName,
    pub(crate) attempts: i64,
    /// When it was first tried.
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
    /// The person asked for a new link on the page of an expired one.
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
        /// The identity provider that assigned the person; `None` for an invitation by hand.
        provider: Option<IdentityProvider>,
        /// Who invites, if known.
        inviter: Option<String>,
        role: Role,
        teams: Vec<String>,
        link: Opener,
        ends: Timestamp,
        /// Whom to ask.
        contact: Option<String>,
        /// Where one signs in to accept it, if single sign-on is required.
        signs_in_at: Option<IdentityProvider>,
    },
    PasswordReset {
        account: AccountId,
        link: Opener,
        ends: Timestamp,
    },
    /// To the address with which an account is to sign in.
    ConfirmAddress {
        account: AccountId,
        link: Opener,
        ends: Timestamp,
    },
    /// To the address with which it used to sign in.
    AddressChanged {
        /// The new address.
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
    /// Somebody is here by hand although the identity provider un-assigned them.
    LeftBehind {
        organisation: Box<Organisation>,
        id: MembershipId,
        name: String,
        address: String,
        role: Role,
        since: Timestamp,
    },
    /// SCIM ended many memberships.
    Brake {
        organisation: Box<Organisation>,
        ended: i64,
        limit: i64,
        at: Timestamp,
        /// Whether the brake stops further ones and an owner has lifted it.
        is_lifted: bool,
    },
    /// The identity provider tried to un-assign the last owner, who stays.
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
    /// A password opened an organisation that requires single sign-on, or the requirement was lifted.
    SignOnRule {
        organisation: Box<Organisation>,
        /// The name and address of the person who used the emergency account.
        used: Option<(String, Option<String>)>,
        by: Doer,
        at: Timestamp,
    },
    /// The last certificate of single sign-on ends.
    #[cfg_attr(not(feature = "sso"), expect(dead_code, reason = "this build has no single sign-on"))]
    CertificateEnds {
        organisation: Box<Organisation>,
        ending: Ending,
    },
    /// The first people waiting, and how many there are.
    Digest {
        organisation: Box<Organisation>,
        waiting: Vec<Waiting>,
        total: i64,
    },
    /// Somebody became an owner or stopped being one.
    OwnerChanged {
        organisation: Box<Organisation>,
        /// The person's name, and the address for sign-in.
        person: String,
        address: Option<String>,
        is_owner: bool,
        /// Whether that person is the recipient.
        is_own: bool,
        by: Doer,
        at: Timestamp,
        /// Whom to ask.
        contact: Option<String>,
    },
}

/// Who caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doer {
    /// By un-assigning.
    Provider,
    /// The person it is about, who accepted an invitation.
    Invited,
    /// Somebody else, by name.
    Person(String),
    /// Whoever ran a command on the server, by the name on that machine.
    Command(String),
}

/// Somebody brought by SCIM whom nobody has invited.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) since: Timestamp,
}
