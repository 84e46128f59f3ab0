//! What the pauses between calls say. Entra puts a job that fails into quarantine: it tries again after 6, 12 and 24 hours and then
//! once a day, until somebody sees to it, and after 28 days no more.

use crate::clock::Timestamp;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// From so long a pause on a call is a return: two cycles of Entra and a bit, so that a cycle that is late or fails alone is none.
pub(crate) const PAUSE_MS: i64 = 90 * MINUTE_MS;

/// The pauses of a quarantine.
const STEPS_H: [i64; 3] = [6, 12, 24];
/// How far a pause may be from one of them: the 40 minutes of a cycle, in whose rhythm a try may begin, and the minute to which uses
/// are noted on either end. Nothing is near two of them.
const NEAR_MS: i64 = 45 * MINUTE_MS;
/// A try is over after so long. Where calls go on, a cycle came 40 minutes after the one before: nothing is in quarantine then.
const TRY_MS: i64 = 30 * MINUTE_MS;

/// A call that came after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Return {
    pub(crate) at: Timestamp,
    /// Without a call before it.
    pub(crate) paused_ms: i64,
}

/// What Entra does while a job is in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quarantine {
    /// The last pause.
    pub(crate) hours: i64,
}

/// Whether the last two pauses are those of a quarantine, given the returns in the order of time and when it called last: near 6, 12
/// or 24 hours, the second not shorter than the first, and nothing but one try after each.
pub(crate) fn quarantine(returns: &[Return], last: Timestamp) -> Option<Quarantine> {
    let [.., first, second] = returns else { return None };
    let hours = step(second.paused_ms)?;
    // from the first return to the pause before the second, and from the second on
    let tries = [since(first.at, second.at).saturating_sub(second.paused_ms), since(second.at, last)];
    let is_one = step(first.paused_ms)? <= hours && tries.into_iter().all(|ms| ms <= TRY_MS);
    is_one.then_some(Quarantine { hours })
}

fn step(paused_ms: i64) -> Option<i64> {
    STEPS_H.into_iter().find(|hours| paused_ms.saturating_sub(hours * HOUR_MS).abs() <= NEAR_MS)
}

fn since(before: Timestamp, now: Timestamp) -> i64 {
    now.as_millis().saturating_sub(before.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls that come after so many minutes without one, each with a try of so many minutes.
    fn after(pauses: &[(i64, i64)]) -> (Vec<Return>, Timestamp) {
        let mut now = 1_800_000_000_000;
        let mut returns = Vec::new();
        for (paused, tried) in pauses {
            now += paused * MINUTE_MS;
            let paused_ms = paused * MINUTE_MS;
            if paused_ms > PAUSE_MS {
                returns.push(Return { at: Timestamp::from_millis(now), paused_ms });
            }
            now += tried * MINUTE_MS;
        }
        (returns, Timestamp::from_millis(now))
    }

    /// Seen to fail: with one pause enough, with pauses that shrink, and with calls that went on.
    #[test]
    fn a_quarantine_is_known_by_its_pauses() {
        let (h6, h12, h24) = (6 * 60, 12 * 60, 24 * 60);
        for (pauses, hours) in [
            (&[][..], None),
            (&[(h6, 2)], None),
            (&[(h6, 2), (h12, 2)], Some(12)),
            (&[(h6, 2), (h12, 2), (h24, 2)], Some(24)),
            (&[(h12, 2), (h24, 2), (h24, 2), (h24, 2)], Some(24)),
            (&[(h6, 2), (h6, 2)], Some(6)),
            // a cycle more or less
            (&[(h6 + 45, 29), (h12 - 45, 29)], Some(12)),
            (&[(h6 + 46, 2), (h12, 2)], None),
            (&[(h6, 2), (h12 - 46, 2)], None),
            // it comes back sooner: it is not that
            (&[(h12, 2), (h6, 2)], None),
            // an outage, two cycles, and another outage
            (&[(h6, 2), (40, 2), (40, 2), (h12, 2)], None),
            (&[(h6, 31), (h12, 2)], None),
            // it was started again, and goes on
            (&[(h6, 2), (h12, 2), (40, 2)], None),
            // some other rhythm
            (&[(3 * 60, 2), (3 * 60, 2)], None),
            (&[(48 * 60, 2), (48 * 60, 2)], None),
        ] {
            let (returns, last) = after(pauses);
            assert_eq!(quarantine(&returns, last).map(|it| it.hours), hours, "{pauses:?}");
        }
    }
}
