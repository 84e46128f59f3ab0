//! Whether people can go on signing in by the identity provider: its certificates end, and new ones are known by its metadata alone.

use super::{Facts, Finding, Level, To, Way};
use crate::clock::{Timestamp, day, minute};
use crate::jobs::Ending;
use crate::sso::{Amiss, Trouble};

const DAY_MS: i64 = 86_400_000;
/// As Entra mails it: 60, 30 and 7 days before. Earlier than this it is worth knowing, later it needs somebody.
const EARLY_DAYS: i64 = 60;
const SOON_DAYS: i64 = 30;

/// What is known of single sign-on, where it is on.
#[derive(Debug, Clone)]
pub(crate) struct SignOnFacts {
    /// When the last certificate ends that stays trusted.
    pub(crate) last_end: Option<Timestamp>,
    /// Whether sign-ins are refused from then on.
    pub(crate) refuses_expired: bool,
    /// Whether new ones are known by reading the metadata again; otherwise it was pasted.
    pub(crate) is_read_again: bool,
    pub(crate) trouble: Option<Trouble>,
}

/// One is trusted that is good for a while.
pub(super) fn certificates_last(facts: &Facts) -> Option<Finding> {
    let sign_on = facts.sign_on.as_ref()?;
    let end = sign_on.last_end?;
    let left = end.as_millis().saturating_sub(facts.now.as_millis());
    let days = left / DAY_MS;
    if days > EARLY_DAYS || left >= EARLY_DAYS * DAY_MS {
        return None;
    }
    let what = match days {
        _ if left < 0 => format!("the certificate of single sign-on ended on {}", day(end)),
        0 => format!("the certificate of single sign-on ends within a day, on {}", day(end)),
        1 => format!("the certificate of single sign-on ends in 1 day, on {}", day(end)),
        days => format!("the certificate of single sign-on ends in {days} days, on {}", day(end)),
    };
    let level = match sign_on.refuses_expired {
        true if left < 0 => Level::Wrong,
        _ if left > SOON_DAYS * DAY_MS => Level::Hint,
        _ => Level::Warning,
    };
    let then = match (sign_on.refuses_expired, left < 0) {
        (true, true) => "Nobody comes in by single sign-on.",
        (true, false) => "Then nobody comes in by single sign-on any more.",
        (false, _) => "Sign-ins go on, since certificates that have ended are accepted here.",
    };
    let name = facts.organisation.provider.name();
    let known = match sign_on.is_read_again {
        true => "it is trusted here once it is in the metadata",
        false => "then paste its new metadata on this page, test, and put it in force",
    };
    let follows = format!("{then} Make a new one in {name}; {known}.");
    Some(Finding { level, what, follows, way: WAY })
}

/// Days before the end of the last certificate on which owners are mailed.
const WARNINGS: [i64; 3] = [7, 30, EARLY_DAYS];

/// The warning that is due, if the last certificate ends soon.
pub(super) fn warning(facts: &Facts) -> Option<Ending> {
    let sign_on = facts.sign_on.as_ref()?;
    let ends = sign_on.last_end?.as_millis();
    let left = ends.saturating_sub(facts.now.as_millis());
    let days = WARNINGS.into_iter().find(|days| left > 0 && left <= days * DAY_MS)?;
    Some(Ending { ends, days, refuses: sign_on.refuses_expired, read_again: sign_on.is_read_again })
}

/// The metadata that was read last is that of the identity provider, and nothing of it waits.
pub(super) fn metadata_is_read(facts: &Facts) -> Option<Finding> {
    let Trouble { since, amiss } = facts.sign_on.as_ref()?.trouble.as_ref()?;
    let is_new = facts.now.as_millis().saturating_sub(since.as_millis()) < DAY_MS;
    let level = match amiss {
        // an identity provider is away now and then
        Amiss::Unread(_) if is_new => Level::Hint,
        Amiss::Unread(_) | Amiss::Entity(_) | Amiss::SignOn(_) | Amiss::Logout(_) => Level::Warning,
    };
    let what = format!("{}, since {}", amiss.what(), minute(*since));
    Some(Finding { level, what, follows: amiss.follows(), way: WAY })
}

const WAY: Option<Way> = Some(Way { label: "See single sign-on", to: To::SignOn });

