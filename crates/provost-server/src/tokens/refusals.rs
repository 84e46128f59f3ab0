//! Lines of the log about refused tokens. Anybody can send tokens, so their number is bounded: a few lines a minute say
//! each what was wrong, then one says how many more there were.

use crate::clock::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Lines of one window.
const LINES: u32 = 20;
const WINDOW: Duration = Duration::from_secs(60);

/// Why a token was refused. The client is told nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    Malformed,
    Unknown,
    Ended,
    Forged,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Ended => "expired or revoked",
            Self::Forged => "with a wrong secret",
        })
    }
}

/// What was refused lately.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    begun_ms: i64,
    lines: u32,
    /// Those that got no line.
    silent: BTreeMap<Why, u64>,
}

/// What is to be done about one refusal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Note {
    Line,
    /// The first without a line: a sum is due when the window ends.
    Last,
    Nothing,
}

impl Refusals {
    /// Counts a refused token.
    pub(super) fn count(&self, why: Why, now: Timestamp) -> Note {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let age_ms = now.as_millis().abs_diff(window.begun_ms);
        // a sum that is due is not lost: it is taken by who waits for it
        if u128::from(age_ms) >= WINDOW.as_millis() && window.silent.is_empty() {
            *window = Window { begun_ms: now.as_millis(), ..Window::default() };
        }
        if window.lines < LINES {
            window.lines += 1;
            return Note::Line;
        }
        let first = window.silent.is_empty();
        *window.silent.entry(why).or_default() += 1;
        if first { Note::Last } else { Note::Nothing }
    }

    /// The sum of what got no line: `41 malformed, 1 unknown`. A new window begins.
    fn sum(&self) -> String {
        let window = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let parts: Vec<String> = window.silent.iter().map(|(why, n)| format!("{n} {why}")).collect();
        parts.join(", ")
    }

    /// Writes the sum when the window is over.
    pub(super) fn sum_up_later(self: &Arc<Self>) {
        drop(self.sum_up_after(WINDOW));
    }

    fn sum_up_after(self: &Arc<Self>, wait: Duration) -> JoinHandle<()> {
        let refusals = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            // also where the log is set to hold no warnings: a macro would not ask for it then
            let more = refusals.sum();
            tracing::warn!(more, "refused many tokens");
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn a_flood_gets_a_few_lines_and_a_sum() {
        let refusals = Refusals::default();
        assert!((0..20).all(|n| refusals.count(Why::Unknown, at(1_000_000 + n)) == Note::Line));
        assert_eq!(refusals.count(Why::Malformed, at(1_000_100)), Note::Last, "one waits for the sum");
        assert!((0..40).all(|_| refusals.count(Why::Malformed, at(1_000_200)) == Note::Nothing));
        assert_eq!(refusals.count(Why::Forged, at(1_070_000)), Note::Nothing, "the sum is still due");
        assert_eq!(refusals.sum(), "41 malformed, 1 with a wrong secret");
        assert_eq!(refusals.count(Why::Forged, at(1_070_001)), Note::Line);
    }

    #[test]
    fn a_quiet_window_is_forgotten() {
        let refusals = Refusals::default();
        assert!((0..19).all(|_| refusals.count(Why::Unknown, at(5_000)) == Note::Line));
        assert!((0..20).all(|_| refusals.count(Why::Unknown, at(66_000)) == Note::Line));
        assert_eq!(refusals.count(Why::Unknown, at(66_001)), Note::Last);
    }

    /// A clock that is set back must not silence the log for good.
    #[test]
    fn a_clock_set_back_begins_a_window() {
        let refusals = Refusals::default();
        assert!((0..20).all(|_| refusals.count(Why::Unknown, at(10_000_000)) == Note::Line));
        assert_eq!(refusals.count(Why::Unknown, at(1_000)), Note::Line);
    }

    #[tokio::test]
    async fn the_sum_is_written_when_the_window_is_over() {
        let refusals = Arc::new(Refusals::default());
        assert!((0..21).any(|_| refusals.count(Why::Unknown, at(0)) == Note::Last));
        refusals.sum_up_after(Duration::from_millis(10)).await.expect("written");
        assert_eq!(refusals.count(Why::Unknown, at(1)), Note::Line);
    }
}
