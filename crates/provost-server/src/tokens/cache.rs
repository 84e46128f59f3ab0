//! What is remembered about tokens: their fingerprints, and maps that forget what was not used for longest.

use hmac::Hmac;
use hmac::digest::CtOutput;
use sha2::Sha256;
use std::collections::HashMap;
use std::hash::Hash;

/// An HMAC of the token's text under a key that only this process has, with the version of the stored hash it was
/// checked against. A fingerprint from a memory dump is useless elsewhere; a new hash version makes the old entry
/// unfindable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fingerprint {
    pub(super) mac: [u8; 32],
    pub(super) hash_version: i64,
}

impl Fingerprint {
    /// Compares in constant time.
    pub(super) fn is(&self, other: &Self) -> bool {
        let of = |print: &Self| CtOutput::<Hmac<Sha256>>::new(print.mac.into());
        self.hash_version == other.hash_version && of(self) == of(other)
    }
}

/// A map of bounded size. It keeps the most recently used or inserted entries: at least `capacity`, at most twice as
/// many. Every call takes constant time, however many strangers fill it.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    capacity: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash + Clone, V> Recent<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, young: HashMap::new(), old: HashMap::new() }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<&V> {
        if let Some(value) = self.old.remove(key) {
            self.insert(key.clone(), value);
        }
        self.young.get(key)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        self.old.remove(&key);
        if self.young.len() >= self.capacity && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_size_is_bounded() {
        let mut recent = Recent::new(4);
        recent.insert(0, "kept");
        for n in 1..1_000 {
            recent.insert(n, "passing");
            assert_eq!(recent.get(&0), Some(&"kept"), "after {n}");
            assert!(recent.len() <= 8);
        }
        assert_eq!(recent.get(&500), None);
        assert_eq!(recent.get(&999), Some(&"passing"));
    }

    #[test]
    fn the_latest_value_counts() {
        let mut recent = Recent::new(1);
        recent.insert('a', 1);
        recent.insert('b', 2);
        recent.insert('a', 3);
        assert_eq!(recent.get(&'a'), Some(&3));
        assert_eq!(recent.len(), 2);
        recent.insert('a', 4);
        assert_eq!(recent.get(&'a'), Some(&4));
    }

    #[test]
    fn a_fingerprint_is_of_one_token_and_one_version() {
        let print = Fingerprint { mac: [1; 32], hash_version: 1 };
        assert!(print.is(&print));
        assert!(!print.is(&Fingerprint { hash_version: 2, ..print }));
        let mut mac = print.mac;
        mac[31] = 2;
        assert!(!print.is(&Fingerprint { mac, ..print }));
    }
}
