//! What the rules did to a request, for the audit record and the metrics.

use super::{RuleId, rules};
use crate::path::clip;

/// The rules that fired for a request, and what was left out of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    fired: u64,
    dropped: Vec<String>,
}

impl Notes {
    /// At most so many dropped names are kept: a record must not grow with a hostile body.
    const MAX_DROPPED: usize = 50;

    /// Records that a rule fired.
    pub fn fire(&mut self, rule: RuleId) {
        self.fired |= rule.bit();
    }

    /// Records that an attribute was left out.
    pub fn drop(&mut self, rule: RuleId, attribute: impl AsRef<str>) {
        self.fire(rule);
        let attribute = clip(attribute.as_ref());
        if self.dropped.len() < Self::MAX_DROPPED && !self.dropped.contains(&attribute) {
            self.dropped.push(attribute);
        }
    }

    /// The ids of the rules that fired, in the order of the table.
    pub fn rules(&self) -> impl Iterator<Item = &'static str> + '_ {
        rules::RULES.iter().filter(|r| self.fired & r.id.bit() != 0).map(|r| r.name)
    }

    /// Whether a rule fired.
    #[must_use]
    pub fn has(&self, rule: RuleId) -> bool {
        self.fired & rule.bit() != 0
    }

    /// The attributes that were left out.
    #[must_use]
    pub fn dropped(&self) -> &[String] {
        &self.dropped
    }

    /// Whether nothing was rewritten.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fired == 0
    }

    /// Whether anything of the request was left out or read otherwise than it stood there. A rule about the answer alone
    /// does not count.
    #[must_use]
    pub fn is_about_request(&self) -> bool {
        self.fired & !RuleId::GroupNoContent.bit() != 0
    }

    /// Adds what happened in another step of the same request.
    pub fn merge(&mut self, other: Self) {
        self.fired |= other.fired;
        for name in other.dropped {
            if self.dropped.len() < Self::MAX_DROPPED && !self.dropped.contains(&name) {
                self.dropped.push(name);
            }
        }
    }
}
