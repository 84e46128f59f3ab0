//! The findings about each organisation, from the same checks as its overview.

use super::Answer;
use super::facts::Facts;
use crate::checks::{Check, Level};

/// How many organisations an answer names.
const TOLD: usize = 10;

pub(super) fn are_there(facts: &Facts) -> Answer {
    let Ok(found) = &facts.database else { return Answer::Unknown };
    match found.each.len() {
        0 => Answer::note("there is no organisation", "create one with `provost org create SLUG`"),
        1 => Answer::fine("there is 1 organisation"),
        n => Answer::fine(format!("there are {n} organisations")),
    }
}

/// What a check finds in all organisations, the worst first.
pub(super) fn asked(facts: &Facts, check: &Check) -> Answer {
    let Ok(contents) = &facts.database else { return Answer::Unknown };
    let found = contents.each.iter().filter_map(|one| Some((&one.organisation.slug, check.find(one)?)));
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|(_, finding)| finding.level);
    let Some((_, worst)) = found.first() else { return Answer::fine(check.fine) };
    let (level, more) = (worst.level, found.len().saturating_sub(TOLD));
    let told = found.iter().take(TOLD).map(|(slug, finding)| format!("{slug}: {}", finding.what));
    let mut what = told.collect::<Vec<_>>().join("; ");
    if more > 0 {
        what = format!("{what}; and {more} more");
    }
    match level {
        Level::Wrong => Answer::wrong(what, check.remedy),
        Level::Warning | Level::Hint => Answer::note(what, check.remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks;

    fn provisioning() -> &'static Check {
        checks::CHECKS.iter().find(|check| check.name == "provisioning").expect("a check")
    }

    fn with(change: impl FnOnce(&mut Vec<checks::Facts>)) -> Facts {
        let mut facts = Facts::sound();
        change(&mut facts.database.as_mut().expect("a database").each);
        facts
    }

    #[test]
    fn no_organisation_is_a_note() {
        assert!(matches!(are_there(&with(Vec::clear)), Answer::Note(_)));
    }

    /// Seen to fail: with the first organisation named before one that is worse.
    #[test]
    fn of_many_organisations_the_worst_are_named_and_the_rest_counted() {
        let answer = |n: usize, change: &dyn Fn(usize, &mut checks::Facts)| {
            let facts = with(|each| {
                let one = each.remove(0);
                each.extend((0..n).map(|number| {
                    let mut one = one.clone();
                    one.organisation.slug = format!("org-{number}").parse().expect("a slug");
                    change(number, &mut one);
                    one
                }));
            });
            asked(&facts, provisioning())
        };
        assert!(matches!(answer(3, &|_, _| ()), Answer::Fine(_)));
        let Answer::Note(off) = answer(12, &|_, one| one.organisation.scim = false) else {
            panic!("no note")
        };
        assert!(
            off.what.starts_with("org-0: SCIM is off; org-1: ") && off.what.ends_with("; and 2 more"),
            "{off:?}"
        );
        let worst = answer(12, &|number, one| match number {
            11 => one.tokens.iter_mut().for_each(|token| token.revoked = Some(one.now)),
            _ => one.organisation.scim = false,
        });
        assert!(
            matches!(&worst, Answer::Wrong(a) if a.what.starts_with("org-11: no token works")),
            "{worst:?}"
        );
    }
}
