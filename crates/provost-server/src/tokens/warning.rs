//! When to warn that a token is about to expire, since no identity provider warns.

use super::{TokenRow, TokenState};
use crate::clock::Timestamp;
use crate::slug::Slug;

/// How long before the expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ahead {
    Day,
    Week,
    Month,
}

impl Ahead {
    /// The nearest first.
    pub(crate) const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];
    /// The farthest.
    pub(crate) const FIRST: Self = Self::Month;

    pub(crate) const fn days(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
        }
    }

    pub(crate) const fn millis(self) -> i64 {
        self.days() * 86_400_000
    }
}

/// A token that is about to expire, and the one that replaces it, if any.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    pub(crate) org: Slug,
    pub(crate) token: TokenRow,
    pub(crate) next: Option<TokenRow>,
}

/// A warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Warning {
    pub(crate) ahead: Ahead,
    /// Whether there is a replacement that was never used.
    pub(crate) is_replaced: bool,
}

/// The warning that is due, if any. A replaced token is meant to expire, so it only gets a warning on its last day, and
/// only if the new one was never used.
pub(crate) fn due(token: &TokenRow, next: Option<&TokenRow>, now: Timestamp) -> Option<Warning> {
    let end = token.expires.filter(|_| token.state(now) == TokenState::Active)?;
    let left_ms = end.as_millis().saturating_sub(now.as_millis());
    let ahead = Ahead::ALL.into_iter().find(|ahead| left_ms <= ahead.millis())?;
    let next = next.filter(|next| next.state(now) == TokenState::Active);
    let is_due = next.is_none_or(|next| ahead == Ahead::Day && next.last_used.is_none());
    is_due.then_some(Warning { ahead, is_replaced: next.is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tests::row;

    const DAY_MS: i64 = 86_400_000;
    const NOW: i64 = 1_800_000_000_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn ends_in(ms: i64) -> TokenRow {
        TokenRow { expires: Some(at(NOW + ms)), ..row() }
    }

    fn warned(token: &TokenRow, next: Option<&TokenRow>) -> Option<i64> {
        due(token, next, at(NOW)).map(|warning| warning.ahead.days())
    }

    #[test]
    fn thirty_days_seven_and_one_before() {
        for (left_ms, days) in [
            (30 * DAY_MS + 1, None),
            (30 * DAY_MS, Some(30)),
            (7 * DAY_MS + 1, Some(30)),
            (7 * DAY_MS, Some(7)),
            (DAY_MS + 1, Some(7)),
            (DAY_MS, Some(1)),
            (1, Some(1)),
            (0, None),
            (-1, None),
        ] {
            assert_eq!(warned(&ends_in(left_ms), None), days, "{left_ms}");
        }
        assert_eq!(warned(&row(), None), None, "it never ends");
        assert_eq!(warned(&TokenRow { revoked: Some(at(1)), ..ends_in(5) }, None), None);
        assert_eq!(warned(&TokenRow { ended: Some(at(1)), ..ends_in(5) }, None), None);
    }

    /// Seen to fail: with a token that was revoked or has ended taken for a replacement.
    #[test]
    fn a_replaced_token_is_warned_of_on_its_last_day_if_the_new_one_was_never_used() {
        let unused = row();
        let used = TokenRow { last_used: Some(at(NOW - 5)), ..row() };
        let revoked = TokenRow { revoked: Some(at(NOW - 5)), ..row() };
        for (left_ms, next, days) in [
            (6 * DAY_MS, &unused, None),
            (DAY_MS, &unused, Some(1)),
            (DAY_MS, &used, None),
            (6 * DAY_MS, &revoked, Some(7)),
            (DAY_MS, &revoked, Some(1)),
        ] {
            assert_eq!(warned(&ends_in(left_ms), Some(next)), days, "{left_ms}");
            let is_replaced = due(&ends_in(left_ms), Some(next), at(NOW)).map(|warning| warning.is_replaced);
            assert_eq!(is_replaced, days.map(|_| next.revoked.is_none()), "{left_ms}");
        }
    }
}
