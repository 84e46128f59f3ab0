//! What this process remembers about each token in use: how fast it sends requests, and when its use was last stored.
//!
//! Only genuine tokens get here. Entries that are no longer used, such as of revoked tokens, are eventually dropped.

use super::KeyId;
use super::cache::Recent;
use crate::clock::Timestamp;
use std::sync::{Mutex, PoisonError};

/// How many tokens are remembered at least, more than are in use at once.
const CAPACITY: usize = 8 * 1024;

/// How often `last_used` is stored at most: it helps with cleaning up, and is not a record.
const NOTED_EVERY_MS: i64 = 60_000;

#[derive(Debug)]
pub(super) struct Clients {
    /// The time per request at the permitted rate.
    request_us: i64,
    /// How far ahead of the clock a client may be: the time that a burst represents.
    room_us: i64,
    known: Mutex<Recent<KeyId, Client>>,
}

#[derive(Debug, Clone, Copy)]
struct Client {
    /// When all requests so far would be done at the permitted rate.
    through_us: i64,
    noted: Timestamp,
}

/// What is to be done about one request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Granted {
        /// Whether to store the use now.
        note: bool,
    },
    /// The client sends requests faster than allowed.
    TooFast,
}

const SECOND_US: i64 = 1_000_000;

/// More than the clock readings of two workers can differ.
const JITTER_US: i64 = SECOND_US;

impl Clients {
    /// Allows `burst` requests at once, and `requests_per_second` as time passes. The burst is worth at least one
    /// second, since a request that waited has read its clock before one that did not.
    pub(super) fn new(requests_per_second: usize, burst: usize) -> Self {
        let whole = |n: usize| i64::try_from(n.max(1)).unwrap_or(i64::MAX);
        let request_us = SECOND_US / whole(requests_per_second);
        let room_us = request_us.saturating_mul(whole(burst)).max(JITTER_US);
        Self { request_us, room_us, known: Mutex::new(Recent::new(CAPACITY)) }
    }

    /// Counts a request. A refused one takes up nothing, so within a second there is room for another.
    pub(super) fn admit(&self, key_id: &KeyId, last_used: Option<Timestamp>, now: Timestamp) -> Admission {
        let now_us = now.as_millis().saturating_mul(1000);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = Client { through_us: now_us, noted: last_used.unwrap_or(Timestamp::from_millis(0)) };
        let mut client = known.get(key_id).copied().unwrap_or(unknown);
        let most_us = now_us.saturating_add(self.room_us);
        // if the clock was set back, do not lock the client out
        let clock_was_set_back = client.through_us > most_us.saturating_add(JITTER_US);
        let begin_us = if clock_was_set_back { now_us } else { client.through_us.max(now_us) };
        let through_us = begin_us.saturating_add(self.request_us);
        if through_us > most_us {
            return Admission::TooFast;
        }
        client.through_us = through_us;
        let note = now.as_millis().abs_diff(client.noted.as_millis()) >= NOTED_EVERY_MS.unsigned_abs();
        if note {
            client.noted = now;
        }
        known.insert(key_id.clone(), client);
        Admission::Granted { note }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRANTED: Admission = Admission::Granted { note: false };

    fn key(n: u8) -> KeyId {
        KeyId::parse(&format!("AAAAAAAAAAA{n}")).expect("a key id")
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn admit(clients: &Clients, n: u8, ms: i64) -> Admission {
        clients.admit(&key(n), Some(at(ms)), at(ms))
    }

    /// Seen to fail: with room for one second of requests, whatever the burst.
    #[test]
    fn a_burst_then_the_rate() {
        let clients = Clients::new(10, 40);
        assert!((0..40).all(|_| admit(&clients, 1, 5_000) == GRANTED));
        assert_eq!(admit(&clients, 1, 5_000), Admission::TooFast);
        assert!((0..40).all(|_| admit(&clients, 2, 5_000) == GRANTED), "another token has its own room");
        assert_eq!(admit(&clients, 1, 5_099), Admission::TooFast);
        assert_eq!(admit(&clients, 1, 5_100), GRANTED);
        assert_eq!(admit(&clients, 1, 5_100), Admission::TooFast);
        assert!((0..20).all(|_| admit(&clients, 1, 7_100) == GRANTED), "two seconds' rest");
        assert_eq!(admit(&clients, 1, 7_100), Admission::TooFast);
        assert!((0..40).all(|_| admit(&clients, 1, 60_000) == GRANTED), "never more than the burst");
        assert_eq!(admit(&clients, 1, 60_000), Admission::TooFast);
    }

    #[test]
    fn after_a_second_there_is_room_whatever_was_refused() {
        let clients = Clients::new(1, 3);
        assert!((0..3).all(|_| admit(&clients, 1, 5_000) == GRANTED));
        assert!((0..500).all(|_| admit(&clients, 1, 5_000) == Admission::TooFast));
        assert_eq!(admit(&clients, 1, 6_000), GRANTED);
    }

    /// Seen to fail: with only the burst as room.
    #[test]
    fn a_clock_that_was_read_earlier_costs_nothing_at_a_high_rate() {
        let clients = Clients::new(1_000_000, 2_000);
        assert_eq!(admit(&clients, 1, 5_000), GRANTED);
        assert_eq!(admit(&clients, 1, 4_900), GRANTED);
    }

    #[test]
    fn no_numbers_are_too_large() {
        for (rate, burst) in [(usize::MAX, usize::MAX), (1, usize::MAX), (usize::MAX, 1)] {
            let clients = Clients::new(rate, burst);
            assert!((0..50).all(|_| admit(&clients, 1, 5_000) == GRANTED), "{rate} {burst}");
        }
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out_and_a_jitter_gives_no_room() {
        let clients = Clients::new(10, 10);
        assert!((0..10).all(|_| admit(&clients, 1, 1_000_000) == GRANTED));
        assert_eq!(admit(&clients, 1, 999_990), Admission::TooFast);
        assert!(matches!(admit(&clients, 1, 5_000), Admission::Granted { .. }));
    }

    /// Seen to fail: with a map that only grows.
    #[test]
    fn tokens_that_are_used_no_more_are_forgotten_and_others_are_not() {
        let clients = Clients::new(1, 1);
        let busy = key(1);
        assert_eq!(clients.admit(&busy, Some(at(0)), at(0)), GRANTED);
        for n in 0..3 * CAPACITY {
            let other = KeyId::parse(&format!("B{n:011}")).expect("a key id");
            assert_eq!(clients.admit(&other, Some(at(0)), at(0)), GRANTED);
            assert_eq!(clients.admit(&busy, Some(at(0)), at(0)), Admission::TooFast, "still known after {n}");
        }
        let known = clients.known.lock().expect("no panic");
        assert!(known.len() <= 2 * CAPACITY, "{}", known.len());
    }

    #[test]
    fn use_is_noted_once_a_minute() {
        let clients = Clients::new(1000, 1000);
        let note =
            |last_used, ms| clients.admit(&key(1), last_used, at(ms)) == Admission::Granted { note: true };
        assert!(note(None, 100_000), "never used before");
        assert!(!note(None, 100_001), "the row may not show it yet");
        assert!(!note(None, 159_999));
        assert!(note(None, 160_000));
        let restarted = Clients::new(1000, 1000);
        let admitted = restarted.admit(&key(1), Some(at(160_000)), at(170_000));
        assert_eq!(admitted, GRANTED, "another process noted it already");
    }
}
