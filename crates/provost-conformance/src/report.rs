//! Results for people, as text, and for machines, as JSON.

use crate::case_result::{CaseResult, Outcome};
use serde::Serialize;
use std::fmt;

/// The results of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The base URL that was judged.
    pub target: String,
    /// The profile it was judged by.
    pub profile: String,
    /// Whether it was judged in exact mode.
    pub exact: bool,
    /// How many cases passed, failed and were skipped.
    pub summary: Summary,
    /// One result for each case, in the order played.
    pub results: Vec<CaseResult>,
}

/// How many cases passed, failed and were skipped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Cases that passed.
    pub passed: usize,
    /// Cases that failed.
    pub failed: usize,
    /// Cases that were skipped.
    pub skipped: usize,
}

impl Report {
    /// Makes a report from results.
    #[must_use]
    pub fn new(target: &str, profile: &str, exact: bool, results: Vec<CaseResult>) -> Self {
        let count = |outcome| results.iter().filter(|result| result.outcome == outcome).count();
        let summary = Summary {
            passed: count(Outcome::Passed),
            failed: count(Outcome::Failed),
            skipped: count(Outcome::Skipped),
        };
        Self { target: target.to_owned(), profile: profile.to_owned(), exact, summary, results }
    }

    /// Whether every case was skipped.
    #[must_use]
    pub fn nothing_played(&self) -> bool {
        self.summary.passed == 0 && self.summary.failed == 0
    }

    /// Whether something was played and nothing failed: a run that skips everything proves nothing.
    #[must_use]
    pub fn all_passed(&self) -> bool {
        self.summary.failed == 0 && self.summary.passed > 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for result in &self.results {
            write!(f, "{result}")?;
        }
        let Summary { passed, failed, skipped } = self.summary;
        let exact = if self.exact { ", held to the letter" } else { "" };
        writeln!(
            f,
            "{}: {passed} passed, {failed} failed, {skipped} skipped (profile {}{exact})",
            self.target, self.profile
        )
    }
}

impl fmt::Display for CaseResult {
    /// One line for a case that passed or was skipped. A failed one also shows why it is played, the differences and
    /// the transcript.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.outcome {
            Outcome::Passed => "pass",
            Outcome::Failed => "FAIL",
            Outcome::Skipped => "skip",
        };
        write!(f, "{word} {} {}", self.suite, self.name)?;
        match &self.reason {
            Some(reason) => writeln!(f, ": {reason}")?,
            None => writeln!(f)?,
        }
        let about = [("why", &self.why), ("see", &self.rfc)].into_iter().filter(|_| self.failed());
        for (word, text) in about.filter_map(|(word, text)| Some((word, text.as_ref()?))) {
            writeln!(f, "     {word}: {text}")?;
        }
        for note in &self.notes {
            writeln!(f, "     note: {note}")?;
        }
        for difference in &self.differences {
            writeln!(f, "     {}", difference.at)?;
            writeln!(f, "       expected {}", difference.expected)?;
            writeln!(f, "       came     {}", difference.actual)?;
        }
        if self.failed() {
            for record in &self.transcript {
                writeln!(f, "     -- {}", record.purpose)?;
                for (mark, text) in [('>', &record.sent), ('<', &record.came)] {
                    for line in text.lines() {
                        writeln!(f, "     {mark} {line}")?;
                    }
                }
            }
        }
        Ok(())
    }
}
