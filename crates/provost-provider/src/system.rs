//! The system's clock, and fresh identifiers (feature `system`). Nothing else in the libraries gets them from the
//! system: everywhere else they are passed in.

use provost_core::{Id, Timestamp};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::{ContextV7, Uuid};

/// The current time.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    // a clock before 1970 is treated as unset
    let ms = since_1970.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
    Timestamp::from_millis(ms)
}

/// Counts within a millisecond, so that later ids sort later. It never goes back, even if the clock does.
static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// A new identifier: a UUID of version 7 (RFC 9562 section 5.7) for this instant. Those of one process sort in the
/// order in which they were made.
#[must_use]
pub fn new_id(at: Timestamp) -> Id {
    let (seconds, nanos) = at.as_parts();
    let seconds = u64::try_from(seconds).unwrap_or(0);
    Id::from(Uuid::new_v7(uuid::Timestamp::from_unix(&ORDER, seconds, nanos)).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_sort_as_they_were_made_whatever_the_clock_does() {
        let instants = [5_000, 5_000, 5_000, 4_000, 4_000, 6_000, 5_999].map(Timestamp::from_millis);
        let ids: Vec<Id> = instants.iter().cycle().take(700).map(|at| new_id(*at)).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }
}
