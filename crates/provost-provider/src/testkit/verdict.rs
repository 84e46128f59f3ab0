//! How a check reports a failure.

use super::report::Failure;
use crate::error::StoreError;
use crate::store::Result as StoreResult;
use provost_core::Error;
use provost_core::value::JsonError;
use std::fmt;

/// Why a check ended early.
#[derive(Debug)]
pub(super) enum Stop {
    Failed(Failure),
    Skipped(&'static str),
}

pub(super) type CheckResult<T = ()> = Result<T, Stop>;

/// Fails with what the contract requires and what was found.
pub(super) fn fail<T>(
    what: impl Into<String>,
    expected: impl fmt::Display,
    found: impl fmt::Display,
) -> CheckResult<T> {
    let (expected, found) = (expected.to_string(), found.to_string());
    Err(Stop::Failed(Failure { what: what.into(), expected: cut(expected), found: cut(found) }))
}

/// Whether two things are equal.
pub(super) fn same<T: PartialEq + fmt::Debug>(
    what: impl Into<String>,
    expected: &T,
    found: &T,
) -> CheckResult {
    if expected == found { Ok(()) } else { fail(what, format!("{expected:?}"), format!("{found:?}")) }
}

/// Checks a condition.
pub(super) fn holds(what: impl Into<String>, expected: impl fmt::Display, found: bool) -> CheckResult {
    if found { Ok(()) } else { fail(what, expected, "that it is not so") }
}

/// Cut, so that a report does not drown in a document.
fn cut(text: String) -> String {
    const MOST: usize = 1_000;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

/// A result that must exist.
pub(super) trait During<T> {
    /// The value; an error fails the check with what was attempted.
    fn during(self, what: impl Into<String>) -> CheckResult<T>;
}

impl<T> During<T> for StoreResult<T> {
    fn during(self, what: impl Into<String>) -> CheckResult<T> {
        self.or_else(|e| fail(what, "success", told(&e)))
    }
}

impl<T> During<T> for Result<T, JsonError> {
    fn during(self, what: impl Into<String>) -> CheckResult<T> {
        self.or_else(|e| fail(what, "a body that can be read", e))
    }
}

impl<T> During<T> for Result<T, Error> {
    fn during(self, what: impl Into<String>) -> CheckResult<T> {
        self.or_else(|e| fail(what, "a request that is valid", e))
    }
}

impl<T> During<T> for Option<T> {
    fn during(self, what: impl Into<String>) -> CheckResult<T> {
        self.map_or_else(|| fail(what, "something", "nothing"), Ok)
    }
}

/// An error with its source, usually the database's own words.
pub(super) fn told(e: &StoreError) -> String {
    match e {
        StoreError::Backend(source) => format!("{e}: {source}"),
        _ => e.to_string(),
    }
}

/// What a store should refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    NotFound,
    Conflict,
    VersionMismatch,
    UnknownMembers,
}

impl Refusal {
    fn is(self, e: &StoreError) -> bool {
        matches!(
            (self, e),
            (Self::NotFound, StoreError::NotFound)
                | (Self::Conflict, StoreError::Conflict { .. })
                | (Self::VersionMismatch, StoreError::VersionMismatch)
                | (Self::UnknownMembers, StoreError::UnknownMembers(_))
        )
    }
}

/// Checks that the call is refused in this way.
pub(super) fn refused<T>(
    what: impl Into<String>,
    wanted: Refusal,
    outcome: StoreResult<T>,
) -> CheckResult<StoreError> {
    match outcome {
        Err(e) if wanted.is(&e) => Ok(e),
        Err(e) => fail(what, format!("the refusal {wanted:?}"), told(&e)),
        Ok(_) => fail(what, format!("the refusal {wanted:?}"), "success"),
    }
}
