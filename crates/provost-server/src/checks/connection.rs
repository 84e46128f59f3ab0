//! How the identity provider of an organisation stands: a pure function of what was heard of its tokens.

use crate::clock::Timestamp;
use crate::organisations::{IdentityProvider, Organisation};
use crate::tokens::{Heard, Milestone, Refusal, TokenRow, TokenState};

/// Entra calls every 40 minutes while provisioning runs. The others call when something changes.
pub(super) const SILENT_MS: i64 = 3 * 3_600_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connection {
    /// SCIM is off.
    Off,
    /// Each token was revoked, has ended or may only read.
    NoToken,
    /// Nothing has called yet.
    Waiting,
    /// It called last then, and should have called since.
    Silent(Timestamp),
    /// It called last then.
    Calls(Timestamp),
}

pub(crate) fn connection(
    organisation: &Organisation,
    tokens: &[TokenRow],
    heard: &[Heard],
    now: Timestamp,
) -> Connection {
    let works = tokens.iter().any(|token| token.state(now) == TokenState::Active && !token.read_only);
    match called(tokens, heard) {
        _ if !organisation.scim => Connection::Off,
        _ if !works => Connection::NoToken,
        None => Connection::Waiting,
        Some(last) if is_silent(organisation.provider, last, now) => Connection::Silent(last),
        Some(last) => Connection::Calls(last),
    }
}

fn is_silent(provider: IdentityProvider, last: Timestamp, now: Timestamp) -> bool {
    provider == IdentityProvider::Entra && now.as_millis().saturating_sub(last.as_millis()) > SILENT_MS
}

/// When the identity provider called last. A call to a wrong address is none; an earlier release noted no milestones.
fn called(tokens: &[TokenRow], heard: &[Heard]) -> Option<Timestamp> {
    let good = || heard.iter().filter(|heard| heard.what != Milestone::WrongPath);
    let used = tokens.iter().filter_map(|token| token.last_used).max();
    let used = used.filter(|_| heard.is_empty() || good().next().is_some());
    // a use is noted by the minute, the first of each milestone at once
    good().map(|heard| heard.last).max().max(used)
}

/// What went wrong since it last called.
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
