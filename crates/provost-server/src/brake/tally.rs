//! How many memberships ended within the last hour, whether that is too many, and whether an owner has lifted the
//! brake: pure functions of stored values and the time.
//!
//! Ends are counted per minute, so that the hour moves by minutes and little has to be read. Clocks jump: what was
//! counted in the future counts as now, and a lift from the future does not count. In doubt the brake holds.

use super::setting::Brake;
use crate::clock::Timestamp;

const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
/// How many minutes the last hour touches: the whole ones, and the partial one at each end.
const MINUTES: i64 = 61;
/// A clock that is ahead by less than this is tolerated.
const APART_MS: i64 = 5 * MINUTE_MS;
/// The longest a lift lasts, whatever it was for.
const LONGEST_MS: i64 = 7 * 24 * HOUR_MS;

/// What ended within the last hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// The minutes since 1970, oldest first, with how many ended in each.
    minutes: Vec<(i64, i64)>,
}

impl Tally {
    /// From rows that may be older than an hour, or in the future.
    pub(crate) fn of(rows: impl IntoIterator<Item = (i64, i64)>, now: Timestamp) -> Self {
        let this = minute(now);
        let within = rows.into_iter().filter(|(at, _)| *at >= first(now));
        let mut minutes: Vec<_> = within.map(|(at, number)| (at.min(this), number)).collect();
        minutes.sort_unstable();
        Self { minutes }
    }

    pub(crate) fn ended(&self) -> i64 {
        self.minutes.iter().fold(0, |sum, (_, number)| sum.saturating_add(*number))
    }

    /// When the number will be below the limit, if no more end.
    pub(crate) fn below(&self, limit: i64) -> Option<Timestamp> {
        let mut left = self.ended();
        for (at, number) in &self.minutes {
            left = left.saturating_sub(*number);
            if left < limit {
                return Some(Timestamp::from_millis(at.saturating_add(MINUTES).saturating_mul(MINUTE_MS)));
            }
        }
        None
    }
}

/// The minute in which an end is counted.
pub(crate) fn minute(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(MINUTE_MS)
}

/// The first minute that the last hour touches.
pub(crate) fn first(now: Timestamp) -> i64 {
    minute(now).saturating_sub(MINUTES - 1)
}

/// From this minute on, counts come from a clock that was ahead.
pub(crate) fn ahead(now: Timestamp) -> i64 {
    minute(now).saturating_add(APART_MS / MINUTE_MS + 1)
}

/// Whether reaching the limit now is a new occasion, about which owners were not told yet.
pub(crate) fn is_another(last: Option<Timestamp>, now: Timestamp) -> bool {
    last.is_none_or(|last| now.as_millis().abs_diff(last.as_millis()) > HOUR_MS.unsigned_abs())
}

/// What a lift is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LiftOf {
    /// This many milliseconds.
    Time(i64),
    /// This many ends.
    Ends(i64),
}

impl LiftOf {
    /// Begins now, and replaces an earlier lift.
    pub(crate) fn from(self, now: Timestamp) -> Lift {
        let (ms, left) = match self {
            Self::Time(ms) => (ms.clamp(0, LONGEST_MS), None),
            Self::Ends(left) => (LONGEST_MS, Some(left)),
        };
        Lift { at: now, until: Timestamp::from_millis(now.as_millis().saturating_add(ms)), left }
    }
}

/// A brake that somebody has lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lift {
    pub(crate) at: Timestamp,
    pub(crate) until: Timestamp,
    /// How many more may end; `None` for any number.
    pub(crate) left: Option<i64>,
}

impl Lift {
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        let has_begun = now.as_millis() >= self.at.as_millis().saturating_sub(APART_MS);
        has_begun && now < self.until && self.left.is_none_or(|left| left > 0)
    }
}

/// The state of an organisation's brake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// How many memberships SCIM ended within the last hour.
    pub(crate) ended: i64,
    /// From how many on that is too many; `None` if there were too few to matter.
    pub(crate) limit: Option<i64>,
    /// When the number will be below the limit, if no more end.
    pub(crate) below: Option<Timestamp>,
    /// The lift in force.
    pub(crate) lift: Option<Lift>,
}

impl State {
    /// Whether too many ended.
    pub(crate) fn is_reached(&self) -> bool {
        self.limit.is_some_and(|limit| self.ended >= limit)
    }

    /// Whether no more may end.
    pub(crate) fn holds(&self, brake: &Brake) -> bool {
        brake.stops() && self.is_reached() && self.lift.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + ms)
    }

    fn tally(rows: &[(i64, i64)], now: Timestamp) -> Tally {
        Tally::of(rows.iter().map(|(ms, number)| (minute(at(*ms)), *number)), now)
    }

    /// Seen to fail: with a minute too few, and with ends in the future ignored.
    #[test]
    fn an_hour_slides_by_the_minute_and_forgets_nothing_early() {
        let rows = [(0, 30), (20 * MINUTE_MS, 15)];
        for (ms, ended) in [
            (0, 45),
            (59 * MINUTE_MS, 45),
            (HOUR_MS + 59_999, 45),
            (HOUR_MS + MINUTE_MS, 15),
            (HOUR_MS + 20 * MINUTE_MS, 15),
            (HOUR_MS + 21 * MINUTE_MS, 0),
            // the clock was set back
            (-24 * HOUR_MS, 45),
        ] {
            assert_eq!(tally(&rows, at(ms)).ended(), ended, "{ms}");
        }
    }

    /// Seen to fail: with the newest dropped first.
    #[test]
    fn it_is_known_when_others_may_end() {
        let rows = [(20 * MINUTE_MS, 15), (0, 30)];
        let now = at(30 * MINUTE_MS);
        for (limit, below) in [
            (50, Some(HOUR_MS + MINUTE_MS)),
            (45, Some(HOUR_MS + MINUTE_MS)),
            (16, Some(HOUR_MS + MINUTE_MS)),
            (15, Some(HOUR_MS + 21 * MINUTE_MS)),
            (1, Some(HOUR_MS + 21 * MINUTE_MS)),
        ] {
            assert_eq!(tally(&rows, now).below(limit), below.map(at), "{limit}");
        }
        assert_eq!(Tally::default().below(1), None);
    }

    /// Seen to fail: with a lift from the future in force.
    #[test]
    fn a_lift_ends_by_time_or_by_number() {
        let (hour, ten) = (LiftOf::Time(HOUR_MS).from(at(0)), LiftOf::Ends(10).from(at(0)));
        for (lift, ms, holds) in [
            (hour, 0, true),
            (hour, HOUR_MS - 1, true),
            (hour, HOUR_MS, false),
            (hour, -APART_MS, true),
            (hour, -APART_MS - 1, false),
            (ten, 6 * 24 * HOUR_MS, true),
            (ten, LONGEST_MS, false),
            (Lift { left: Some(0), ..ten }, 0, false),
            (LiftOf::Time(i64::MAX).from(at(0)), LONGEST_MS, false),
        ] {
            assert_eq!(lift.holds(at(ms)), holds, "{lift:?} {ms}");
        }
    }

    #[test]
    fn what_goes_on_is_one_thing() {
        let last = Some(at(0));
        for (ms, another) in [(0, false), (HOUR_MS, false), (HOUR_MS + 1, true), (-HOUR_MS - 1, true)] {
            assert_eq!(is_another(last, at(ms)), another, "{ms}");
        }
        assert!(is_another(None, at(0)));
    }
}
