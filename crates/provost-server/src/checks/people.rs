//! Whether somebody is there to decide, whoever leaves.

use super::{Facts, Finding, Level, To, Way};

/// With one owner, an organisation of several is one lost password away from nobody who may change it.
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

#[cfg(test)]
mod tests {
    use super::super::Count;
    use super::*;

    /// Seen to fail: with somebody alone told to share.
    #[test]
    fn one_owner_of_several_people_is_told_of() {
        for (owners, members, is_told) in [(1, 2, true), (1, 1, false), (2, 3, false), (0, 3, false)] {
            let facts = Facts { owners, members: Count::Exactly(members), ..Facts::sound() };
            assert_eq!(owners_are_several(&facts).is_some(), is_told, "{owners} of {members}");
        }
    }
}
