//! What was chosen and rewritten while handling a request, for the audit record and the metrics.

use crate::filter::Leniencies;
use crate::text::excerpt;

macro_rules! choices {
    ($($(#[$what:meta])+ $choice:ident,)+) => {
        /// A choice of a [`Policy`](super::Policy) that affected a request.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Choice { $($(#[$what])+ $choice),+ }

        impl Choice {
            /// Every choice, in the order of the enum.
            pub const ALL: &[Self] = &[$(Self::$choice),+];
        }
    };
}

choices! {
    /// A body without media type was accepted.
    MissingMediaType,
    /// A message whose `schemas` does not identify it was accepted.
    MissingSchemas,
    /// A bare word in a filter was read as a string.
    BareWord,
    /// A literal in a filter was not in lower case.
    LiteralCase,
    /// A value path in a filter was compared.
    ComparedValuePath,
    /// An attribute that the type does not have counted as unassigned.
    UnknownAttribute,
    /// A number in a search was sent as a string.
    QuotedNumber,
    /// A single name was sent where a search expects a list of names.
    OneForMany,
    /// The filter on a single resource was ignored.
    FilterOnOne,
    /// `attributes` counted although `excludedAttributes` was given too.
    AttributesWin,
    /// A PATCH without operations changed nothing.
    EmptyOperations,
    /// A value path matched nothing, and the value it describes was created.
    CreateOnNoMatch,
    /// A complex value replaced the old one as a whole.
    ReplaceWhole,
    /// Of several primary values, the last one was chosen.
    LastPrimary,
    /// Members that do not exist were left out.
    SkipMissingMembers,
    /// A PUT did not mention members, and they stayed.
    MembersStay,
    /// A PUT did not mention `active`, and it stayed.
    ActiveStays,
    /// A POST took over an inactive resource.
    ReactivateOnCreate,
    /// A PATCH of a group was answered without a body.
    GroupNoContent,
}

impl Choice {
    /// Its bit in a set.
    #[expect(clippy::as_conversions, reason = "the discriminant of a fieldless enum, below 32 by a test")]
    const fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// What was chosen and rewritten while handling a request, and what was left out of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    chosen: u32,
    /// The rules in `compat` that rewrote something, in a set that only `compat` can read.
    pub(crate) rewritten: u64,
    dropped: Vec<String>,
}

impl Notes {
    /// How many dropped names are kept, so that a hostile body cannot inflate a record.
    const MAX_DROPPED: usize = 50;

    /// Records that a choice affected the request.
    pub fn record(&mut self, choice: Choice) {
        self.chosen |= choice.bit();
    }

    /// Whether a choice affected the request.
    #[must_use]
    pub fn recorded(&self, choice: Choice) -> bool {
        self.chosen & choice.bit() != 0
    }

    /// Records that an attribute was left out.
    pub fn leave_out(&mut self, attribute: &str) {
        self.push(excerpt(attribute));
    }

    fn push(&mut self, attribute: String) {
        if self.dropped.len() < Self::MAX_DROPPED && !self.dropped.contains(&attribute) {
            self.dropped.push(attribute);
        }
    }

    /// The attributes that were left out.
    #[must_use]
    pub fn dropped(&self) -> &[String] {
        &self.dropped
    }

    /// Whether nothing was rewritten and no choice had an effect.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rewritten == 0 && self.chosen == 0
    }

    /// Whether a part of the request was left out, or read differently from how it was written. Choices that only
    /// affect the answer do not count.
    #[must_use]
    pub fn is_about_request(&self) -> bool {
        self.rewritten != 0 || self.chosen & !Choice::GroupNoContent.bit() != 0
    }

    /// Adds the notes of another step of the same request.
    pub fn merge(&mut self, other: Self) {
        self.chosen |= other.chosen;
        self.rewritten |= other.rewritten;
        other.dropped.into_iter().for_each(|name| self.push(name));
    }

    /// Records what the parser of a filter or path accepted.
    pub(crate) fn record_syntax(&mut self, used: Leniencies) {
        for (forgiven, choice) in [
            (used.bare_words, Choice::BareWord),
            (used.literal_case, Choice::LiteralCase),
            (used.compared_value_path, Choice::ComparedValuePath),
        ] {
            if forgiven {
                self.record(choice);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_every_choice() {
        let all = Choice::ALL.iter().fold(0, |on, c| on | c.bit());
        assert_eq!(all.count_ones(), u32::try_from(Choice::ALL.len()).unwrap());
    }
}
