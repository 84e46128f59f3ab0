//! Checks of mail: whether it is sent, and who can read it on the way.

use super::Answer;
use super::facts::Facts;

/// Whether invitations, warnings and password mails are sent, without anybody on the way reading their links.
pub(super) fn is_sent(facts: &Facts) -> Answer {
    let Ok(config) = &facts.config else { return Answer::Unknown };
    let Some(mail) = &config.mail else {
        return Answer::note(
            "no mail server is named, so no mail is sent",
            "name one with `--smtp` and `--mail-from`, and try it with `provost mail test ADDRESS` (docs/mail.md)",
        );
    };
    match mail.open_to_the_network() {
        None => Answer::fine(format!("mail from {} is handed to {}", mail.from.as_str(), mail.smtp)),
        Some(server) => Answer::wrong(
            format!("mails, and the links in them, cross the network to {server} unencrypted"),
            "leave `?tls=none` out of `--smtp`: with STARTTLS nobody on the way can read them",
        ),
    }
}

/// Only with `--connect`: all other checks look at this machine and the database.
pub(super) fn server_lets_us_in(facts: &Facts) -> Answer {
    match &facts.mail_server {
        None => Answer::Unknown,
        Some(Ok(said)) => Answer::fine(said),
        Some(Err(why)) => Answer::wrong(why, "correct it, and try it with `provost mail test ADDRESS`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Options};

    fn with(smtp: Option<&str>) -> Answer {
        let options = Options {
            smtp: smtp.map(|text| text.parse().expect(text)),
            mail_from: "no-reply@example.com".parse().ok(),
            ..Options::default()
        };
        is_sent(&Facts { config: Config::resolve(options).map_err(|e| e.to_string()), ..Facts::sound() })
    }

    #[test]
    fn a_mail_server_that_keeps_us_out_is_wrong() {
        let facts = |mail_server| Facts { mail_server, ..Facts::sound() };
        let out = server_lets_us_in(&facts(Some(Err("refused the connection".to_owned()))));
        assert!(matches!(out, Answer::Wrong(a) if a.what == "refused the connection"));
        assert_eq!(server_lets_us_in(&facts(None)), Answer::Unknown);
    }

    /// Seen to fail: with every server taken for one on this machine.
    #[test]
    fn what_can_be_read_on_the_way_is_wrong() {
        assert!(matches!(with(None), Answer::Note(a) if a.remedy.contains("--mail-from")));
        assert!(
            matches!(with(Some("smtp://mx.example?tls=none")), Answer::Wrong(a) if a.what.contains("smtp://mx.example:25"))
        );
        for fine in ["smtp://mx.example", "smtps://mx.example", "smtp://127.0.0.1:1025?tls=none", "file:mail"]
        {
            assert!(matches!(with(Some(fine)), Answer::Fine(_)), "{fine}");
        }
    }
}