#[cfg(test)]
mod tests {
    use super::*;

    fn with(last_end_ms: i64, refuses_expired: bool, trouble: Option<Trouble>) -> Facts {
        let facts = Facts::sound();
        let last_end = Some(Timestamp::from_millis(facts.now.as_millis() + last_end_ms));
        let is_read_again = true;
        Facts { sign_on: Some(SignOnFacts { last_end, refuses_expired, is_read_again, trouble }), ..facts }
    }

    /// Seen to fail: with a certificate that has ended not told of.
    #[test]
    fn an_end_is_told_of_before_it_comes() {
        for (days, refuses, expected) in [
            (60, false, None),
            (59, false, Some((Level::Hint, "ends in 59 days, on 2027-03-15"))),
            (31, true, Some((Level::Hint, "ends in 31 days"))),
            (30, false, Some((Level::Warning, "ends in 30 days"))),
            (7, true, Some((Level::Warning, "ends in 7 days"))),
            (0, false, Some((Level::Warning, "ends within a day"))),
            (-1, false, Some((Level::Warning, "ended on 2027-01-14"))),
            (-1, true, Some((Level::Wrong, "ended on 2027-01-14"))),
        ] {
            let found = certificates_last(&with(days * DAY_MS, refuses, None));
            let said = found.as_ref().map(|found| (found.level, found.what.as_str()));
            let fits =
                |(level, part): (Level, &str)| said.is_some_and(|(l, s)| l == level && s.contains(part));
            assert!(expected.map_or(said.is_none(), fits), "{days}: {said:?}");
        }
        let follows = |days: i64, refuses| {
            certificates_last(&with(days * DAY_MS, refuses, None)).expect("told of").follows
        };
        assert!(follows(7, false).starts_with("Sign-ins go on"));
        assert!(follows(7, true).starts_with("Then nobody comes in"));
        assert!(follows(-1, true).starts_with("Nobody comes in"));
        assert_eq!(certificates_last(&Facts::sound()), None);
        assert!(follows(7, false).ends_with("once it is in the metadata."));
        let mut pasted = with(7 * DAY_MS, false, None);
        pasted.sign_on.as_mut().expect("single sign-on").is_read_again = false;
        assert!(certificates_last(&pasted).expect("told of").follows.contains("paste its new metadata"));
    }

    /// Seen to fail: with one mail for all of them, and with one after the end.
    #[test]
    fn owners_are_mailed_three_times_before_an_end() {
        let days = |left_ms| warning(&with(left_ms, false, None)).map(|ending| ending.days);
        for (left, expected) in [
            (60 * DAY_MS + 1, None),
            (60 * DAY_MS, Some(60)),
            (30 * DAY_MS + 1, Some(60)),
            (30 * DAY_MS, Some(30)),
            (7 * DAY_MS, Some(7)),
            (1, Some(7)),
            (0, None),
            (-DAY_MS, None),
        ] {
            assert_eq!(days(left), expected, "{left}");
        }
        let ending = warning(&with(DAY_MS, true, None)).expect("a warning");
        assert!(ending.refuses && ending.read_again);
        assert_eq!(warning(&Facts::sound()), None);
    }

    /// Seen to fail: with an identity provider that is away for long told of as a hint.
    #[test]
    fn what_is_wrong_with_metadata_is_told_of() {
        let facts = Facts::sound();
        let said = |ms, amiss| {
            let trouble = Some(Trouble { since: facts.ago(ms), amiss });
            metadata_is_read(&with(100 * DAY_MS, false, trouble)).map(|found| (found.level, found.what))
        };
        let unread = || Amiss::Unread("the host answered 500 instead of 200".to_owned());
        let what = "the metadata of the identity provider cannot be read, since 2027-01-15 07:00 UTC";
        assert_eq!(said(DAY_MS / 24, unread()), Some((Level::Hint, what.to_owned())));
        assert_eq!(said(DAY_MS, unread()).map(|said| said.0), Some(Level::Warning));
        assert_eq!(said(0, Amiss::Entity("x".to_owned())).map(|said| said.0), Some(Level::Warning));
        assert_eq!(metadata_is_read(&with(100 * DAY_MS, false, None)), None);
    }
}
