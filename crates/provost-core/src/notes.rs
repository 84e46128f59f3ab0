//! What was chosen and rewritten while a request was handled, for the audit record and the metrics.

use crate::filter::Leniencies;
use crate::text::excerpt;

macro_rules! choices {
    ($($(#[$what:meta])+ $choice:ident,)+) => {
        /// A choice of a [`Policy`](super::Policy) that made a difference to a request.
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
    /// A body without media type was read.
    MissingMediaType,
    /// A message that does not say in `schemas` what it is was read.
    MissingSchemas,
    /// A bare word in a filter was read as a text.
    BareWord,
    /// A literal in a filter was not in lower case.
    LiteralCase,
    /// A value path in a filter was compared.
    ComparedValuePath,
    /// An attribute that the type does not have counted as one without a value.
    UnknownAttribute,
    /// A number of a search was sent as a text.
    QuotedNumber,
    /// One name of a search was sent for a list of names.
    OneForMany,
    /// The filter on a single resource was ignored.
    FilterOnOne,
    /// Of two lists of attributes `attributes` counted.
    AttributesWin,
    /// A PATCH without operations changed nothing.
    EmptyOperations,
    /// A value was made because a value path found none.
    CreateOnNoMatch,
    /// A complex value took the place of the old one.
    ReplaceWhole,
    /// Of several primary values the last one was it.
    LastPrimary,
    /// Members that do not exist were left out.
    SkipMissingMembers,
    /// Members of which a PUT does not speak stayed.
    MembersStay,
    /// `active`, of which a PUT does not speak, stayed.
    ActiveStays,
    /// An inactive resource was taken over by a POST.
    ReactivateOnCreate,
    /// A PATCH of a group was answered without the group.
    GroupNoContent,
}

impl Choice {
    /// Its place in a set.
    #[expect(clippy::as_conversions, reason = "the discriminant of a fieldless enum, below 32 by a test")]
    const fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// What was chosen and rewritten on the way of a request, and what was left out of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    chosen: u32,
    /// The rules of `compat` that rewrote something, in a set that `compat` alone can read.
    pub(crate) rewritten: u64,
    dropped: Vec<String>,
}

impl Notes {
    /// At most so many dropped names are kept: a record must not grow with a hostile body.
    const MAX_DROPPED: usize = 50;

    /// Records that a choice made a difference.
    pub fn record(&mut self, choice: Choice) {
        self.chosen |= choice.bit();
    }

    /// Whether a choice made a difference.
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

    /// Whether nothing was rewritten, and no choice made a difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rewritten == 0 && self.chosen == 0
    }

    /// Whether anything of the request was left out, or read otherwise than it was written. A choice about the answer
    /// alone does not count.
    #[must_use]
    pub fn is_about_request(&self) -> bool {
        self.rewritten != 0 || self.chosen & !Choice::GroupNoContent.bit() != 0
    }

    /// Adds what happened in another step of the same request.
    pub fn merge(&mut self, other: Self) {
        self.chosen |= other.chosen;
        self.rewritten |= other.rewritten;
        other.dropped.into_iter().for_each(|name| self.push(name));
    }

    /// Records what the parser of a filter or a path forgave.
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
