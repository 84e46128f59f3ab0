//! Whether an organisation would still have an owner if one left, and who is still here although un-assigned.

use super::{Facts, Finding, Level, To, Way};
use crate::clock::minute;

/// An organisation of several people with one owner is one lost password away from having nobody who may change it.
pub(super) fn owners_are_several(facts: &Facts) -> Option<Finding> {
    if facts.owners != 1 || facts.members.is_one() {
        return None;
    }
    Some(Finding {
        level: Level::Hint,
        what: "there is only one owner".to_owned(),
        follows:
            "If that person is away, nobody else can make owners, change Auth settings or cut somebody off."
                .to_owned(),
        way: Some(Way { label: "See members", to: To::Members }),
    })
}

/// The last owner stays even when the identity provider un-assigns them, and the others must be told.
pub(super) fn the_last_owner_may_go(facts: &Facts) -> Option<Finding> {
    let (owner, provider) = (facts.last_owner.as_ref()?, facts.organisation.provider.name());
    Some(Finding {
        level: Level::Warning,
        what: format!("{} was un-assigned in {provider} and is the last owner", owner.name),
        follows: format!(
            "Without an owner nobody could decide anything here, so this was refused on {}: the person keeps all access until \
             another member who has joined is made an owner. An owner does that, or those who operate this server.",
            minute(owner.since)
        ),
        way: Some(Way { label: "See members", to: To::Members }),
    })
}

/// Somebody the identity provider un-assigns stays if they were also invited by hand.
pub(super) fn nobody_is_left_behind(facts: &Facts) -> Option<Finding> {
    let (left, provider) = (&facts.left_behind, facts.organisation.provider.name());
    let mut names: Vec<&str> = left.first.iter().map(|one| one.name.as_str()).collect();
    if left.has_more {
        names.push("others");
    }
    let (who, were, are) = match names[..] {
        [] => return None,
        [one] => (one.to_owned(), "was", "is"),
        [ref first @ .., last] => (format!("{} and {last}", first.join(", ")), "were", "are"),
    };
    Some(Finding {
        level: Level::Warning,
        what: format!("{who} {were} un-assigned in {provider} and {are} still here by hand"),
        follows: "They keep their access until somebody removes them, or an owner says that they stay."
            .to_owned(),
        way: Some(Way { label: "See who", to: To::LeftBehind }),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Count;
    use super::*;
    use crate::people::{Left, LeftBehind, MembershipId};

    /// Seen to fail: without saying that there are more.
    #[test]
    fn who_is_left_behind_is_named() {
        let said = |names: &[&str], has_more| {
            let left = |name: &&str| Left {
                id: MembershipId(1),
                name: (*name).to_owned(),
                since: crate::clock::Timestamp::from_millis(0),
            };
            let left_behind = LeftBehind { first: names.iter().map(left).collect(), has_more };
            let facts = Facts { left_behind, ..Facts::sound() };
            nobody_is_left_behind(&facts).map(|finding| finding.what)
        };
        let still = |who: &str, were: &str, are: &str| {
            Some(format!("{who} {were} un-assigned in Entra and {are} still here by hand"))
        };
        assert_eq!(said(&[], false), None);
        assert_eq!(said(&["Ann"], false), still("Ann", "was", "is"));
        assert_eq!(said(&["Ann", "Bo"], false), still("Ann and Bo", "were", "are"));
        assert_eq!(said(&["Ann", "Bo", "Cleo"], true), still("Ann, Bo, Cleo and others", "were", "are"));
    }

    #[test]
    fn the_last_owner_is_named() {
        let since = crate::clock::Timestamp::from_millis(0);
        let left = Left { id: MembershipId(1), name: "Ines Falk".to_owned(), since };
        let facts = Facts { last_owner: Some(left), ..Facts::sound() };
        let found = the_last_owner_may_go(&facts).expect("found");
        assert_eq!(found.what, "Ines Falk was un-assigned in Entra and is the last owner");
        assert!(found.follows.contains("refused on 1970-01-01 00:00 UTC"), "{}", found.follows);
        assert_eq!(the_last_owner_may_go(&Facts::sound()), None);
    }

    /// Seen to fail: with a person who is alone told to add another owner.
    #[test]
    fn one_owner_of_several_people_is_told_of() {
        for (owners, members, is_told) in [(1, 2, true), (1, 1, false), (2, 3, false), (0, 3, false)] {
            let facts = Facts { owners, members: Count::Exactly(members), ..Facts::sound() };
            assert_eq!(owners_are_several(&facts).is_some(), is_told, "{owners} of {members}");
        }
    }
}
