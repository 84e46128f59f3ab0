//! Links that are good once and for a while. Following one changes nothing; the form that it leads to uses it up.

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
    /// Sets another password.
    Reset(AccountId),
    /// Makes an address, to which it was mailed, the one that an account signs in with.
    Address(AccountId, Address),
}

impl Link {
    /// The kind of links that confirm an address.
    pub(crate) const ADDRESS: &'static str = "address";

    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Setup(_) => "setup",
            Self::Reset(_) => "reset",
            Self::Address(..) => Self::ADDRESS,
        }
    }

    /// How long one is good, in milliseconds.
    pub(crate) const fn lifetime(&self) -> i64 {
        match self {
            Self::Setup(_) | Self::Address(..) => 24 * HOUR_MS,
            Self::Reset(_) => HOUR_MS,
        }
    }

    /// What is stored in four columns; `None` for what is never stored.
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

/// A link that is made.
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

/// Whether a link opens anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LinkState {
    Good(Link),
    Used,
    Ended,
    /// There never was one.
    Unknown,
}
