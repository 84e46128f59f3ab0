//! What came of a run, for people to read.

use std::fmt;

/// What came of a run of the suite. [`Display`](fmt::Display) tells it check by check, failures first.
#[derive(Clone)]
#[non_exhaustive]
pub struct Report {
    /// One for each check that was run, in order.
    pub checks: Vec<Checked>,
}

/// What came of one check.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Checked {
    /// Its name, by which it can be run alone: `members::add`.
    pub name: &'static str,
    /// The rule of the contract, in a sentence.
    pub rule: &'static str,
    /// Whether the store keeps the rule.
    pub outcome: CheckOutcome,
    /// What one should know besides.
    pub notes: Vec<String>,
}

/// Whether a store keeps a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckOutcome {
    /// It does.
    Passed,
    /// It does not.
    Failed(Failure),
    /// It could not be tried, for this reason.
    Skipped(&'static str),
}

/// Where a store and the contract part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What was looked at.
    pub what: String,
    /// What the contract wants.
    pub expected: String,
    /// What came.
    pub found: String,
}

impl Report {
    /// The report as a verdict: `Ok` when no check failed. A test may return it: the error shows as the whole report.
    ///
    /// # Errors
    /// The report, when a check failed, or when none was run.
    pub fn verdict(self) -> Result<(), Self> {
        if self.failed().next().is_some() || self.checks.is_empty() { Err(self) } else { Ok(()) }
    }

    /// The checks that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Checked> {
        self.checks.iter().filter(|c| matches!(c.outcome, CheckOutcome::Failed(_)))
    }

    /// The checks that could not be tried.
    pub fn skipped(&self) -> impl Iterator<Item = &Checked> {
        self.checks.iter().filter(|c| matches!(c.outcome, CheckOutcome::Skipped(_)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (failed, skipped) = (self.failed().count(), self.skipped().count());
        let passed = self.checks.len().saturating_sub(failed).saturating_sub(skipped);
        writeln!(f, "{passed} checks passed, {failed} failed, {skipped} skipped")?;
        for checked in self.failed() {
            writeln!(f, "{checked}")?;
        }
        for checked in self.checks.iter().filter(|c| c.outcome != CheckOutcome::Passed || !c.notes.is_empty())
        {
            if !matches!(checked.outcome, CheckOutcome::Failed(_)) {
                writeln!(f, "{checked}")?;
            }
        }
        Ok(())
    }
}

/// The same as [`Display`](fmt::Display): it is what a failing test prints.
impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Report {}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, rule, .. } = self;
        match &self.outcome {
            CheckOutcome::Passed => write!(f, "passed  {name}: {rule}")?,
            CheckOutcome::Skipped(why) => write!(f, "skipped {name}: {why}")?,
            CheckOutcome::Failed(Failure { what, expected, found }) => write!(
                f,
                "FAILED  {name}: {rule}\n        {what}\n        expected {expected}\n        found    {found}"
            )?,
        }
        self.notes.iter().try_for_each(|note| write!(f, "\n        {note}"))
    }
}
