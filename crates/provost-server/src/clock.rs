//! Time, identifiers and randomness: the only place that asks the world for them. Everything else is given them as values.

use provost::diesel::TenantId;
use std::sync::Mutex;
use uuid::{ContextV7, Uuid};

pub(crate) use provost::core::Timestamp;

/// What time it is.
pub(crate) fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the one place where the binary reads the clock")]
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    // a clock before 1970 is no clock
    let ms = since_1970.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
    Timestamp::from_millis(ms)
}

/// Counts within a millisecond, so that what is made later sorts later; it never goes back, even when the clock does.
static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// A new identifier (UUID version 7). Those of one process sort in the order in which they were made.
pub(crate) fn new_id(now: Timestamp) -> Uuid {
    let (seconds, nanos) = now.as_parts();
    Uuid::new_v7(uuid::Timestamp::from_unix(&ORDER, u64::try_from(seconds).unwrap_or(0), nanos))
}

/// The key of a new organisation: 40 random bits, so that a deleted organisation's key never comes back to life.
pub(crate) fn new_tenant() -> Result<TenantId, NoRandomness> {
    let key = random::<5>()?.into_iter().fold(0, |key, byte| key << 8 | i64::from(byte));
    Ok(TenantId(key.max(1)))
}

/// Random bytes from the operating system, fit for secrets.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// The operating system gave no random bytes; without them no secret can be made.
#[derive(Debug, thiserror::Error)]
#[error("the operating system provides no random bytes")]
pub(crate) struct NoRandomness(#[from] getrandom::Error);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_sort_as_they_were_made_whatever_the_clock_does() {
        let instants = [5_000, 5_000, 5_000, 4_000, 4_000, 6_000, 5_999].map(Timestamp::from_millis);
        let ids: Vec<Uuid> = instants.iter().cycle().take(700).map(|at| new_id(*at)).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }

    #[test]
    fn no_two_organisations_get_one_key() {
        let keys: std::collections::HashSet<i64> =
            (0..100).map(|_| new_tenant().expect("random").0).collect();
        assert_eq!(keys.len(), 100);
        assert!(keys.iter().all(|key| *key > 0 && *key < 1 << 40));
    }
}
