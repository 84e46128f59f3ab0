//! Recent wrong secrets, by key id and by address.
//!
//! Neither alone tells who is behind them: anybody can send forged tokens with somebody else's key id, and one address
//! may have many clients. So a token counts as suspect only as far as both its key id and its address do.

use super::cache::Recent;
use super::queue::{Sender, Whose};
use crate::clock::Timestamp;
use std::net::IpAddr;

/// After how many wrong secrets the next one has to wait.
pub(super) const MOST: u64 = 20;
/// How long until one of them is forgiven.
const FORGIVEN_EVERY_MS: u64 = 1_000;
/// How many key ids and addresses are remembered at least.
const CAPACITY: usize = 8 * 1024;

/// For each, the time in milliseconds at which all is forgiven.
#[derive(Debug)]
pub(super) struct Failures {
    by_key_id: Recent<Whose, i64>,
    by_address: Recent<IpAddr, i64>,
}

impl Failures {
    pub(super) fn new() -> Self {
        Self { by_key_id: Recent::new(CAPACITY), by_address: Recent::new(CAPACITY) }
    }

    /// Counts a wrong secret.
    pub(super) fn count(&mut self, sender: &Sender, now: Timestamp) {
        let one_more = |clear: Option<&i64>| {
            let failures = still_held(clear, now).saturating_add(1).min(MOST);
            now.as_millis().saturating_add_unsigned(failures.saturating_mul(FORGIVEN_EVERY_MS))
        };
        let (key_id, address) = (&sender.whose, sender.address);
        let clear = one_more(self.by_key_id.get(key_id));
        self.by_key_id.insert(key_id.clone(), clear);
        let clear = one_more(self.by_address.get(&address));
        self.by_address.insert(address, clear);
    }

    /// How many failures count against a token from this address, at most [`MOST`].
    pub(super) fn held_against(&mut self, sender: &Sender, now: Timestamp) -> u64 {
        let by_key_id = still_held(self.by_key_id.get(&sender.whose), now);
        by_key_id.min(still_held(self.by_address.get(&sender.address), now))
    }
}

/// The failures not forgiven yet.
fn still_held(clear: Option<&i64>, now: Timestamp) -> u64 {
    let left_ms = clear.map_or(0, |clear| clear.saturating_sub(now.as_millis()).max(0).unsigned_abs());
    let failures = left_ms.div_ceil(FORGIVEN_EVERY_MS);
    // impossibly many: the clock was set back, so nothing is known
    if failures > MOST { 0 } else { failures }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::KeyId;

    const NOW: i64 = 1_000_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn sender(key: u8, host: u8) -> Sender {
        let key_id = KeyId::parse(&format!("AAAAAAAAAAA{key}")).expect("a key id");
        Sender { whose: Whose::Token(key_id), address: IpAddr::from([192, 0, 2, host]) }
    }

    #[test]
    fn a_token_is_suspect_as_far_as_its_key_id_and_its_address_are() {
        let mut failures = Failures::new();
        for n in 1..=MOST + 5 {
            failures.count(&sender(1, 1), at(NOW));
            assert_eq!(failures.held_against(&sender(1, 1), at(NOW)), n.min(MOST));
        }
        assert_eq!(failures.held_against(&sender(1, 2), at(NOW)), 0, "its owner, from elsewhere");
        assert_eq!(failures.held_against(&sender(2, 1), at(NOW)), 0, "a neighbour of the forger");
        failures.count(&sender(2, 1), at(NOW));
        assert_eq!(failures.held_against(&sender(2, 1), at(NOW)), 1);
    }

    #[test]
    fn one_is_forgiven_each_second() {
        let mut failures = Failures::new();
        (0..MOST).for_each(|_| failures.count(&sender(1, 1), at(NOW)));
        for (ms, held) in [(999, 20), (1_000, 19), (10_500, 10), (19_999, 1), (20_000, 0), (90_000, 0)] {
            assert_eq!(failures.held_against(&sender(1, 1), at(NOW + ms)), held, "{ms}");
        }
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let mut failures = Failures::new();
        failures.count(&sender(1, 1), at(NOW));
        assert_eq!(failures.held_against(&sender(1, 1), at(5_000)), 0);
        failures.count(&sender(1, 1), at(5_000));
        assert_eq!(failures.held_against(&sender(1, 1), at(5_000)), 1);
    }
}
