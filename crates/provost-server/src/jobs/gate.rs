//! Whether the mail server is worth a try: one that is away is asked by one mail every few seconds, not by each that is due.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long nothing is sent after the mail server turned out to be away.
const REST: Duration = Duration::from_secs(5);

/// Shut while the mail server is away. All workers of a server share it.
#[derive(Debug, Default)]
pub(crate) struct Gate(Mutex<Option<Instant>>);

impl Gate {
    /// Whether a mail may be tried now. When a rest is over, who asks first is let through, and the others once that mail has arrived.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut shut = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match *shut {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                *shut = Some(now + REST);
                true
            }
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
        assert!(gate.admits(now) && gate.admits(now));
        gate.shut(now);
        assert!(!gate.admits(now + REST / 2));
        assert!(gate.admits(now + REST));
        assert!(!gate.admits(now + REST), "one is on its way");
        assert!(gate.admits(now + 2 * REST), "it did not say what came of it");
        gate.open();
        assert!(gate.admits(now) && gate.admits(now));
    }
}
