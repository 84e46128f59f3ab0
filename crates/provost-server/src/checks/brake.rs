//! Whether SCIM is ending many memberships.

use super::{Facts, Finding, Level, To, Way};
use crate::clock::minute;

/// Un-assigning a group by mistake removes everybody in it.
pub(super) fn few_end(facts: &Facts) -> Option<Finding> {
    let (brake, state) = (&facts.organisation.brake, &facts.brake);
    if !state.is_reached() {
        return None;
    }
    let (ended, name) = (state.ended, facts.organisation.provider.name());
    let (level, follows) = match (brake.stops(), state.lift) {
        (false, _) => (
            Level::Warning,
            "Nobody is stopped yet: anyone else who is un-assigned also loses access.".to_owned(),
        ),
        (true, Some(lift)) => (
            Level::Warning,
            format!(
                "An owner has lifted the brake, at the latest until {}, so nothing is stopped.",
                minute(lift.until)
            ),
        ),
        (true, None) => {
            let until = state.below.map(|at| format!(", or until {}", minute(at))).unwrap_or_default();
            (
                Level::Wrong,
                format!(
                    "Whoever is un-assigned now keeps access until an owner lifts the brake{until}. {name} is refused."
                ),
            )
        }
    };
    let (what, label) = match level {
        Level::Wrong => {
            (format!("no other membership ends: {ended} ended by SCIM within an hour"), "Lift the brake")
        }
        Level::Warning | Level::Hint => {
            (format!("{ended} memberships ended by SCIM within an hour"), "See the brake")
        }
    };
    Some(Finding { level, what, follows, way: Some(Way { label, to: To::Brake }) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brake::{Brake, LiftOf, Manner, State};

    /// Seen to fail: with a lift ignored.
    #[test]
    fn it_is_said_that_many_end_and_whether_others_are_stopped() {
        let stop = Brake { manner: Manner::Stop, ..Brake::default() };
        let lift = Some(LiftOf::Ends(5).from(Facts::sound().now));
        for (brake, ended, lift, expected) in [
            (Brake::default(), 49, None, None),
            (Brake::default(), 50, None, Some((Level::Warning, "Nobody is stopped yet"))),
            (stop, 50, None, Some((Level::Wrong, "keeps access until an owner lifts the brake"))),
            (stop, 50, lift, Some((Level::Warning, "An owner has lifted the brake"))),
        ] {
            let mut facts = Facts::sound();
            facts.organisation.brake = brake;
            facts.brake = State { ended, limit: Some(50), below: None, lift };
            let found = few_end(&facts);
            assert_eq!(found.as_ref().map(|found| found.level), expected.map(|(level, _)| level));
            let said = found.map(|found| found.follows).unwrap_or_default();
            assert!(said.contains(expected.map(|(_, said)| said).unwrap_or_default()), "{said}");
        }
    }
}
