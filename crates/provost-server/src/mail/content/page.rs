//! The parts common to all mails. Text and HTML are both made from them, so they say the same.

use super::Written;
use super::wrap;
use crate::mail::shown;
use askama::Template;
use std::fmt::Write as _;

/// The content of a mail, in reading order.
#[derive(Template)]
#[template(path = "templates/mail.html")]
pub(super) struct Page {
    /// At the very top: on whose behalf it is sent.
    pub(super) sender: String,
    pub(super) title: String,
    /// The preview that mail programs show beside the subject.
    pub(super) preview: String,
    pub(super) lead: String,
    pub(super) button: Option<Button>,
    pub(super) rows: Vec<Row>,
    pub(super) aside: String,
    /// Addresses of those who answer questions.
    pub(super) ask: Vec<String>,
    /// Who sent it, to whom, and why.
    pub(super) footer: Vec<String>,
}

pub(super) struct Button {
    pub(super) label: String,
    pub(super) link: String,
}

pub(super) struct Row {
    pub(super) label: String,
    pub(super) value: String,
}

impl Row {
    pub(super) fn new(label: &str, value: &str) -> Self {
        Self { label: shown::value(label), value: shown::value(value) }
    }
}

impl Page {
    pub(super) fn written(&self) -> Written {
        let html = self.render().unwrap_or_default();
        Written { subject: self.title.clone(), text: self.text(), html }
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n\n{}\n", wrap::lines(&self.title, ""), wrap::lines(&self.lead, ""));
        // writing to a String cannot fail
        if let Some(button) = &self.button {
            let _ = write!(text, "\n{}:\n\n  {}\n", button.label, button.link);
        }
        if !self.rows.is_empty() {
            let _ = write!(
                text,
                "\n{}",
                wrap::rows(self.rows.iter().map(|row| (row.label.as_str(), row.value.as_str())))
            );
        }
        let questions = match self.ask.is_empty() {
            true => String::new(),
            false => format!(" Questions go to {}.", self.ask.join(", ")),
        };
        let _ = write!(text, "\n{}\n", wrap::lines(&format!("{}{questions}", self.aside), ""));
        let _ = write!(text, "\n--\n{}\n", wrap::lines(&self.footer.join(" "), ""));
        text
    }
}

/// An address as a link that starts a new mail.
fn mailto(address: &str) -> String {
    let mut link = String::from("mailto:");
    for byte in address.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'@' | b'.' | b'-' | b'_' => {
                link.push(char::from(byte))
            }
            other => {
                let _ = write!(link, "%{other:02X}");
            }
        }
    }
    link
}

#[cfg(test)]
mod tests {
    use super::mailto;

    /// Seen to fail: with the question mark left unescaped.
    #[test]
    fn an_address_adds_nothing_to_the_mail_that_it_opens() {
        assert_eq!(mailto("ann@example.com"), "mailto:ann@example.com");
        assert_eq!(mailto("a?bcc=x&b+c@example.com"), "mailto:a%3Fbcc%3Dx%26b%2Bc@example.com");
        assert_eq!(mailto("jörg@example.com"), "mailto:j%C3%B6rg@example.com");
    }
}
