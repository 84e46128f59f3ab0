//! Links that work once, for a limited time. Opening one changes nothing; submitting the form uses it up.

use super::accounts::AccountId;
use super::secrets::Digest;
use crate::clock::Timestamp;
use crate::people::Address;
use provost::hook::TenantId;

const HOUR_MS: i64 = 3_600 * 1_000;

/// What a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Link {
    /// Makes the first owner of an organisation.
    Setup(TenantId),
    /// Sets a new password.
    Reset(AccountId),
    /// Makes the address it was mailed to the account's sign-in address.
    Address(AccountId, Address),
}

impl Link {
    /// The kind of link that confirms an address.
    pub(crate) const ADDRESS: &'static str = "address";

    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Setup(_) => "setup",
            Self::Reset(_) => "reset",
            Self::Address(..) => Self::ADDRESS,
        }
    }

    /// How long one works, in milliseconds.
    pub(crate) const fn lifetime(&self) -> i64 {
        match self {
            Self::Setup(_) | Self::Address(..) => 24 * HOUR_MS,
            Self::Reset(_) => HOUR_MS,
        }
    }

    /// From the four stored columns; `None` for values that are never stored.
    pub(crate) fn stored(
        kind: &str,
        tenant: Option<i64>,
        account: Option<i64>,
        email: Option<String>,
    ) -> Option<Self> {
        match (kind, tenant, account, email) {
            ("setup", Some(tenant), None, None) => Some(Self::Setup(TenantId(tenant))),
            ("reset", None, Some(account), None) => Some(Self::Reset(AccountId(account))),
            (Self::ADDRESS, None, Some(account), Some(email)) => {
                Some(Self::Address(AccountId(account), email.parse().ok()?))
            }
            _ => None,
        }
    }
}

/// The data of a new link.
#[derive(Debug, Clone)]
pub(crate) struct NewLink {
    pub(crate) hash: Digest,
    pub(crate) link: Link,
    pub(crate) now: Timestamp,
}

impl NewLink {
    pub(crate) fn ends(&self) -> Timestamp {
        Timestamp::from_millis(self.now.as_millis().saturating_add(self.link.lifetime()))
    }
}

/// Whether a link still works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LinkState {
    Good(Link),
    Used,
    Ended,
    /// It never existed.
    Unknown,
}
