//! What was noted, in the names of the rules.

use super::{RULES, RuleId};
use crate::policy::{Choice, Notes};

/// The rule under whose name a choice is told.
const fn rule(choice: Choice) -> RuleId {
    match choice {
        Choice::MissingMediaType => RuleId::MissingMediaType,
        Choice::MissingSchemas => RuleId::MissingSchemas,
        Choice::BareWord => RuleId::BareWord,
        Choice::LiteralCase => RuleId::LiteralCase,
        Choice::ComparedValuePath => RuleId::ComparedValuePath,
        Choice::UnknownAttribute => RuleId::UnknownInFilter,
        Choice::QuotedNumber => RuleId::QuotedLiteral,
        Choice::OneForMany => RuleId::OneForMany,
        Choice::FilterOnOne => RuleId::FilterOnOne,
        Choice::AttributesWin => RuleId::AttributesWin,
        Choice::EmptyOperations => RuleId::EmptyOperations,
        Choice::CreateOnNoMatch => RuleId::CreateOnNoMatch,
        Choice::ReplaceWhole => RuleId::ReplaceWhole,
        Choice::LastPrimary => RuleId::LastPrimary,
        Choice::SkipMissingMembers => RuleId::SkipMissingMembers,
        Choice::MembersStay => RuleId::MembersStay,
        Choice::ActiveStays => RuleId::ActiveStays,
        Choice::ReactivateOnCreate => RuleId::ReactivateOnCreate,
        Choice::GroupNoContent => RuleId::GroupNoContent,
    }
}

impl Notes {
    /// Records that a rule fired.
    pub fn fire(&mut self, rule: RuleId) {
        self.rewritten |= rule.bit();
    }

    /// Records that a rule left an attribute out.
    pub fn drop(&mut self, rule: RuleId, attribute: impl AsRef<str>) {
        self.fire(rule);
        self.leave_out(attribute.as_ref());
    }

    /// The ids of the rules that fired, in the order of the table.
    pub fn rules(&self) -> impl Iterator<Item = &'static str> + '_ {
        let fired = self.fired();
        RULES.iter().filter(move |r| fired & r.id.bit() != 0).map(|r| r.name)
    }

    /// Whether a rule fired.
    #[must_use]
    pub fn has(&self, rule: RuleId) -> bool {
        self.fired() & rule.bit() != 0
    }

    fn fired(&self) -> u64 {
        let chosen = Choice::ALL.iter().filter(|choice| self.recorded(**choice));
        chosen.fold(self.rewritten, |fired, choice| fired | rule(*choice).bit())
    }
}
