//! What is asked of the database about invitations.

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
        /// The key that links are made of: `fresh` when there is none yet.
        async fn instance_key(&self, fresh: [u8; 32]) -> Result<InstanceKey>;

        /// What would become of an address that somebody invites.
        async fn preview(&self, tenant: TenantId, emails: Vec<String>) -> Result<Vec<(String, Becomes)>>;

        /// What a link leads to, for somebody who is signed in or not.
        async fn invitation(&self, link: Digest, me: Option<AccountId>, now: Timestamp) -> Result<Opened>;

        /// Somebody joins by a link; gives the account.
        async fn join(&self, by: By, link: Digest, joiner: Joiner) -> Result<Account>;

        /// Somebody who has a link that ended asks for another one. It goes to the address of now: who has an earlier one's mailbox may
        /// be somebody else.
        async fn renew(&self, by: By, link: Digest) -> Result<()>;

        /// Puts the mail of an invitation in again, by the name of a member.
        async fn resend(&self, by: By, tenant: TenantId, name: String) -> Result<Pressed>;

        /// Makes the link that the next mail to a member carries, without a mail; and says until when it is good.
        async fn make_link(
            &self,
            by: By,
            tenant: TenantId,
            id: MembershipId,
            key: InstanceKey,
        ) -> Result<(Opener, Timestamp)>;

        /// Withdraws the invitation of a member, whose links are good no longer. A membership by hand stays: removing it is
        /// another thing.
        async fn withdraw(&self, by: By, tenant: TenantId, name: String) -> Result<Member>;

        /// Invites those whom SCIM brought and nobody invited; says how many.
        async fn invite_waiting(&self, by: By, tenant: TenantId) -> Result<usize>;

        /// How many those are.
        async fn uninvited(&self, tenant: TenantId) -> Result<i64>;
    }
}

/// What becomes of an address that somebody invites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Becomes {
    Invited,
    /// The same, of somebody whom the identity provider has un-assigned; when, where that is known.
    InvitedAgain(Option<Timestamp>),
    AlreadyInvited,
    AlreadyMember,
    /// The identity provider manages the person.
    Provided,
    Malformed(String),
}

impl Becomes {
    /// Whether the person is invited with this role. Whom the identity provider manages can be invited as an owner alone.
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
    /// Its time is over, and the place is still there.
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
    /// Where the link was sent.
    pub(crate) address: String,
    /// What the person is called, as far as is known.
    pub(crate) name: Option<String>,
    pub(crate) role: Role,
    pub(crate) teams: Vec<String>,
    pub(crate) managed_by: ManagedBy,
    pub(crate) ends: Timestamp,
    /// Who signs in with the address.
    pub(crate) holder: Option<Holder>,
    /// Who decides about the membership here that the visitor's account has already.
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
    /// Whether it is a member anywhere. Where it is not, the address may be a newcomer's by now.
    pub(crate) is_member: bool,
}

/// Who joins.
#[derive(Debug, Clone)]
pub(crate) enum Joiner {
    /// Somebody without an account. She signs in with the address that the link was sent to.
    New { name: String, password: Hashed },
    /// The same, although an account has the address, which is a member nowhere: it loses the address.
    Anew { name: String, password: Hashed },
    /// Who is signed in.
    Account(AccountId),
    /// Who is signed in, and is a member here by another membership: the two become one.
    Merging(AccountId),
}

/// What becomes of an invitation that is to be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pressed {
    pub(crate) member: Member,
    /// It was waiting already: it is sent as soon as it can be.
    pub(crate) was_waiting: bool,
}
