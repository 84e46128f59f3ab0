//! Whether the people of an organisation get their mail.

use super::{Count, Facts, Finding, Level, To, Way};

/// A mail that has waited longer than this has been tried several times.
const LONG_MS: i64 = 3_600_000;

/// Whether due mail is sent.
pub(super) fn is_sent(facts: &Facts) -> Option<Finding> {
    let mail = &facts.unsent;
    let waiting = |verb: &str| format!("{} {verb}", mail.waiting.of("mail"));
    let found = |level, what, follows: String| Some(Finding { level, what, follows, way: None });
    if !mail.waiting.is_none() && !facts.sends_mail {
        let verb =
            if mail.waiting.is_one() { "waits, and no mail is sent" } else { "wait, and no mail is sent" };
        let follows = "Nobody gets an invitation until the operator of this server names a mail server.";
        return found(Level::Warning, waiting(verb), follows.to_owned());
    }
    let age_ms = mail.oldest.map_or(0, |at| facts.now.as_millis().saturating_sub(at.as_millis()));
    if !mail.waiting.is_none() && age_ms > LONG_MS {
        let hours = Count::Exactly(age_ms / LONG_MS).of("hour");
        let what = format!("no mail has gone out for {hours}");
        let why = mail.error.as_deref().map(|error| format!(" The last attempt came to: {error}."));
        let follows = format!("{}.{}", waiting("to be sent"), why.unwrap_or_default());
        return found(Level::Wrong, what, follows);
    }
    if mail.failed.is_none() {
        return None;
    }
    let what = format!("{} could not be sent", mail.failed.of("mail"));
    let follows = "They were given up. Invitations among them can be sent again on the page of each member.";
    found(Level::Warning, what, follows.to_owned())
}

/// Whether invitations arrive and are accepted.
pub(super) fn invitations_arrive(facts: &Facts) -> Option<Finding> {
    let (ended, bounced) = (facts.ended, facts.bounced);
    let has = |count: Count| if count.is_one() { "has" } else { "have" };
    let ended_unused = format!("{} {} ended unused", ended.of("invitation"), has(ended));
    let refused = format!("{} could not be delivered", bounced.of("invitation"));
    let (what, to) = match (ended.is_none(), bounced.is_none()) {
        (true, true) => return None,
        (false, true) => (ended_unused, To::Ended),
        (true, false) => (refused, To::Bounced),
        (false, false) => (format!("{ended_unused}, and {bounced} could not be delivered"), To::Members),
    };
    let follows = "Nobody joins by these. Send them again, or correct the address where it comes from.";
    let way = Some(Way { label: "See who", to });
    Some(Finding { level: Level::Warning, what, follows: follows.to_owned(), way })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut Facts)) -> Facts {
        let mut facts = Facts::sound();
        change(&mut facts);
        facts
    }

    /// Seen to fail: without the age of the oldest mail.
    #[test]
    fn mail_that_does_not_go_out_is_told_of() {
        let old = |facts: &mut Facts| {
            facts.unsent.waiting = Count::Exactly(2);
            facts.unsent.oldest = Some(facts.ago(2 * LONG_MS));
            facts.unsent.error = Some("the server is away".to_owned());
        };
        let found = is_sent(&with(old)).expect("told of");
        assert_eq!((found.level, found.what.as_str()), (Level::Wrong, "no mail has gone out for 2 hours"));
        assert_eq!(found.follows, "2 mails to be sent. The last attempt came to: the server is away.");
        let unsent = is_sent(&with(|f| (f.sends_mail, f.unsent.waiting) = (false, Count::Exactly(1))));
        assert_eq!(unsent.expect("told of").what, "1 mail waits, and no mail is sent");
        let failed = is_sent(&with(|f| f.unsent.failed = Count::Over(100))).expect("told of");
        assert_eq!(failed.what, "over 100 mails could not be sent");
        assert_eq!(
            is_sent(&with(|f| (f.unsent.waiting, f.unsent.oldest) = (Count::Exactly(1), Some(f.now)))),
            None
        );
    }

    /// Seen to fail: with bounced ones left out if others have expired.
    #[test]
    fn invitations_that_lead_nowhere_are_told_of() {
        let said = |ended, bounced| {
            let found = invitations_arrive(&with(|f| (f.ended, f.bounced) = (ended, bounced)));
            found.map(|found| (found.what, found.way.expect("a way").to))
        };
        let (one, two) = (Count::Exactly(1), Count::Exactly(2));
        for (ended, bounced, what, to) in [
            (one, Count::NONE, "1 invitation has ended unused", To::Ended),
            (Count::NONE, two, "2 invitations could not be delivered", To::Bounced),
            (two, one, "2 invitations have ended unused, and 1 could not be delivered", To::Members),
        ] {
            assert_eq!(said(ended, bounced), Some((what.to_owned(), to)));
        }
        assert_eq!(said(Count::NONE, Count::NONE), None);
    }
}
