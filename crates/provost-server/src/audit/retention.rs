//! How long records are kept: an organisation's for as many days as it says, and refused writes no longer than the
//! server allows, so that a client that is refused for years does not fill the disk.

use super::AuditStore;
use crate::clock::{self, Timestamp};
use crate::config::{Limits, Span};
use crate::organisations::OrganisationStore;
use crate::requests::RequestStore;
use crate::storage::{Result, Storage};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How often old records are looked for.
const EVERY: Duration = Duration::from_secs(60);

const HOUR_MS: i64 = 3_600_000;
const DAY_S: usize = 86_400;

/// How long the records of an organisation are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// For as long as it exists.
    Forever,
    /// This many days.
    Days(u32),
}

impl Keep {
    /// The stored value: days, or `None`.
    pub(crate) fn days(self) -> Option<i64> {
        match self {
            Self::Forever => None,
            Self::Days(days) => Some(days.into()),
        }
    }

    /// An invalid number keeps everything, so that nothing is lost.
    pub(crate) fn stored(days: Option<i64>) -> Self {
        let days = days.and_then(|days| u32::try_from(days).ok()).filter(|days| *days > 0);
        days.map_or(Self::Forever, Self::Days)
    }

    /// The time from which records are kept.
    pub(crate) fn since(self, now: Timestamp) -> Option<Timestamp> {
        let ms = self.days()?.saturating_mul(24 * HOUR_MS);
        Some(Timestamp::from_millis(now.as_millis().saturating_sub(ms)))
    }
}

impl FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        if text.trim().eq_ignore_ascii_case("forever") {
            return Ok(Self::Forever);
        }
        let seconds = text.parse::<Span>().ok().map(|span| span.seconds);
        let days = seconds.filter(|seconds| seconds.checked_rem(DAY_S) == Some(0)).map(|s| s / DAY_S);
        days.and_then(|days| u32::try_from(days).ok()).map(Self::Days).ok_or_else(|| {
            format!("`{text}` is not a number of whole days up to 100 years; write for example `400d`, or `forever`")
        })
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forever => f.write_str("forever"),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

/// Which refused writes of an organisation are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retention {
    /// How many, the newest.
    most: usize,
    age_ms: i64,
}

impl Retention {
    pub(crate) fn new(limits: &Limits) -> Self {
        let age_s = i64::try_from(limits.refused_writes_time).unwrap_or(i64::MAX);
        Self { most: limits.refused_writes, age_ms: age_s.saturating_mul(1_000) }
    }

    /// Removes what is not to be kept, now and regularly.
    pub(crate) async fn keep(self, storage: Storage) {
        loop {
            if let Err(error) = self.apply(&storage, clock::now()).await {
                tracing::warn!(%error, "old records could not be removed from the audit trail");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Removes what is not to be kept, in small writes, so that others get their turn.
    async fn apply(self, storage: &Storage, now: Timestamp) -> Result<()> {
        let since = Timestamp::from_millis(now.as_millis().saturating_sub(self.age_ms));
        for organisation in storage.organisations().await? {
            let tenant = organisation.tenant;
            while storage.forget_refused(tenant, self.most, since).await? {}
            while storage.forget_requests(tenant, now).await? {}
            if let Some(since) = organisation.audit_keep.since(now) {
                // each removal makes a record itself, so at most one an hour
                let due = Timestamp::from_millis(since.as_millis().saturating_sub(HOUR_MS));
                if storage.oldest_sealed(tenant).await?.is_some_and(|oldest| oldest < due) {
                    while storage.forget_old(tenant, since).await? {}
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_or_forever() {
        for (text, keep) in [
            ("forever", Keep::Forever),
            ("400d", Keep::Days(400)),
            ("48h", Keep::Days(2)),
            ("2w", Keep::Days(14)),
        ] {
            assert_eq!(text.parse(), Ok(keep), "{text}");
            assert_eq!((keep.to_string().parse(), Keep::stored(keep.days())), (Ok(keep), keep));
        }
        for text in ["", "0d", "36h", "-1d", "400", "never", "99999999d"] {
            assert!(text.parse::<Keep>().is_err(), "{text}");
        }
        for days in [0, -1, i64::MAX] {
            assert_eq!(Keep::stored(Some(days)), Keep::Forever);
        }
        let now = Timestamp::from_millis(1_798_000_000_000);
        assert_eq!(Keep::Days(1).since(now), Some(Timestamp::from_millis(1_798_000_000_000 - 86_400_000)));
        assert_eq!(Keep::Forever.since(now), None);
    }
}
