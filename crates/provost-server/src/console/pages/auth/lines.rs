//! What the page lists: tokens, and the calls that came.

use super::Facts;
use crate::audit::chain::Count;
use crate::clock::Timestamp;
use crate::console::pages::Moment;
use crate::organisations::IdentityProvider;
use crate::tokens::{Maker, Milestone, TokenRow, TokenState, made_by};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Tokens that expire within this time are marked.
const SOON_MS: i64 = 30 * 86_400_000;

/// A token in the list.
pub(super) struct TokenLine {
    pub(super) key_id: String,
    pub(super) label: String,
    pub(super) is_read_only: bool,
    pub(super) lamp: &'static str,
    pub(super) state: &'static str,
    pub(super) last_used: Option<Moment>,
    pub(super) ends: Option<Moment>,
    pub(super) made_by: String,
    pub(super) refused: Option<String>,
    /// Whether it can be revoked.
    pub(super) is_active: bool,
    pub(super) can_rotate: bool,
}

/// Working tokens first; within each group, the newest first.
pub(super) fn tokens(facts: &Facts, now: Timestamp) -> Vec<TokenLine> {
    let mut tokens: Vec<&TokenRow> = facts.tokens.iter().collect();
    tokens
        .sort_by_key(|token| (token.state(now) != TokenState::Active, Reverse(token.created), &token.key_id));
    tokens.into_iter().map(|token| line(token, facts, now)).collect()
}

fn line(token: &TokenRow, facts: &Facts, now: Timestamp) -> TokenLine {
    let state = token.state(now);
    let ends_soon =
        token.expires.is_some_and(|end| end.as_millis().saturating_sub(now.as_millis()) <= SOON_MS);
    let (lamp, word) = match state {
        TokenState::Revoked => ("off", "Revoked"),
        TokenState::Expired => ("bad", "Ended"),
        TokenState::Active if token.rotated_to.is_some() => ("warn", "Replaced"),
        TokenState::Active if ends_soon => ("warn", "Ends soon"),
        TokenState::Active => ("ok", "Works"),
    };
    let person = match &token.maker {
        Some(Maker::Account(id)) => facts.makers.get(id),
        _ => None,
    };
    TokenLine {
        key_id: token.key_id.to_string(),
        label: if token.label.is_empty() { "no label".to_owned() } else { token.label.clone() },
        is_read_only: token.read_only,
        lamp,
        state: word,
        last_used: token.last_used.map(Moment),
        ends: token.expires.map(Moment),
        made_by: token.maker.as_ref().map(|maker| made_by(maker, person)).unwrap_or_default(),
        refused: token.refusal.map(|refusal| format!("{}, {}", refusal.reason, Moment(refusal.at))),
        is_active: state == TokenState::Active,
        can_rotate: state == TokenState::Active && token.rotated_to.is_none(),
    }
}

/// How many rules are listed.
const RULES: usize = 8;

/// The profile's rules that were used since a time, and how often; the most used first.
pub(super) fn rules(counts: Vec<Count>) -> Vec<(String, i64)> {
    let mut used: BTreeMap<String, i64> = BTreeMap::new();
    for count in counts.into_iter().filter(|count| count.what == "rule") {
        let number = used.entry(count.name).or_default();
        *number = number.saturating_add(count.count);
    }
    let mut used: Vec<(String, i64)> = used.into_iter().collect();
    used.sort_by_key(|(_, number)| Reverse(*number));
    used.truncate(RULES);
    used
}

/// A step of the set-up.
pub(super) struct HeardLine {
    pub(super) lamp: &'static str,
    pub(super) title: &'static str,
    pub(super) first: Option<Moment>,
    /// The last time, if it was repeated.
    pub(super) last: Option<Moment>,
    /// What was wrong.
    pub(super) refused: Option<String>,
}

/// In the order of a set-up: what came, and what is still to come. The latest refusal is on top.
pub(super) fn heard(provider: IdentityProvider, facts: &Facts) -> Vec<HeardLine> {
    let refusals = facts.tokens.iter().filter_map(|token| token.refusal);
    let refused = refusals.max_by_key(|refusal| refusal.at).map(|refusal| HeardLine {
        lamp: "bad",
        title: "A call that was refused",
        first: Some(Moment(refusal.at)),
        last: None,
        refused: Some(refusal.reason.to_string()),
    });
    let steps = Milestone::ALL.into_iter().filter_map(|what| step(provider, what, facts));
    refused.into_iter().chain(steps).collect()
}

fn step(provider: IdentityProvider, what: Milestone, facts: &Facts) -> Option<HeardLine> {
    let (title, is_expected) = match what {
        Milestone::WrongPath => ("A call to a wrong address", false),
        Milestone::TestConnection => match provider {
            IdentityProvider::Entra => ("Test Connection", true),
            IdentityProvider::Okta => ("Test API Credentials", true),
            IdentityProvider::Other => ("First look-up", true),
        },
        Milestone::Schemas => ("Schemas read", false),
        Milestone::User => ("First user", true),
        Milestone::Group => ("First group", true),
        Milestone::Cycle => ("First full cycle", provider == IdentityProvider::Entra),
    };
    let all = || facts.heard.iter().filter(|heard| heard.what == what);
    let first = all().map(|heard| heard.first).min();
    let last = all().map(|heard| heard.last).max();
    match first {
        Some(_) => Some(HeardLine {
            lamp: if what == Milestone::WrongPath { "bad" } else { "ok" },
            title,
            first: first.map(Moment),
            last: last.filter(|last| Some(*last) != first).map(Moment),
            refused: None,
        }),
        None if is_expected => Some(HeardLine { lamp: "off", title, first: None, last: None, refused: None }),
        None => None,
    }
}
