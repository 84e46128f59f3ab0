//! The result of a case.

use crate::matcher::Difference;
use serde::Serialize;

/// The result of one case.
#[derive(Debug, Clone, Serialize)]
pub struct CaseResult {
    /// `golden`, `scenarios` or `hostile`.
    pub suite: &'static str,
    /// The name of the case.
    pub name: String,
    /// Why the server must answer as expected, or which client sends this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The section of a standard that the case tests, such as `RFC 7644 §3.5.2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rfc: Option<String>,
    /// Passed, failed or not played.
    pub outcome: Outcome,
    /// Why it was not played.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the answer differs from what was expected, in the order found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// What was sent and received, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transcript: Vec<TranscriptEntry>,
    /// What the reader should know: checks not made, a second-best status, leftovers found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Everything was as expected.
    Passed,
    /// Something was not as expected, or the initial state could not be made.
    Failed,
    /// The case was not played; `reason` says why.
    Skipped,
}

/// One request and its answer.
#[derive(Debug, Clone, Serialize)]
pub struct TranscriptEntry {
    /// What the request was for: the case itself, the state before it, a check after it.
    pub purpose: &'static str,
    /// Request line, headers and body, with the token removed and long bodies cut.
    pub sent: String,
    /// Status line, headers and body, or why there was no answer.
    pub came: String,
}

impl CaseResult {
    /// Whether the case failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.outcome == Outcome::Failed
    }

    /// Whether the case was played and everything was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.outcome == Outcome::Passed
    }
}
