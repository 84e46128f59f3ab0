//! The result of a run, for people to read.

use std::fmt;

/// The result of a run of the suite. [`Display`](fmt::Display) lists it check by check, failures first.
#[derive(Clone)]
#[non_exhaustive]
pub struct Report {
    /// One for each check that ran, in order.
    pub checks: Vec<Checked>,
}

/// The result of one check.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Checked {
    /// Its name, with which it can be run alone: `members::add`.
    pub name: &'static str,
    /// The rule of the contract, in a sentence.
    pub rule: &'static str,
    /// Whether the store follows the rule.
    pub outcome: CheckOutcome,
    /// Anything else worth knowing.
    pub notes: Vec<String>,
}

/// Whether a store follows a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckOutcome {
    /// It does.
    Passed,
    /// It does not.
    Failed(Failure),
    /// It could not be checked, for this reason.
    Skipped(&'static str),
}

/// Where a store differs from the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What was checked.
    pub what: String,
    /// What the contract requires.
    pub expected: String,
    /// What was found.
    pub found: String,
}

impl Report {
    /// The report as a verdict: `Ok` if no check failed. A test can return it: the error shows as the whole report.
    ///
    /// # Errors
    /// The report, if a check failed or none was run.
    pub fn verdict(self) -> Result<(), Self> {
        if self.failed().next().is_some() || self.checks.is_empty() { Err(self) } else { Ok(()) }
    }

    /// The checks that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Checked> {
        self.checks.iter().filter(|c| matches!(c.outcome, CheckOutcome::Failed(_)))
    }

    /// The checks that could not be run.
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

/// Like [`Display`](fmt::Display), since a failing test prints it.
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
