//! Whether the mail server is worth a try: one that is away is asked by one mail every few seconds, not by each that is due.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long nothing is sent after the mail server turned out to be away.
const REST: Duration = Duration::from_secs(5);

/// After how long without a mail it is forgotten that the mail server was away.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// Shut while the mail server is away. All workers of a server share it.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<Option<Instant>>);

/// Leave to try a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Usual,
    /// The mail server was away a moment ago. If it still is, that holds for every other mail. The gate is shut until then.
    Probe(Instant),
}

impl Gate {
    /// Leave to try a mail now. After a rest one worker gets it, and the others once its mail has arrived.
    pub(super) fn admits(&self, now: Instant) -> Option<Pass> {
        let mut shut = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *shut {
            None => Some(Pass::Usual),
            Some(until) if now < until => None,
            // what was so a while ago says nothing of now
            Some(until) if now >= until + FORGOTTEN => {
                *shut = None;
                Some(Pass::Usual)
            }
            Some(_) => {
                *shut = Some(now + REST);
                Some(Pass::Probe(now + REST))
            }
        }
    }

    /// Gives back leave with which no mail was tried, so that the next worker gets it at once.
    pub(super) fn give_back(&self, pass: Pass, now: Instant) {
        let mut shut = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // unless another worker's mail has opened it meanwhile
        if let Pass::Probe(until) = pass
            && *shut == Some(until)
        {
            *shut = Some(now);
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
        assert_eq!(gate.admits(now + REST), Some(Pass::Probe(now + 2 * REST)));
        assert_eq!(gate.admits(now + REST), None, "one is on its way");
        assert!(
            matches!(gate.admits(now + 2 * REST), Some(Pass::Probe(_))),
            "it did not say what came of it"
        );
        assert_eq!(gate.admits(now + 3 * REST + FORGOTTEN), Some(Pass::Usual), "that was long ago");
        gate.shut(now);
        gate.open();
        assert_eq!([gate.admits(now), gate.admits(now)], [Some(Pass::Usual); 2]);
    }

    /// Seen to fail: with a rest after each row that had no mail to send.
    #[test]
    fn a_probe_that_tried_nothing_costs_no_rest() {
        let (gate, now) = (Gate::default(), Instant::now());
        gate.shut(now);
        for _ in 0..3 {
            let pass = gate.admits(now + REST).expect("leave");
            assert_eq!(pass, Pass::Probe(now + 2 * REST));
            gate.give_back(pass, now + REST);
        }
        let late = gate.admits(now + REST).expect("leave");
        gate.open();
        gate.give_back(late, now + REST);
        assert_eq!(gate.admits(now + REST), Some(Pass::Usual), "another worker has opened it");
    }
}
