//! What the pauses between calls mean. Entra puts a failing job into quarantine: it tries again after 6, 12 and 24
//! hours, then once a day until somebody fixes it, and gives up after 28 days.

use crate::clock::Timestamp;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// A call after a pause this long is a return: a bit over two of Entra's cycles, so that one late or failed cycle does
/// not count.
pub(crate) const PAUSE_MS: i64 = 90 * MINUTE_MS;

/// The pauses of a quarantine.
const STEPS_H: [i64; 3] = [6, 12, 24];
/// How far a pause may be from one of them: the 40 minutes of a cycle, since a try begins in its rhythm, and the minute
/// to which uses are noted at either end. No pause is close to two steps.
const NEAR_MS: i64 = 45 * MINUTE_MS;
/// The longest a try lasts. If calls go on, the next cycle comes 40 minutes later, and nothing is in quarantine.
const TRY_MS: i64 = 30 * MINUTE_MS;

/// A call that came after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Return {
    pub(crate) at: Timestamp,
    /// How long no call came before it.
    pub(crate) paused_ms: i64,
}

/// A job in quarantine at Entra.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quarantine {
    /// The last pause.
    pub(crate) hours: i64,
}

/// Whether the last two pauses are those of a quarantine, from the returns in order and the time of the last call: each
/// close to 6, 12 or 24 hours, the second not shorter than the first, and only one try after each.
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

    /// Calls after pauses of these many minutes, each followed by a try of these many minutes.
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

    /// Seen to fail: with a single pause, with pauses that get shorter, and with calls that continue.
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
            // it comes back sooner, which a quarantine does not
            (&[(h12, 2), (h6, 2)], None),
            // an outage, two cycles, and another outage
            (&[(h6, 2), (40, 2), (40, 2), (h12, 2)], None),
            (&[(h6, 31), (h12, 2)], None),
            // it was restarted, and goes on
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
