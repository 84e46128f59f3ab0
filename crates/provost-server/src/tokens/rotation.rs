//! Replacing a token: what the new one is like, and how long the old one stays valid.

use super::{TokenRow, TokenState};
use crate::clock::Timestamp;
use crate::config::Span;
use std::str::FromStr;

/// Longer than anybody needs to paste a token; after that nobody remembers that the old one still works.
const LONGEST_DAYS: i64 = 90;
const DAY_MS: i64 = 86_400_000;

/// How long the old token stays valid at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overlap(i64);

impl Overlap {
    pub(crate) fn after(self, now: Timestamp) -> Timestamp {
        later(now, self.0)
    }
}

impl FromStr for Overlap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let millis = Span::or_zero(text)?.millis();
        match millis <= LONGEST_DAYS * DAY_MS {
            true => Ok(Self(millis)),
            false => Err(format!(
                "an overlap is {LONGEST_DAYS}d at most: a token that is replaced should end soon; write for example `7d`"
            )),
        }
    }
}

/// When the new token expires: its life is as long as the old one's was meant to be.
pub(crate) fn end_of_next(old: &TokenRow, now: Timestamp) -> Option<Timestamp> {
    old.expires.map(|end| later(now, end.as_millis().saturating_sub(old.created.as_millis())))
}

/// Why a token cannot be replaced, if it cannot.
pub(crate) fn why_not(token: &TokenRow, now: Timestamp) -> Option<String> {
    const OTHERWISE: &str = "create another one with `provost token create`";
    let key_id = &token.key_id;
    match (token.state(now), &token.rotated_to) {
        (TokenState::Revoked, _) => Some(format!("the token `{key_id}` was revoked: {OTHERWISE}")),
        (TokenState::Expired, _) => Some(format!("the token `{key_id}` has ended: {OTHERWISE}")),
        (TokenState::Active, Some(next)) => Some(format!(
            "the token `{key_id}` was rotated to `{next}` already: rotate that one, or {OTHERWISE}"
        )),
        (TokenState::Active, None) => None,
    }
}

/// This many milliseconds after now.
pub(crate) fn later(now: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_add(millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tests::row;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn an_overlap_is_between_nothing_and_ninety_days() {
        for (text, days) in [("0s", 0), ("0d", 0), ("7d", 7), ("90d", 90), ("12w", 84)] {
            assert_eq!(text.parse(), Ok(Overlap(days * DAY_MS)), "{text}");
        }
        for text in ["91d", "7776001s", "520w", "3650d"] {
            let refused = text.parse::<Overlap>().expect_err(text);
            assert!(refused.contains("90d at most"), "{refused}");
        }
        for text in ["", "7", "-1d", "a week", "99999999999999999999d"] {
            assert!(text.parse::<Overlap>().expect_err(text).contains("`90d`"), "{text}");
        }
    }

    /// Seen to fail: with the time that the old one has left.
    #[test]
    fn the_next_one_lives_as_long_as_the_old_one_was_to_live() {
        let old = TokenRow { created: at(1_000), expires: Some(at(11_000)), ..row() };
        assert_eq!(end_of_next(&old, at(10_500)), Some(at(20_500)));
        assert_eq!(end_of_next(&TokenRow { expires: None, ..row() }, at(5)), None);
        let century = TokenRow { created: at(0), expires: Some(at(36_600 * DAY_MS)), ..row() };
        assert_eq!(end_of_next(&century, at(5)), Some(at(36_600 * DAY_MS + 5)));
        let odd = TokenRow { created: at(20), expires: Some(at(10)), ..row() };
        assert_eq!(end_of_next(&odd, at(50)), Some(at(40)), "no life left by a clock that was set back");
    }

    #[test]
    fn only_a_token_that_is_good_and_not_replaced_yet_is_replaced() {
        let next = row().key_id;
        for (token, says) in [
            (
                TokenRow { revoked: Some(at(1)), rotated_to: Some(next.clone()), ..row() },
                "was revoked: create",
            ),
            (TokenRow { expires: Some(at(9)), ..row() }, "has ended: create"),
            (TokenRow { ended: Some(at(9)), expires: Some(at(50)), ..row() }, "has ended: create"),
            (TokenRow { rotated_to: Some(next), ..row() }, "already: rotate that one, or create"),
        ] {
            let why = why_not(&token, at(10)).expect(says);
            assert!(why.contains(says), "{why}");
        }
        assert_eq!(why_not(&TokenRow { expires: Some(at(11)), ..row() }, at(10)), None);
    }
}
