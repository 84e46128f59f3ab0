//! A membership: its key, its stage, and who manages it.

use super::role::Held;
use crate::access::AccountId;
use std::fmt;
use std::str::FromStr;

/// The key of a membership in its organisation, ordered by time. Independent of the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MembershipId(pub(crate) i64);

impl MembershipId {
    /// Parses one from the URL of a page.
    #[cfg(feature = "console")]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok().map(Self)).flatten()
    }
}

impl fmt::Display for MembershipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Serialized as text, since the number has more digits than some JSON readers keep.
impl serde::Serialize for MembershipId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Who decides whether a membership exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ManagedBy {
    /// The identity provider: it exists exactly while its user is active.
    Scim,
    /// People of the organisation.
    Hand,
}

impl ManagedBy {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::Hand => "hand",
        }
    }
}

impl FromStr for ManagedBy {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Scim, Self::Hand].into_iter().find(|by| by.as_str() == text).ok_or(())
    }
}

/// How far a membership has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The identity provider brought the person, and nobody has sent an invitation.
    Provisioned,
    Invited,
    /// The person signs in with this account.
    Joined(AccountId),
}

impl Stage {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Provisioned => "provisioned",
            Self::Invited => "invited",
            Self::Joined(_) => "joined",
        }
    }

    pub(crate) const fn account(self) -> Option<AccountId> {
        match self {
            Self::Joined(account) => Some(account),
            Self::Provisioned | Self::Invited => None,
        }
    }

    /// From the two stored columns; `None` for values that are never stored.
    pub(crate) fn stored(state: &str, account: Option<i64>) -> Option<Self> {
        match (state, account) {
            ("provisioned", None) => Some(Self::Provisioned),
            ("invited", None) => Some(Self::Invited),
            ("joined", Some(account)) => Some(Self::Joined(AccountId(account))),
            _ => None,
        }
    }
}

/// The state of a membership that its life depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) managed_by: ManagedBy,
    pub(crate) role: Held,
    pub(crate) stage: Stage,
}
