//! Whether the identity provider calls, and whether its changes are accepted.

use super::{Connection, Facts, Finding, Level, Setback, To, Way, connection, setback};
use crate::clock::minute;

/// Whether it is let in, and has called recently.
pub(super) fn calls(facts: &Facts) -> Option<Finding> {
    let name = facts.organisation.provider.name();
    let found = |level, what: String, follows: String, label| {
        Some(Finding { level, what, follows, way: Some(Way { label, to: To::Auth }) })
    };
    let setback = setback(&facts.tokens, &facts.heard).map(|setback| said(setback, name));
    match connection(&facts.organisation, &facts.tokens, &facts.heard, facts.now) {
        Connection::Off => found(
            Level::Hint,
            "SCIM is off".to_owned(),
            "No identity provider adds or removes anybody.".to_owned(),
            "Enable SCIM",
        ),
        Connection::NoToken if facts.tokens.iter().any(|token| token.last_used.is_some()) => found(
            Level::Wrong,
            "no token works any more".to_owned(),
            format!(
                "Each call of {name} is refused: nobody comes in, and people who leave keep their access."
            ),
            "Make a token",
        ),
        Connection::NoToken => found(
            Level::Hint,
            "there is no token yet".to_owned(),
            format!("Without one {name} cannot call, and nobody comes in."),
            "Make a token",
        ),
        Connection::Waiting => match setback {
            Some(setback) => found(Level::Warning, setback, follows_refused(name), "See what to change"),
            None => found(
                Level::Hint,
                format!("{name} has not called yet"),
                "Once it does, everyone assigned there becomes a member.".to_owned(),
                "Connect it",
            ),
        },
        Connection::Silent(_) | Connection::Calls(_) => {
            let setback = setback?;
            found(Level::Warning, setback, follows_refused(name), "See what to change")
        }
    }
}

fn follows_refused(name: &str) -> String {
    format!("As long as {name} calls like that, nobody comes in, and people who leave keep their access.")
}

fn said(setback: Setback<'_>, name: &str) -> String {
    match setback {
        Setback::Refused(refusal, token) => format!(
            "the last call of {name}, on {}, was refused: token {}, {}",
            minute(refusal.at),
            token.named(),
            refusal.reason
        ),
        Setback::Astray(at) => {
            format!("the last call of {name}, on {}, went to an address that does not exist", minute(at))
        }
    }
}

/// Whether its changes are accepted.
pub(super) fn changes_are_taken(facts: &Facts) -> Option<Finding> {
    let name = facts.organisation.provider.name();
    let what = match facts.refused {
        ..=0 => return None,
        1 => format!("1 change from {name} was refused in the last 7 days"),
        n => format!("{n} changes from {name} were refused in the last 7 days"),
    };
    let last = facts.last_refused.as_ref().map(|last| {
        let did = match last.operation.as_str() {
            "create" => "create",
            "update" => "change",
            "delete" => "delete",
            _ => "make many changes at once",
        };
        let whom = match last.resource_type.as_str() {
            "" => String::new(),
            kind => format!(" a {kind}"),
        };
        format!("The last one, on {}, was to {did}{whom}, for the reason {}. ", minute(last.at), last.error)
    });
    let follows =
        format!("{}The provisioning log of {name} says which value was wrong.", last.unwrap_or_default());
    Some(Finding { level: Level::Warning, what, follows, way: None })
}

#[cfg(test)]
mod tests {
    use super::super::RefusedChange;
    use super::*;
    use crate::tokens::tests::row;
    use crate::tokens::{Reason, Refusal, TokenRow};

    fn with(change: impl FnOnce(&mut Facts)) -> Option<(Level, String)> {
        let mut facts = Facts::sound();
        change(&mut facts);
        calls(&facts).map(|finding| (finding.level, finding.what))
    }

    /// Seen to fail: with an organisation that never had a token told that no token works any longer.
    #[test]
    fn an_identity_provider_that_does_not_get_in_is_told_of() {
        let hour = 3_600_000;
        for (level, what, found) in [
            (Level::Hint, "SCIM is off", with(|f| f.organisation.scim = false)),
            (Level::Hint, "there is no token yet", with(|f| f.tokens.clear())),
            (
                Level::Wrong,
                "no token works any more",
                with(|f| f.tokens.iter_mut().for_each(|t| t.revoked = Some(f.now))),
            ),
            (Level::Hint, "Entra has not called yet", with(|f| f.tokens = vec![row()])),
            (
                Level::Warning,
                "cut off after 40",
                with(|f| {
                    let refusal = Some(Refusal { at: f.now, reason: Reason::CutOff(40) });
                    f.tokens = vec![TokenRow { refusal, last_used: Some(f.ago(hour)), ..row() }];
                }),
            ),
        ] {
            let (got, said) = found.unwrap_or_else(|| panic!("{what}"));
            assert!(got == level && said.contains(what), "{said}");
        }
        assert_eq!(with(|_| ()), None);
    }

    /// Seen to fail: with the number ignored.
    #[test]
    fn changes_that_were_refused_are_counted_and_the_last_is_told() {
        let mut facts = Facts::sound();
        assert_eq!(changes_are_taken(&facts), None);
        facts.refused = 3;
        facts.last_refused = Some(RefusedChange {
            at: facts.now,
            operation: "create".to_owned(),
            resource_type: "User".to_owned(),
            error: "InvalidValue".to_owned(),
        });
        let found = changes_are_taken(&facts).expect("told of");
        assert_eq!(found.what, "3 changes from Entra were refused in the last 7 days");
        assert!(
            found.follows.contains("was to create a User, for the reason InvalidValue."),
            "{}",
            found.follows
        );
    }
}
