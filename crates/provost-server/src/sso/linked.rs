//! Whether a member is known at the identity provider, and how that came to be; or why not, and what to change.

use super::Provider;
use crate::audit::By;
use crate::clock::Timestamp;
use crate::people::{Compared, MembershipId, Role};
use crate::storage::{Result, asked};
use provost::Object;
use provost::hook::TenantId;

/// How a member stands to the identity provider of the organisation.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) provider: Provider,
    pub(crate) state: Linked,
}

/// Whether somebody is linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Linked {
    Yes {
        how: How,
        since: Timestamp,
        /// The last sign-in.
        seen: Timestamp,
    },
    No(Why),
}

/// How somebody was linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// By the test that was passed before single sign-on was switched on.
    Test,
    /// By a user of the directory.
    Directory,
    /// By an invitation.
    Invitation,
    /// By their own account page.
    Account,
    /// They became a member by it.
    JustInTime,
}

impl How {
    pub(crate) fn stored(text: &str) -> Option<Self> {
        match text {
            "test" => Some(Self::Test),
            "directory" => Some(Self::Directory),
            "invitation" => Some(Self::Invitation),
            "account" => Some(Self::Account),
            "just-in-time" => Some(Self::JustInTime),
            _ => None,
        }
    }
}

/// Why somebody is not linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    /// No user of the directory stands behind them.
    ByHand,
    /// An owner is not linked by the directory.
    Owner,
    /// The user has no `externalId`.
    NoId,
    /// The `externalId` is no object id.
    NoObjectId(String),
    /// Several users have it.
    Several,
    /// They have not signed in by it since.
    NotYet,
}

impl Why {
    /// Of a member with the user behind them, and how many users have that one's `externalId`.
    pub(crate) fn of(compared: Compared, role: Role, user: Option<&Object>, same: usize) -> Self {
        let Some(user) = user else { return Self::ByHand };
        let external = user.str("externalId").unwrap_or_default();
        match compared {
            _ if role == Role::Owner => Self::Owner,
            Compared::UserName => Self::NotYet,
            _ if external.is_empty() => Self::NoId,
            Compared::ObjectId if !compared.names(user) => Self::NoObjectId(external.to_owned()),
            Compared::ObjectId | Compared::ExternalId if same > 1 => Self::Several,
            Compared::ObjectId | Compared::ExternalId => Self::NotYet,
        }
    }
}

asked! {
    trait LinkedStore {
        /// How a member stands to the identity provider; nothing where single sign-on is not on.
        async fn link_of(&self, tenant: TenantId, id: MembershipId) -> Result<Option<Link>>;

        /// A member is nobody at the identity provider any more, and the sessions that came through it end. The account and the membership
        /// stay. A member by hand without a password is sent an invitation to link again; returns whether one was sent. Refused for a
        /// member who could not sign in again.
        async fn unlink(&self, by: By, tenant: TenantId, id: MembershipId) -> Result<bool>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use provost::Value;

    #[test]
    fn it_is_said_why_somebody_is_not_linked() {
        const ID: &str = "7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11";
        let user = |id: &str| Object::from_iter([("externalId", Value::String(id.into()))]);
        let of = |compared, role, id, same| Why::of(compared, role, Some(&user(id)), same);
        assert_eq!(Why::of(Compared::ObjectId, Role::Owner, None, 0), Why::ByHand);
        assert_eq!(of(Compared::ObjectId, Role::Owner, ID, 1), Why::Owner);
        assert_eq!(of(Compared::ObjectId, Role::Member, "", 0), Why::NoId);
        assert_eq!(of(Compared::ObjectId, Role::Member, "bo", 1), Why::NoObjectId("bo".to_owned()));
        assert_eq!(of(Compared::ObjectId, Role::Manager, ID, 2), Why::Several);
        assert_eq!(of(Compared::ObjectId, Role::Member, ID, 1), Why::NotYet);
        assert_eq!(of(Compared::ExternalId, Role::Member, "bo", 1), Why::NotYet);
        assert_eq!(of(Compared::ExternalId, Role::Member, "bo", 2), Why::Several);
        assert_eq!(of(Compared::UserName, Role::Member, "", 0), Why::NotYet);
    }
}
