//! What invitations need from the database.

use super::InstanceKey;
use crate::access::{Account, AccountId, Digest, Hashed, Opener};
use crate::audit::By;
use crate::clock::Timestamp;
use crate::organisations::Organisation;
use crate::people::{ManagedBy, Member, MembershipId, Role};
use crate::storage::{Result, asked};
use provost::hook::TenantId;
use std::fmt;

asked! {
    trait InvitationStore {
        /// The key from which links are derived. Stores `fresh` if there is none yet.
        async fn instance_key(&self, fresh: [u8; 32]) -> Result<InstanceKey>;

        /// What would become of addresses if they were invited.
        async fn preview(&self, tenant: TenantId, emails: Vec<String>) -> Result<Vec<(String, Becomes)>>;

        /// What a link leads to, for a visitor who may be signed in.
        async fn invitation(&self, link: Digest, me: Option<AccountId>, now: Timestamp) -> Result<Opened>;

        /// Joins by a link; returns the account.
        async fn join(&self, by: By, link: Digest, joiner: Joiner) -> Result<Account>;

        /// Requests another link in place of an expired one. It goes to the current address, since the mailbox of the
        /// earlier one may now be somebody else's.
        async fn renew(&self, by: By, link: Digest) -> Result<()>;

        /// Queues the invitation mail to a member again.
        async fn resend(&self, by: By, tenant: TenantId, name: String) -> Result<Pressed>;

        /// Makes the link of the next mail to a member without sending one; returns it with its expiry.
        async fn make_link(
            &self,
            by: By,
            tenant: TenantId,
            id: MembershipId,
            key: InstanceKey,
        ) -> Result<(Opener, Timestamp)>;

        /// Withdraws a member's invitation and invalidates its links. A membership by hand stays; removing it is a
        /// separate act.
        async fn withdraw(&self, by: By, tenant: TenantId, name: String) -> Result<Member>;

        /// Invites everybody whom SCIM brought and nobody invited; returns how many.
        async fn invite_waiting(&self, by: By, tenant: TenantId) -> Result<usize>;

        /// How many those are.
        async fn uninvited(&self, tenant: TenantId) -> Result<i64>;
    }
}

/// What becomes of an address if it is invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Becomes {
    Invited,
    /// Invited, although the identity provider un-assigned the person; when, if known.
    InvitedAgain(Option<Timestamp>),
    AlreadyInvited,
    AlreadyMember,
    /// The identity provider manages the person.
    Provided,
    Malformed(String),
}

impl Becomes {
    /// Whether this means an invitation with this role. Somebody managed by the identity provider can only be invited
    /// as an owner.
    pub(crate) const fn is_invited(&self, role: Role) -> bool {
        match self {
            Self::Invited | Self::InvitedAgain(_) => true,
            Self::Provided => matches!(role, Role::Owner),
            Self::AlreadyInvited | Self::AlreadyMember | Self::Malformed(_) => false,
        }
    }
}

impl fmt::Display for Becomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invited => "is invited",
            Self::InvitedAgain(None) => {
                "is invited, although the identity provider has un-assigned the user with this address"
            }
            Self::InvitedAgain(Some(at)) => {
                return write!(
                    f,
                    "is invited, although the identity provider un-assigned the user with this address at {at}"
                );
            }
            Self::AlreadyInvited => "is invited already",
            Self::AlreadyMember => "is a member already",
            Self::Provided => "is managed by the identity provider, and can be invited as an owner alone",
            Self::Malformed(why) => why,
        })
    }
}

/// What a link leads to.
#[derive(Debug, Clone)]
pub(crate) enum Opened {
    Good(Box<Offer>),
    /// It has expired, but the place still exists.
    Ended(Box<Offer>),
    /// Of a member who has joined: the account has no password.
    Regain(Box<Regain>),
    /// Of one who has: it was used, or is not needed or good any more.
    Spent,
    /// Somebody joined by it.
    Accepted(Box<Organisation>),
    /// Withdrawn, or there never was one.
    Gone,
}

/// A place that a person may take.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) organisation: Organisation,
    /// The address the link was sent to.
    pub(crate) address: String,
    /// The person's name, if known.
    pub(crate) name: Option<String>,
    pub(crate) role: Role,
    pub(crate) teams: Vec<String>,
    pub(crate) managed_by: ManagedBy,
    pub(crate) ends: Timestamp,
    /// The account that signs in with the address.
    pub(crate) holder: Option<Holder>,
    /// Who manages the membership that the visitor's account already has here, if any.
    pub(crate) here: Option<ManagedBy>,
}

/// A place that the account of a member has, and that only a password or a sign-in at the identity provider is missing for.
#[derive(Debug, Clone)]
pub(crate) struct Regain {
    pub(crate) offer: Offer,
    /// Whether the identity provider opens the account already.
    pub(crate) is_linked: bool,
}

/// The account that signs in with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) account: AccountId,
    /// Whether it is a member anywhere. If not, the address may now belong to a newcomer.
    pub(crate) is_member: bool,
}

/// Who joins.
#[derive(Debug, Clone)]
pub(crate) enum Joiner {
    /// Somebody without an account, who will sign in with the address the link was sent to.
    New { name: String, password: Hashed },
    /// Like `New`, although an account without memberships has the address: that account loses it.
    Anew { name: String, password: Hashed },
    /// The account that is signed in.
    Account(AccountId),
    /// The account that is signed in and already has another membership here; the two are merged.
    Merging(AccountId),
}

/// The result of sending an invitation again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pressed {
    pub(crate) member: Member,
    /// It was already queued, and is now sent as soon as possible.
    pub(crate) was_waiting: bool,
}
