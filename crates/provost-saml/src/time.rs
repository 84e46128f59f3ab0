//! Times in messages, and the allowed clock skew.

use chrono::{DateTime, TimeDelta, Utc};
use roxmltree::Node;

use crate::{checks::Checks, reason::Reason, refusal::Refusal};

/// How much the two clocks may differ. Entra leaves no margin: an assertion is valid from the instant it is issued.
pub(crate) const SKEW: TimeDelta = TimeDelta::minutes(5);

/// The current time, and the checks that compare other times with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) checks: Checks,
    pub(crate) now: DateTime<Utc>,
}

impl Clock {
    /// Refuses a time in the future.
    pub(crate) fn has_begun(self, time: DateTime<Utc>, place: &'static str) -> Result<(), Refusal> {
        self.checks.require(time <= later(self.now), || {
            Refusal::new(Reason::TooEarly, place)
                .with_found(shown(time))
                .with_expected(format!("at most {}", shown(later(self.now))))
        })
    }

    /// Refuses a time in the past.
    pub(crate) fn goes_on(self, end: DateTime<Utc>, place: &'static str) -> Result<(), Refusal> {
        self.checks.require(self.now < later(end), || {
            Refusal::new(Reason::TooLate, place)
                .with_found(shown(end))
                .with_expected(format!("after {}", shown(earlier(self.now))))
        })
    }
}

/// The time plus the allowed skew.
pub(crate) fn later(time: DateTime<Utc>) -> DateTime<Utc> {
    time.checked_add_signed(SKEW).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The time less the allowed skew.
pub(crate) fn earlier(time: DateTime<Utc>) -> DateTime<Utc> {
    time.checked_sub_signed(SKEW).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// The time in an attribute, if present. SAML times are in UTC, with a `Z`.
pub(crate) fn attribute(
    node: Node<'_, '_>,
    name: &str,
    place: &'static str,
) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(text) = node.attribute(name) else { return Ok(None) };
    let parsed =
        DateTime::parse_from_rfc3339(text).ok().filter(|_| text.ends_with('Z') && text.contains('T'));
    match parsed {
        Some(time) => Ok(Some(time.to_utc())),
        None => Err(Refusal::new(Reason::Time, place).with_found(text)),
    }
}

/// The time in a required attribute.
pub(crate) fn required(
    node: Node<'_, '_>,
    name: &str,
    place: &'static str,
) -> Result<DateTime<Utc>, Refusal> {
    attribute(node, name, place)?.ok_or_else(|| Refusal::new(Reason::Time, place))
}

/// A time as written in messages.
pub(crate) fn shown(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}
