//! Checks of the members: whether somebody is here who should not be, or twice.

use super::Answer;
use super::facts::Facts;
use crate::checks;
use crate::output::few;
use crate::people::Details;
use crate::slug::Slug;

/// Roles used to be free text; now there are three.
pub(super) fn roles_are_what_they_were(facts: &Facts) -> Answer {
    let Ok(found) = &facts.database else { return Answer::Unknown };
    let members = found.renamed_roles.iter().map(|(slug, n)| format!("{n} member{} of {slug}", s(*n)));
    let defaults = found.each.iter().filter_map(|checks::Facts { organisation, .. }| {
        let former = organisation.former_default_role.as_ref()?;
        Some(format!("the Default Role of {}, which was `{former}`", organisation.slug))
    });
    let renamed: Vec<String> = members.chain(defaults).collect();
    match renamed.is_empty() {
        true => Answer::fine("every role has the name that it had"),
        false => Answer::note(
            format!(
                "roles of another name than owner, manager and member became member, and those called owner, manager: {}",
                few(&renamed)
            ),
            "see each with `provost members show`, and set it with `provost members role`; set the Default Role with \
             `provost org update --default-role`",
        ),
    }
}

/// A person invited by hand may also be a SCIM user.
pub(super) fn nobody_is_here_twice(facts: &Facts) -> Answer {
    match named(facts, |member| !member.possible_matches.is_empty()) {
        None => Answer::Unknown,
        Some(twice) if twice.is_empty() => {
            Answer::fine("no member by hand has the address or the id of a user")
        }
        Some(twice) => Answer::note(
            format!(
                "these members by hand have the address or the id of a user of the identity provider: {}",
                few(&twice)
            ),
            "see each with `provost members show`; if they are one person, merge them with `provost members merge`",
        ),
    }
}

fn s(n: i64) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// The matching members by hand, by organisation and address.
fn named(facts: &Facts, which: impl Fn(&Details) -> bool) -> Option<Vec<String>> {
    let found = facts.database.as_ref().ok()?;
    let name = |(slug, details): &(Slug, Details)| format!("{slug}/{}", details.member.user_name);
    Some(found.by_hand.iter().filter(|(_, member)| which(member)).map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{Held, ManagedBy, Member, MembershipId, PossibleMatch, Role, Same, State};

    fn details() -> Details {
        Details {
            invitation: crate::people::Invitation::None,
            member: Member {
                user_name: "ann@example.com".to_owned(),
                display_name: None,
                email: Some("ann@example.com".to_owned()),
                role: Some(Held::ByHand(Role::Owner)),
                state: State::Invited,
                scim_user_id: None,
                managed_by: ManagedBy::Hand,
                teams: Vec::new(),
                id: Some(MembershipId(1)),
                source: Some(Held::ByHand(Role::Owner)),
                joined: None,
                last_sign_in: None,
            },
            created: None,
            former_role: None,
            unassigned: None,
            possible_matches: Vec::new(),
        }
    }

    fn with(change: impl FnOnce(&mut Details)) -> Facts {
        let mut facts = Facts::sound();
        let mut one = details();
        change(&mut one);
        facts.database.as_mut().expect("a database").by_hand.push(("acme".parse().expect("a slug"), one));
        facts
    }

    fn notes(answer: &Answer, what: &str) -> bool {
        matches!(answer, Answer::Note(advice) if advice.what.contains(what))
    }

    #[test]
    fn a_member_by_hand_is_noted_for_what_is_odd_about_it() {
        let plain = with(|_| ());
        assert!(matches!(nobody_is_here_twice(&plain), Answer::Fine(_)));
        let twice = with(|member| {
            let user_name = "ann".to_owned();
            member.possible_matches.push(PossibleMatch {
                id: MembershipId(2),
                user_name,
                scim_user_id: None,
                display_name: None,
                same: Same::Address,
            });
        });
        assert!(notes(&nobody_is_here_twice(&twice), "acme/ann@example.com"));
    }

    #[test]
    fn roles_of_another_name_are_counted() {
        let mut facts = Facts::sound();
        let found = facts.database.as_mut().expect("a database");
        found.renamed_roles.push(("acme".parse().expect("a slug"), 2));
        found.each[0].organisation.former_default_role = Some("viewer".to_owned());
        let answer = roles_are_what_they_were(&facts);
        assert!(notes(&answer, "2 members of acme") && notes(&answer, "`viewer`"), "{answer:?}");
    }
}
