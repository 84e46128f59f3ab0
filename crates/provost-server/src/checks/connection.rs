//! The state of an organisation's connection to its identity provider: pure functions of what its tokens were used for.

use super::Facts;
use crate::clock::Timestamp;
use crate::organisations::{IdentityProvider, Organisation};
use crate::silence::{Quarantine, Return, quarantine};
use crate::tokens::{Heard, KeyId, Milestone, Refusal, TokenRow, TokenState};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connection {
    /// SCIM is off.
    Off,
    /// Every token was revoked, has expired, or may only read.
    NoToken,
    /// Nothing has called yet.
    Waiting,
    /// It has not called since this time, although it should have.
    Silent(Timestamp),
    /// It last called at this time.
    Calls(Timestamp),
}

pub(crate) fn connection(
    organisation: &Organisation,
    tokens: &[TokenRow],
    heard: &[Heard],
    now: Timestamp,
) -> Connection {
    match called(tokens, heard) {
        _ if !organisation.scim => Connection::Off,
        _ if !works(tokens, now) => Connection::NoToken,
        None => Connection::Waiting,
        Some(last) if is_silent(organisation, waited_for(organisation, tokens, last, now), now) => {
            Connection::Silent(last)
        }
        Some(last) => Connection::Calls(last),
    }
}

fn works(tokens: &[TokenRow], now: Timestamp) -> bool {
    tokens.iter().any(|token| token.state(now) == TokenState::Active && !token.read_only)
}

/// Since when a call is awaited: since the last one, or since it could call again after SCIM was on again or a working
/// token was there.
fn waited_for(
    organisation: &Organisation,
    tokens: &[TokenRow],
    last: Timestamp,
    now: Timestamp,
) -> Timestamp {
    let since = [organisation.reopened, let_in_since(tokens, now)];
    since.into_iter().flatten().fold(last, Ord::max)
}

/// Since when there has always been a working token; `None` if there is none. A replacement leaves no gap.
fn let_in_since(tokens: &[TokenRow], now: Timestamp) -> Option<Timestamp> {
    let mut writers: Vec<_> = tokens.iter().filter(|token| !token.read_only).collect();
    let works = writers.iter().filter(|token| token.state(now) == TokenState::Active);
    let first = works.map(|token| token.created).min()?;
    writers.sort_by_key(|token| std::cmp::Reverse(token.created));
    let ended = |token: &TokenRow| [token.revoked, token.expires].into_iter().flatten().min();
    Some(writers.into_iter().fold(first, |since, token| {
        let reaches = ended(token).is_none_or(|end| end >= since);
        if reaches { since.min(token.created) } else { since }
    }))
}

fn is_silent(organisation: &Organisation, waited: Timestamp, now: Timestamp) -> bool {
    let since = now.as_millis().saturating_sub(waited.as_millis());
    organisation.silent_after_ms().is_some_and(|most| since > most)
}

/// An identity provider that used to call and no longer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Silence {
    /// When it last called.
    pub(crate) since: Timestamp,
    /// Since when a call is awaited: the last call, or when it could call again.
    pub(crate) waited: Timestamp,
    pub(crate) why: WhySilent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhySilent {
    /// It has no working token.
    NoToken,
    Quarantine(Quarantine),
    Unknown,
}

/// Whether owners should be told that nothing calls, which they may have chosen.
pub(crate) fn silence(facts: &Facts) -> Option<Silence> {
    let organisation = &facts.organisation;
    if !organisation.scim || organisation.disabled.is_some() {
        return None;
    }
    let since = called(&facts.tokens, &facts.heard)?;
    let waited = waited_for(organisation, &facts.tokens, since, facts.now);
    if !is_silent(organisation, waited, facts.now) {
        return None;
    }
    let why = match (works(&facts.tokens, facts.now), quarantined(facts)) {
        (false, _) => WhySilent::NoToken,
        (true, Some(quarantine)) => WhySilent::Quarantine(quarantine),
        (true, None) => WhySilent::Unknown,
    };
    Some(Silence { since, waited, why })
}

/// Whether its calls follow the pattern of a job in quarantine, also in the hours after a call.
pub(crate) fn quarantined(facts: &Facts) -> Option<Quarantine> {
    in_quarantine(&facts.organisation, &facts.tokens, &facts.heard, &facts.returns)
}

pub(crate) fn in_quarantine(
    organisation: &Organisation,
    tokens: &[TokenRow],
    heard: &[Heard],
    returns: &[Return],
) -> Option<Quarantine> {
    // the pauses are Entra's
    let last = called(tokens, heard).filter(|_| organisation.provider == IdentityProvider::Entra)?;
    quarantine(returns, last)
}

/// When the identity provider last called. Calls to a wrong address do not count, nor do those with a read-only token,
/// which is another program's. An earlier release noted no milestones.
fn called(tokens: &[TokenRow], heard: &[Heard]) -> Option<Timestamp> {
    let only_reads = |key_id: &KeyId| tokens.iter().any(|token| token.read_only && token.key_id == *key_id);
    let heard: Vec<&Heard> = heard.iter().filter(|heard| !only_reads(&heard.key_id)).collect();
    let good = || heard.iter().filter(|heard| heard.what != Milestone::WrongPath);
    let used = tokens.iter().filter(|token| !token.read_only).filter_map(|token| token.last_used).max();
    let used = used.filter(|_| heard.is_empty() || good().next().is_some());
    // uses are noted by the minute, but the first of each milestone at once
    good().map(|heard| heard.last).max().max(used)
}

/// What went wrong since its last call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Setback<'a> {
    /// A token was refused.
    Refused(Refusal, &'a TokenRow),
    /// It called an address that does not exist.
    Astray(Timestamp),
}

pub(crate) fn setback<'a>(tokens: &'a [TokenRow], heard: &[Heard]) -> Option<Setback<'a>> {
    let called = called(tokens, heard);
    let is_newer = |at: Timestamp| called.is_none_or(|called| at >= called);
    let refusals = tokens.iter().filter_map(|token| Some((token.refusal?, token)));
    let refused = refusals.filter(|(refusal, _)| is_newer(refusal.at)).max_by_key(|(refusal, _)| refusal.at);
    let astray = heard.iter().filter(|heard| heard.what == Milestone::WrongPath && is_newer(heard.last));
    let astray = astray.map(|heard| heard.last).max();
    match (refused, astray) {
        (Some((refusal, token)), astray) if astray.is_none_or(|at| refusal.at >= at) => {
            Some(Setback::Refused(refusal, token))
        }
        (_, Some(at)) => Some(Setback::Astray(at)),
        _ => None,
    }
}
