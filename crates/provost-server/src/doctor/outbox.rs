//! Checks of waiting mail, and of the secret for its links.

use super::Answer;
use super::facts::Facts;

/// A mail that has waited longer than this has been tried several times.
const LONG_MS: i64 = 3_600_000;

/// Whether mail is sent soon after it is queued.
pub(super) fn is_emptied(facts: &Facts) -> Answer {
    const REMEDY: &str =
        "`provost outbox list --org SLUG` shows what went wrong, and `provost outbox retry` sends it again";
    let (Ok(config), Ok(contents)) = (&facts.config, &facts.database) else { return Answer::Unknown };
    let figures = contents.outbox;
    let age_ms = figures.oldest.map_or(0, |at| facts.now.as_millis().saturating_sub(at.as_millis()));
    let mails = |n: i64| format!("{n} mail{}", if n == 1 { "" } else { "s" });
    let waits = |n: i64| format!("{} wait{}", mails(n), if n == 1 { "s" } else { "" });
    match (figures.waiting, figures.failed) {
        (0, 0) => Answer::fine("no mail waits"),
        (waiting, _) if waiting > 0 && config.mail.is_none() => {
            Answer::note(format!("{} to be sent, and no mail is sent", waits(waiting)), "set `--smtp`")
        }
        (waiting, _) if age_ms > LONG_MS => {
            let hours = age_ms / LONG_MS;
            let what = format!(
                "{}, the oldest for {hours} hour{}",
                waits(waiting),
                if hours == 1 { "" } else { "s" }
            );
            Answer::wrong(what, REMEDY)
        }
        (_, failed) if failed > 0 => Answer::note(format!("{} could not be sent", mails(failed)), REMEDY),
        (waiting, _) => Answer::fine(format!("{} to be sent", waits(waiting))),
    }
}

/// Whether somebody with a copy of the database could make links.
pub(super) fn key_is_apart(facts: &Facts) -> Answer {
    let Ok(config) = &facts.config else { return Answer::Unknown };
    match &config.secret_key_file {
        Some(file) => Answer::fine(format!("links in mails are made of the secret in `{}`", file.display())),
        None => Answer::note(
            "links in mails are made of a secret that lies in the database: who has a copy of it can make links of mails that \
             were sent",
            "write the output of `openssl rand -hex 32` to a file that the server alone can read, and name it in \
             `--secret-key-file`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::jobs::Figures;

    fn with(figures: Figures) -> Facts {
        let mut facts = Facts::sound();
        if let Ok(contents) = &mut facts.database {
            contents.outbox = figures;
        }
        facts
    }

    /// Seen to fail: without the age of the oldest mail.
    #[test]
    fn mail_that_waits_long_or_failed_is_told_of() {
        let facts = Facts::sound();
        let ago = |ms: i64| Some(Timestamp::from_millis(facts.now.as_millis() - ms));
        let fresh = Figures { waiting: 2, oldest: ago(1_000), failed: 0 };
        assert!(matches!(is_emptied(&with(fresh)), Answer::Fine(_)));
        assert!(matches!(is_emptied(&with(Figures { failed: 1, ..Figures::default() })), Answer::Note(_)));
        let old = Figures { oldest: ago(2 * LONG_MS), ..fresh };
        let Answer::Wrong(advice) = is_emptied(&with(old)) else { panic!("not told of") };
        assert_eq!(advice.what, "2 mails wait, the oldest for 2 hours");
        let Answer::Wrong(advice) = is_emptied(&with(Figures { waiting: 1, ..old })) else {
            panic!("not told of")
        };
        assert_eq!(advice.what, "1 mail waits, the oldest for 2 hours");
        let mut unsent = with(old);
        if let Ok(config) = &mut unsent.config {
            config.mail = None;
        }
        assert!(matches!(is_emptied(&unsent), Answer::Note(_)));
    }

    #[test]
    fn a_key_in_the_database_is_told_of() {
        let mut facts = Facts::sound();
        assert!(matches!(key_is_apart(&facts), Answer::Fine(_)));
        if let Ok(config) = &mut facts.config {
            config.secret_key_file = None;
        }
        assert!(matches!(key_is_apart(&facts), Answer::Note(_)));
    }
}
