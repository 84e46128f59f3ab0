//! Time, identifiers and randomness: the only place of the binary that asks the world for them. Everything else is given
//! them as values.

use provost::hook::TenantId;
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) use provost::Timestamp;
pub(crate) use provost::system::{new_id, now};

/// The key of a new organisation: 40 random bits, so that a deleted organisation's key never comes back to life.
pub(crate) fn new_tenant() -> Result<TenantId, NoRandomness> {
    let key = random::<5>()?.into_iter().fold(0, |key, byte| key << 8 | i64::from(byte));
    Ok(TenantId(key.max(1)))
}

/// The day of a time: `2026-11-28`.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_string().get(..10).unwrap_or_default().to_owned()
}

/// A time as people read it: `2026-11-28 15:46 UTC`.
pub(crate) fn minute(at: Timestamp) -> String {
    let iso = at.to_string();
    format!("{} {} UTC", iso.get(..10).unwrap_or_default(), iso.get(11..16).unwrap_or_default())
}

/// Makes keys of 63 bits that are ordered by time: 42 bits for the milliseconds since 1970, 11 that a process draws at random, and
/// 10 that count. Two processes may meet at one key, so the key of a row that is there already is passed over for the next.
#[derive(Debug)]
pub(crate) struct Keys {
    process: i64,
    count: AtomicU32,
}

impl Keys {
    pub(crate) fn new() -> Result<Self, NoRandomness> {
        let process = i64::from(u16::from_be_bytes(random()?) & 0x7FF);
        Ok(Self { process, count: AtomicU32::new(0) })
    }

    pub(crate) fn next(&self, now: Timestamp) -> i64 {
        let millis = now.as_millis().clamp(0, (1 << 42) - 1);
        let count = i64::from(self.count.fetch_add(1, Ordering::Relaxed) & 0x3FF);
        millis << 21 | self.process << 10 | count
    }
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

    /// Seen to fail: with the bits that count left out.
    #[test]
    fn keys_are_ordered_by_time_and_differ_within_a_millisecond() {
        let keys = Keys::new().expect("random");
        let at = |ms| keys.next(Timestamp::from_millis(ms));
        let made: std::collections::BTreeSet<i64> = (0..1_000).map(|_| at(1_800_000_000_000)).collect();
        assert_eq!(made.len(), 1_000);
        assert!(made.last().is_some_and(|last| *last < at(1_800_000_000_001)));
        assert!(at(i64::MAX) > 0 && at(i64::MIN) >= 0);
    }

    #[test]
    fn no_two_organisations_get_one_key() {
        let keys: std::collections::HashSet<i64> =
            (0..100).map(|_| new_tenant().expect("random").0).collect();
        assert_eq!(keys.len(), 100);
        assert!(keys.iter().all(|key| *key > 0 && *key < 1 << 40));
    }
}
