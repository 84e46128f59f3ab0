//! What this process remembers of each token in use: how fast it asks, and when its use was last written down.
//!
//! Only genuine tokens get here, so there are never more entries than tokens in the database.

use super::KeyId;
use crate::clock::Timestamp;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// `last_used` is written at most this often; it is a hint for cleaning up, not a record.
const NOTED_EVERY_MS: i64 = 60_000;

#[derive(Debug)]
pub(super) struct Clients {
    /// Room that one request takes of the second that a client may fill.
    request_us: i64,
    known: Mutex<HashMap<KeyId, Client>>,
}

#[derive(Debug, Clone, Copy)]
struct Client {
    /// When all requests so far would be through at the permitted rate.
    through_us: i64,
    noted: Timestamp,
}

/// What is to be done about one request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Granted {
        /// Whether the use is to be written down now.
        note: bool,
    },
    /// The client asks faster than it may.
    TooFast,
}

const SECOND_US: i64 = 1_000_000;

impl Clients {
    pub(super) fn new(requests_per_second: usize) -> Self {
        let requests = i64::try_from(requests_per_second.max(1)).unwrap_or(i64::MAX);
        Self { request_us: SECOND_US / requests, known: Mutex::default() }
    }

    /// Counts a request: a client may use the room of one second at once, then it gets one request at a time.
    pub(super) fn admit(&self, key_id: &KeyId, last_used: Option<Timestamp>, now: Timestamp) -> Admission {
        let now_us = now.as_millis().saturating_mul(1000);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let unknown = Client { through_us: now_us, noted: last_used.unwrap_or(Timestamp::from_millis(0)) };
        let client = known.entry(key_id.clone()).or_insert(unknown);
        // further ahead than two workers' clocks can differ: the clock was set back, and must not lock a client out
        let clock_was_set_back = client.through_us > now_us.saturating_add(2 * SECOND_US);
        let through_us =
            if clock_was_set_back { now_us } else { client.through_us.max(now_us) } + self.request_us;
        if through_us > now_us.saturating_add(SECOND_US) {
            return Admission::TooFast;
        }
        client.through_us = through_us;
        let note = now.as_millis().abs_diff(client.noted.as_millis()) >= NOTED_EVERY_MS.unsigned_abs();
        if note {
            client.noted = now;
        }
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

    #[test]
    fn a_burst_of_one_second_then_the_rate() {
        let clients = Clients::new(10);
        assert!((0..10).all(|_| admit(&clients, 1, 5_000) == GRANTED));
        assert_eq!(admit(&clients, 1, 5_000), Admission::TooFast);
        assert_eq!(admit(&clients, 2, 5_000), GRANTED, "another token has its own room");
        assert_eq!(admit(&clients, 1, 5_099), Admission::TooFast);
        assert_eq!(admit(&clients, 1, 5_100), GRANTED);
        assert_eq!(admit(&clients, 1, 5_100), Admission::TooFast);
        assert!(
            (0..10).all(|_| admit(&clients, 1, 6_200) == GRANTED),
            "a second's rest gives the whole room back"
        );
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out_and_a_jitter_gives_no_room() {
        let clients = Clients::new(10);
        assert!((0..10).all(|_| admit(&clients, 1, 1_000_000) == GRANTED));
        assert_eq!(admit(&clients, 1, 999_990), Admission::TooFast);
        assert!(matches!(admit(&clients, 1, 5_000), Admission::Granted { .. }));
    }

    #[test]
    fn use_is_noted_once_a_minute() {
        let clients = Clients::new(1000);
        let note =
            |last_used, ms| clients.admit(&key(1), last_used, at(ms)) == Admission::Granted { note: true };
        assert!(note(None, 100_000), "never used before");
        assert!(!note(None, 100_001), "the row may not show it yet");
        assert!(!note(None, 159_999));
        assert!(note(None, 160_000));
        let restarted = Clients::new(1000);
        let admitted = restarted.admit(&key(1), Some(at(160_000)), at(170_000));
        assert_eq!(admitted, GRANTED, "another process noted it already");
    }
}
