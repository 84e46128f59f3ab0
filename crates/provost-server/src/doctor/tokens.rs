//! Checks of the tokens of all organisations: whether there are more than are used.

use super::Answer;
use super::facts::Facts;
use crate::output::few;
use crate::tokens::{TokenRow, TokenState};

/// A token that nobody uses would not be missed.
pub(super) fn are_used(facts: &Facts) -> Answer {
    let never = active(facts, |token| token.last_used.is_none());
    match never {
        None => Answer::Unknown,
        Some(never) if never.is_empty() => Answer::fine("every token has been used"),
        Some(never) => Answer::note(
            format!("these tokens were never used: {}", few(&never)),
            "paste each into its identity provider, or revoke it with `provost token revoke KEY_ID`",
        ),
    }
}

/// A leaked token opens its organisation until it expires.
pub(super) fn have_an_end(facts: &Facts) -> Answer {
    match active(facts, |token| token.expires.is_none()) {
        None => Answer::Unknown,
        Some(endless) if endless.is_empty() => Answer::fine("every token expires"),
        Some(endless) => Answer::note(
            format!("these tokens never expire: {}", few(&endless)),
            "if your policy asks for an end, create others with `provost token create --expires-in 90d`, change to them, \
             and revoke these",
        ),
    }
}

/// The matching valid tokens, by organisation and key id: `acme/ABCDEFabcdef (entra)`.
fn active(facts: &Facts, which: impl Fn(&TokenRow) -> bool) -> Option<Vec<String>> {
    let found = facts.database.as_ref().ok()?;
    let all =
        found.each.iter().flat_map(|one| one.tokens.iter().map(|token| (&one.organisation.slug, token)));
    let those = all.filter(|(_, token)| token.state(facts.now) == TokenState::Active && which(token));
    Some(those.map(|(slug, token)| format!("{slug}/{}", token.named())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    /// With the token changed.
    fn with(change: impl FnOnce(&mut TokenRow, Timestamp)) -> Facts {
        let mut facts = Facts::sound();
        let now = facts.now;
        let one = facts.database.as_mut().expect("a database").each.first_mut().expect("one");
        change(one.tokens.first_mut().expect("a token"), now);
        facts
    }

    fn noted(answer: &Answer, says: &str) {
        assert!(matches!(answer, Answer::Note(a) if a.what.contains(says)), "{answer:?}");
    }

    #[test]
    fn tokens_that_nobody_uses_are_noted() {
        noted(&are_used(&with(|token, _| token.last_used = None)), "never used: acme/");
        let revoked = with(|token, now| (token.last_used, token.revoked) = (None, Some(now)));
        assert!(matches!(are_used(&revoked), Answer::Fine(_)));
    }

    #[test]
    fn tokens_without_an_end_are_noted() {
        noted(&have_an_end(&with(|token, _| token.expires = None)), "(entra)");
    }
}
