//! Whether the mail server is worth a try: one that is away is asked by one mail every few seconds, not by each that is due.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long nothing is sent after the mail server turned out to be away.
const REST: Duration = Duration::from_secs(5);

/// Shut while the mail server is away. All workers of a server share it.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<Option<Instant>>);

/// Leave to try a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Usual,
    /// The mail server was away a moment ago. If it still is, that holds for every other mail.
    Probe,
}

impl Gate {
    /// Leave to try a mail now. After a rest one worker gets it, and the others once its mail has arrived.
    pub(super) fn admits(&self, now: Instant) -> Option<Pass> {
        let mut shut = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *shut {
            None => Some(Pass::Usual),
            Some(until) if now < until => None,
            Some(_) => {
                *shut = Some(now + REST);
                Some(Pass::Probe)
            }
        }
    }

    /// Gives back leave with which no mail was tried, so that the next worker gets it at once.
    pub(super) fn give_back(&self, pass: Pass, now: Instant) {
        if pass == Pass::Probe {
            self.set(Some(now));
        }
    }

    /// The mail server is away.
    pub(super) fn shut(&self, now: Instant) {
        self.set(Some(now + REST));
    }

    /// It is there.
    pub(super) fn open(&self) {
        self.set(None);
    }

    fn set(&self, until: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with all let through when the rest is over.
    #[test]
    fn one_mail_asks_for_all() {
        let (gate, now) = (Gate::default(), Instant::now());
        assert_eq!([gate.admits(now), gate.admits(now)], [Some(Pass::Usual); 2]);
        gate.shut(now);
        assert_eq!(gate.admits(now + REST / 2), None);
        assert_eq!(gate.admits(now + REST), Some(Pass::Probe));
        assert_eq!(gate.admits(now + REST), None, "one is on its way");
        assert_eq!(gate.admits(now + 2 * REST), Some(Pass::Probe), "it did not say what came of it");
        gate.open();
        assert_eq!([gate.admits(now), gate.admits(now)], [Some(Pass::Usual); 2]);
    }

    /// Seen to fail: with a rest after each row that had no mail to send.
    #[test]
    fn a_probe_that_tried_nothing_costs_no_rest() {
        let (gate, now) = (Gate::default(), Instant::now());
        gate.shut(now);
        for _ in 0..3 {
            assert_eq!(gate.admits(now + REST), Some(Pass::Probe));
            gate.give_back(Pass::Probe, now + REST);
        }
        gate.open();
        gate.give_back(Pass::Usual, now);
        assert_eq!(gate.admits(now), Some(Pass::Usual));
    }
}
