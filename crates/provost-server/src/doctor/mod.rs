//! `provost doctor`: what an operator should know about this installation, and what to do about it.
//!
//! A list of checks, each a function from the [`Facts`], which are collected first, to one [`Answer`]. To add one, add
//! the function, a line in [`CHECKS`], and a test that causes the fault. `provost check` finds out whether the rows of
//! the database are consistent.

pub(crate) mod command;
mod database;
mod facts;
mod mail;
mod organisations;
mod outbox;
mod people;
mod settings;
#[cfg(feature = "sso")]
mod sign_on;
mod tokens;

use crate::checks;
use facts::Facts;

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answer {
    /// Good: a sentence that says so.
    Fine(String),
    /// Worth knowing, and often intended.
    Note(Advice),
    /// Something does not work, or is not safe.
    Wrong(Advice),
    /// There is nothing to look at, for a reason another check reports.
    Unknown,
}

/// What was found, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Advice {
    what: String,
    remedy: String,
}

impl Answer {
    fn fine(what: impl Into<String>) -> Self {
        Self::Fine(what.into())
    }

    fn note(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Note(Advice { what: what.into(), remedy: remedy.into() })
    }

    fn wrong(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Wrong(Advice { what: what.into(), remedy: remedy.into() })
    }
}

/// A check: its name for programs, and the function.
type Check = (&'static str, fn(&Facts) -> Answer);

const CHECKS: &[Check] = &[
    ("settings", settings::can_be_served),
    ("environment", settings::variables_are_known),
    ("schemas", settings::schemas_can_be_read),
    ("public-url", settings::public_url_is_https),
    ("transport", settings::tokens_are_encrypted),
    ("open-files", settings::files_suffice),
    ("outbound", settings::only_the_internet_is_asked),
    #[cfg(feature = "sso")]
    ("sso-values", sign_on::values_are_those_of_now),
    ("mail", mail::is_sent),
    ("mail-server", mail::server_lets_us_in),
    ("secret-key", outbox::key_is_apart),
    ("outbox", outbox::is_emptied),
    ("database", database::is_usable),
    ("file-mode", database::is_private),
    ("file-system", database::is_on_this_machine),
    ("disk-space", database::has_room),
    ("restored", database::provisioning_was_restarted),
    ("deleted-data", database::is_overwritten),
    ("user-names", database::names_are_taken_today),
    ("roles", people::roles_are_what_they_were),
    ("same-person", people::nobody_is_here_twice),
    ("organisations", organisations::are_there),
    ("token-use", tokens::are_used),
    ("token-end", tokens::have_an_end),
];

/// All checks with their answers, except those with nothing to look at: first those of the installation, then those of
/// each organisation, which its own overview shows too.
fn examine(facts: &Facts) -> Vec<(&'static str, Answer)> {
    let of_all = CHECKS.iter().map(|(name, check)| (*name, check(facts)));
    let of_each = checks::CHECKS.iter().map(|check| (check.name, organisations::asked(facts, check)));
    of_all.chain(of_each).filter(|(_, a)| *a != Answer::Unknown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_installation_is_fine_throughout() {
        let answers = examine(&Facts::sound());
        assert_eq!(answers.len(), CHECKS.len() + checks::CHECKS.len());
        let others: Vec<_> = answers.iter().filter(|(_, a)| !matches!(a, Answer::Fine(_))).collect();
        assert!(others.is_empty(), "{others:?}");
    }

    /// Without a database there is one answer about it instead of six.
    #[test]
    fn what_cannot_be_looked_at_is_left_out() {
        let facts = Facts { database: Err("there is no database".to_owned()), file: None, ..Facts::sound() };
        let answers = examine(&facts);
        let wrong: Vec<_> = answers.iter().filter(|(_, a)| matches!(a, Answer::Wrong(_))).collect();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(answers.len() < CHECKS.len() - 4, "{answers:?}");
    }

    #[test]
    fn every_check_is_on_the_page() {
        let page = include_str!("../../../../docs/operate.md");
        for (name, _) in CHECKS {
            assert!(page.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}
