//! Links that are good once and for a while. Following one changes nothing; the form that it leads to uses it up.

use super::accounts::AccountId;
use super::secrets::Digest;
use crate::clock::Timestamp;
use provost::hook::TenantId;

const HOUR_MS: i64 = 3_600 * 1_000;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// Makes the first owner of an organisation.
    Setup(TenantId),
    /// Sets another password.
    Reset(AccountId),
}

impl Link {
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Setup(_) => "setup",
            Self::Reset(_) => "reset",
        }
    }

    /// How long one is good, in milliseconds.
    pub(crate) const fn lifetime(self) -> i64 {
        match self {
            Self::Setup(_) => 24 * HOUR_MS,
            Self::Reset(_) => HOUR_MS,
        }
    }

    /// What is stored in three columns; `None` for what is never stored.
    pub(crate) fn stored(kind: &str, tenant: Option<i64>, account: Option<i64>) -> Option<Self> {
        match (kind, tenant, account) {
            ("setup", Some(tenant), None) => Some(Self::Setup(TenantId(tenant))),
            ("reset", None, Some(account)) => Some(Self::Reset(AccountId(account))),
            _ => None,
        }
    }
}

/// A link that is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewLink {
    pub(crate) hash: Digest,
    pub(crate) link: Link,
    pub(crate) now: Timestamp,
}

impl NewLink {
    pub(crate) fn ends(self) -> Timestamp {
        Timestamp::from_millis(self.now.as_millis().saturating_add(self.link.lifetime()))
    }
}

/// Whether a link opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkState {
    Good(Link),
    Used,
    Ended,
    /// There never was one.
    Unknown,
}
