//! When a mail is tried again, and how often an address is mailed.

use crate::clock::Timestamp;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// After how many attempts a mail is given up: with the waits between them, two days. Time without a running server
/// that sends mail does not count.
const MOST_ATTEMPTS: i64 = 54;

/// How many mails that strangers can cause may go to one address in a day.
const MOST_A_DAY: usize = 5;

/// What to do after a failed attempt that may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    Again(Timestamp),
    GiveUp,
}

impl Patience {
    /// After this many attempts: waits a minute, then twice as long each time up to an hour, for two days.
    pub(crate) fn after(attempts: i64, now: Timestamp) -> Self {
        if attempts >= MOST_ATTEMPTS {
            return Self::GiveUp;
        }
        let doubled = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(6);
        let wait = (MINUTE_MS << doubled).min(HOUR_MS);
        Self::Again(later(now, wait))
    }
}

/// When an address may next be mailed, given the times of earlier mails, the latest first; `None` for now. The limits
/// are once an hour and five times a day.
pub(crate) fn allowed(mailed: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let after_last = mailed.first().map(|last| later(*last, HOUR_MS));
    let after_fifth = mailed.get(MOST_A_DAY - 1).map(|fifth| later(*fifth, DAY_MS));
    after_last.max(after_fifth).filter(|next| *next > now)
}

fn later(at: Timestamp, ms: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: i64 = 1_800_000_000_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(T + ms)
    }

    /// Seen to fail: with an unlimited wait, and with one more attempt.
    #[test]
    fn one_waits_a_minute_doubling_to_an_hour_for_two_days() {
        for (attempts, minutes) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (53, 60), (0, 1)] {
            let next = Patience::after(attempts, at(0));
            assert_eq!(next, Patience::Again(at(minutes * MINUTE_MS)), "{attempts}");
        }
        let (mut attempts, mut now) = (1, at(0));
        while let Patience::Again(next) = Patience::after(attempts, now) {
            (attempts, now) = (attempts + 1, next);
        }
        let hours = (now.as_millis() - T) / HOUR_MS;
        assert_eq!(hours, 48);
    }

    /// Seen to fail: without the daily limit.
    #[test]
    fn an_address_is_mailed_once_an_hour_and_five_times_a_day() {
        assert_eq!(allowed(&[], at(0)), None);
        assert_eq!(allowed(&[at(-1)], at(0)), Some(at(HOUR_MS - 1)));
        assert_eq!(allowed(&[at(-HOUR_MS)], at(0)), None);
        let five: Vec<_> = (2..=6).map(|hours| at(-hours * HOUR_MS)).collect();
        assert_eq!(allowed(&five, at(0)), Some(at(18 * HOUR_MS)));
        assert_eq!(allowed(&five[..4], at(0)), None);
    }
}
