//! What is known of tokens seen lately: a set of fingerprints that forgets.

use crate::clock::Timestamp;
use std::collections::HashMap;

/// HMAC of a token's text under a key that only this process has, and the version of the stored hash it was held against.
/// Fingerprints taken from a memory dump are useless elsewhere; a new hash version makes the old entry unfindable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fingerprint {
    pub(super) mac: [u8; 32],
    pub(super) hash_version: i64,
}

/// A bounded set whose entries expire.
#[derive(Debug)]
pub(super) struct Recent {
    seen: HashMap<Fingerprint, Timestamp>,
    capacity: usize,
    lifetime_ms: i64,
}

impl Recent {
    pub(super) fn new(capacity: usize, lifetime_ms: i64) -> Self {
        Self { seen: HashMap::new(), capacity, lifetime_ms }
    }

    pub(super) fn holds(&self, fingerprint: &Fingerprint, now: Timestamp) -> bool {
        self.seen.get(fingerprint).is_some_and(|at| self.is_fresh(*at, now))
    }

    /// Remembers a fingerprint; when full, forgets what has expired, else what is oldest.
    pub(super) fn insert(&mut self, fingerprint: Fingerprint, now: Timestamp) {
        if self.seen.len() >= self.capacity && !self.seen.contains_key(&fingerprint) {
            let lifetime_ms = self.lifetime_ms;
            self.seen.retain(|_, at| age_ms(*at, now).is_some_and(|age| age < lifetime_ms));
        }
        if self.seen.len() >= self.capacity
            && let Some(oldest) = self.seen.iter().min_by_key(|(_, at)| **at).map(|(f, _)| *f)
        {
            self.seen.remove(&oldest);
        }
        self.seen.insert(fingerprint, now);
    }

    fn is_fresh(&self, at: Timestamp, now: Timestamp) -> bool {
        age_ms(at, now).is_some_and(|age| age < self.lifetime_ms)
    }
}

/// None when the clock was set back since: then nothing is known of the age.
fn age_ms(at: Timestamp, now: Timestamp) -> Option<i64> {
    (at <= now).then(|| now.as_millis().saturating_sub(at.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(n: u8) -> Fingerprint {
        Fingerprint { mac: [n; 32], hash_version: 1 }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn an_entry_lives_for_its_lifetime_and_not_before_its_birth() {
        let mut recent = Recent::new(10, 1_000);
        recent.insert(print(1), at(5_000));
        assert!(recent.holds(&print(1), at(5_000)));
        assert!(recent.holds(&print(1), at(5_999)));
        assert!(!recent.holds(&print(1), at(6_000)));
        assert!(!recent.holds(&print(1), at(4_999)), "the clock was set back");
        assert!(!recent.holds(&Fingerprint { hash_version: 2, ..print(1) }, at(5_000)));
    }

    #[test]
    fn a_full_set_forgets_the_oldest() {
        let mut recent = Recent::new(3, 1_000);
        for n in 1..=4 {
            recent.insert(print(n), at(i64::from(n)));
        }
        assert!(!recent.holds(&print(1), at(5)));
        assert!((2..=4).all(|n| recent.holds(&print(n), at(5))));
        assert_eq!(recent.seen.len(), 3);
    }

    #[test]
    fn a_full_set_forgets_all_that_expired() {
        let mut recent = Recent::new(3, 1_000);
        for n in 1..=3 {
            recent.insert(print(n), at(i64::from(n)));
        }
        recent.insert(print(4), at(2_000));
        assert_eq!(recent.seen.len(), 1);
    }
}
