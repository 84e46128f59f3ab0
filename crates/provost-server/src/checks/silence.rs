//! Whether an identity provider that used to call still does.

use super::connection::quarantined;
use super::{Connection, Facts, Finding, Level, To, Way, connection};
use crate::clock::minute;

const FOLLOWS: &str = "Until it calls again nobody comes in, and people who leave keep their access.";

/// Whether it called recently, and not from quarantine. `provisioning` reports the lack of a working token.
pub(super) fn is_heard(facts: &Facts) -> Option<Finding> {
    let name = facts.organisation.provider.name();
    let last = match connection(&facts.organisation, &facts.tokens, &facts.heard, facts.now) {
        Connection::Silent(last) | Connection::Calls(last) => last,
        Connection::Off | Connection::NoToken | Connection::Waiting => return None,
    };
    let is_silent = super::silence(facts).is_some();
    let (what, follows) = match (quarantined(facts), is_silent) {
        (Some(quarantine), _) => (
            format!(
                "{name} seems to have put provisioning into quarantine, and called last on {}",
                minute(last)
            ),
            format!(
                "It came back after {} hours only, as it does then, and gives up after 28 days. {FOLLOWS} The page about \
                 provisioning in its portal says why.",
                quarantine.hours
            ),
        ),
        (None, true) => (
            format!("{name} has been silent since {}", minute(last)),
            format!("{FOLLOWS} Look in its portal whether provisioning is stopped or in quarantine."),
        ),
        (None, false) => return None,
    };
    let way = Some(Way { label: "See what was heard", to: To::Auth });
    Some(Finding { level: Level::Warning, what, follows, way })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{Silence, WhySilent, silence};
    use crate::organisations::IdentityProvider;
    use crate::silence::{Quarantine, Return, SilentAfter};
    use crate::tokens::tests::row;
    use crate::tokens::{KeyId, TokenRow};

    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;

    /// An organisation whose identity provider last called this long ago.
    fn called(ms: i64, change: impl FnOnce(&mut Facts)) -> Facts {
        let mut facts = Facts::sound();
        facts.tokens = vec![TokenRow { last_used: Some(facts.ago(ms)), ..row() }];
        change(&mut facts);
        facts
    }

    /// The finding, and whether owners are told.
    fn said(facts: &Facts) -> (Option<String>, bool) {
        (is_heard(facts).map(|finding| finding.what), silence(facts).is_some())
    }

    /// Seen to fail: with Okta expected to follow Entra's rhythm, with SCIM off, and with calls of a read-only token.
    #[test]
    fn silence_is_what_the_organisation_says_it_is() {
        let after =
            |text: &'static str| move |f: &mut Facts| f.organisation.silent_after = text.parse().expect(text);
        let okta = |f: &mut Facts| f.organisation.provider = IdentityProvider::Okta;
        let monitor = |f: &mut Facts| {
            let (key_id, last_used) = (KeyId::from_random([9; 16]), Some(f.now));
            f.tokens.push(TokenRow { key_id, read_only: true, last_used, ..row() });
        };
        for (facts, is_silent) in [
            (called(2 * HOUR, |_| ()), false),
            (called(2 * HOUR + 1, |_| ()), true),
            (called(2 * HOUR + 1, monitor), true),
            (called(3 * HOUR, after("3h")), false),
            (called(3 * HOUR + 1, after("3h")), true),
            (called(16 * MINUTE, after("15m")), true),
            (called(1_000 * HOUR, after("never")), false),
            (called(1_000 * HOUR, okta), false),
            (
                called(25 * HOUR, |f| {
                    okta(f);
                    after("1d")(f)
                }),
                true,
            ),
            (called(9 * HOUR, |f| f.organisation.scim = false), false),
            (called(9 * HOUR, |f| f.tokens = vec![row()]), false),
        ] {
            let (found, told) = said(&facts);
            assert_eq!((found.is_some(), told), (is_silent, is_silent), "{found:?} {facts:?}");
        }
    }

    /// Seen to fail: with owners told although the organisation is switched off.
    #[test]
    fn owners_are_told_why_where_that_is_known() {
        let at = |facts: &Facts, ago, paused| Return { at: facts.ago(ago), paused_ms: paused };
        let retried =
            |f: &mut Facts| f.returns = vec![at(f, 15 * HOUR, 6 * HOUR), at(f, 3 * HOUR, 12 * HOUR)];
        let quarantine = WhySilent::Quarantine(Quarantine { hours: 12 });
        for (facts, why) in [
            (called(3 * HOUR, |_| ()), Some(WhySilent::Unknown)),
            (called(3 * HOUR, retried), Some(quarantine)),
            (
                called(3 * HOUR, |f| {
                    retried(f);
                    f.organisation.provider = IdentityProvider::Other
                }),
                None,
            ),
            (called(3 * HOUR, |f| f.tokens[0].revoked = Some(f.now)), Some(WhySilent::NoToken)),
            (called(3 * HOUR, |f| f.organisation.disabled = Some(f.now)), None),
        ] {
            let since = facts.ago(3 * HOUR);
            assert_eq!(silence(&facts), why.map(|why| Silence { since, waited: since, why }));
        }
    }

    /// What could not call is not silent, and has the full time once it can.
    ///
    /// Seen to fail: with the time counted from the last call, with the gap before a token ignored, and with a
    /// replacement token taken for a new beginning.
    #[test]
    fn it_is_waited_for_since_it_can_call() {
        let reopened = |ms| move |f: &mut Facts| f.organisation.reopened = Some(f.ago(ms));
        let token = |f: &Facts, n, created, revoked: Option<i64>, expires: Option<i64>| TokenRow {
            key_id: KeyId::from_random([n; 16]),
            created: f.ago(created),
            revoked: revoked.map(|ms| f.ago(ms)),
            expires: expires.map(|ms| f.ago(ms)),
            ..row()
        };
        // tokens by when they were made and ended, as times before now
        let with = |others: &'static [(i64, Option<i64>, Option<i64>)]| {
            move |f: &mut Facts| {
                f.tokens[0].created = f.ago(90 * HOUR);
                f.tokens[0].revoked = Some(f.ago(5 * HOUR));
                f.tokens[0].expires = None;
                for (n, (created, revoked, expires)) in (1..).zip(others) {
                    let one = token(f, n, *created, *revoked, *expires);
                    f.tokens.push(one);
                }
            }
        };
        for (facts, is_silent) in [
            (called(9 * HOUR, reopened(2 * HOUR)), false),
            (called(9 * HOUR, reopened(2 * HOUR + 1)), true),
            // it has called since
            (called(2 * HOUR + 1, reopened(9 * HOUR)), true),
            (called(9 * HOUR, with(&[(2 * HOUR, None, None)])), false),
            (called(9 * HOUR, with(&[(3 * HOUR, None, None)])), true),
            (called(9 * HOUR, with(&[(5 * HOUR, None, None)])), true),
            (called(9 * HOUR, with(&[(HOUR, None, None), (5 * HOUR, None, None)])), true),
            // a chain of them, and one that had expired
            (
                called(
                    9 * HOUR,
                    with(&[
                        (HOUR, None, None),
                        (3 * HOUR, Some(HOUR), None),
                        (6 * HOUR, None, Some(3 * HOUR)),
                    ]),
                ),
                true,
            ),
            (called(9 * HOUR, with(&[(HOUR, None, None), (4 * HOUR, None, Some(2 * HOUR))])), false),
        ] {
            let (found, told) = said(&facts);
            assert_eq!((found.is_some(), told), (is_silent, is_silent), "{found:?} {facts:?}");
        }
    }

    /// It is detected within minutes of a call, although the next call is hours away.
    ///
    /// Seen to fail: with a quarantine only reported during silence.
    #[test]
    fn a_quarantine_is_named_after_a_call_as_well() {
        for (ago, silent_after) in [(MINUTE, SilentAfter::Usual), (5 * HOUR, SilentAfter::Never)] {
            let facts = called(ago, |f| {
                f.organisation.silent_after = silent_after;
                let at = |ms| f.ago(ago + ms);
                f.returns = vec![
                    Return { at: at(12 * HOUR), paused_ms: 6 * HOUR },
                    Return { at: at(0), paused_ms: 12 * HOUR },
                ];
            });
            let (found, told) = said(&facts);
            assert!(found.is_some_and(|found| found.contains("quarantine")) && !told);
        }
    }
}
