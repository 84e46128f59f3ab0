//! The gate that every check of ours passes through.
//!
//! In a release build it only turns a failed check into its refusal. Tests can leave out the checks of one [`Reason`],
//! to prove that a message of the corpus is refused for that reason, and to see whether the library would refuse it
//! too. That switch exists only in this crate's unit tests.

use crate::{reason::Reason, refusal::Refusal};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Checks {
    #[cfg(test)]
    left_out: Option<Reason>,
}

impl Checks {
    pub(crate) const ALL: Self = Self {
        #[cfg(test)]
        left_out: None,
    };

    #[cfg(test)]
    pub(crate) const fn all_but(reason: Reason) -> Self {
        Self { left_out: Some(reason) }
    }

    /// Refuses unless `holds`.
    pub(crate) fn require(self, holds: bool, refusal: impl FnOnce() -> Refusal) -> Result<(), Refusal> {
        if holds {
            return Ok(());
        }
        let refusal = refusal();
        if self.leaves_out(refusal.reason()) { Ok(()) } else { Err(refusal) }
    }

    #[cfg(test)]
    fn leaves_out(self, reason: Reason) -> bool {
        self.left_out == Some(reason)
    }

    #[cfg(not(test))]
    const fn leaves_out(self, _: Reason) -> bool {
        false
    }
}
