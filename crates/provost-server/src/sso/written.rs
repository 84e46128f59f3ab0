//! The report of a test sign-in as plain text, for a colleague or a ticket: the same on the page and from `provost sso doctor`.

use super::report::{Outcome, Report};
use crate::slug::Slug;
use std::fmt::Write as _;

/// What the text says that the report itself does not know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) organisation: &'a str,
    pub(crate) slug: &'a Slug,
    /// Why a passed test still turns nothing on, if that is so.
    pub(crate) but: Option<&'a str>,
}

/// The whole report.
pub(crate) fn written(report: &Report, head: Head<'_>) -> String {
    let mut text = Text::default();
    text.line("Test of single sign-on");
    text.pair("organisation", &format!("{} ({})", head.organisation, head.slug));
    text.pair("provider", &report.provider);
    text.pair("connection", &report.entity_id);
    text.pair("time", &report.at().to_string());
    text.pair("result", if report.is_passed() { "passed" } else { "FAILED" });
    head.but.into_iter().for_each(|but| text.pair("but", but));
    text.line("\nChecks");
    for check in &report.checks {
        let title = check.topic.title();
        match check.said.as_str() {
            "" => text.pair(check.outcome.word(), title),
            said => text.pair(check.outcome.word(), &format!("{title}: {said}")),
        }
    }
    if let Some(fault) = &report.fault {
        text.line("\nWhat is wrong");
        text.pair("", &fault.said);
        let pairs = [("came", &fault.came), ("expected", &fault.expected), ("to change", &fault.remedy)];
        for (name, value) in pairs {
            value.iter().for_each(|value| text.pair(name, value));
        }
    }
    if !report.claims.is_empty() {
        text.line("\nClaims");
    }
    for claim in &report.claims {
        let value = if claim.values.is_empty() { "nothing".to_owned() } else { claim.values.join(", ") };
        text.pair(&claim.field, &value);
        for more in [Some(&claim.name), claim.warning.as_ref()].into_iter().flatten() {
            text.pair("", more);
        }
    }
    report.unused.iter().for_each(|name| text.pair("not used", name));
    text.0
}

impl Outcome {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::NotLookedAt => "not checked",
        }
    }
}

/// Lines, none with blanks at its end.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: &str) {
        // writing to a String cannot fail
        let _ = writeln!(self.0, "{}", line.trim_end());
    }

    /// A name and what it is, or more of the line before. Nothing is written of what is not known.
    fn pair(&mut self, name: &str, value: &str) {
        let value = value.trim();
        if !value.is_empty() {
            self.line(&format!("  {name:<13} {value}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn text(report: Value, but: Option<&str>) -> String {
        let report: Report = serde_json::from_value(report).expect("a report");
        let slug = Slug::stored("lantern".to_owned());
        written(&report, Head { organisation: "Lantern Works", slug: &slug, but })
    }

    /// Seen to fail: with what a check says written behind its title without anything between, and without the head.
    #[test]
    fn a_colleague_reads_it_without_the_page() {
        let failed = text(
            json!({
                "at": 0, "connection": 3, "provider": "Okta", "entity_id": "http://www.okta.com/exk1",
                "checks": [
                    { "topic": "readable", "outcome": "passed", "said": "It is." },
                    { "topic": "audience", "outcome": "failed" },
                    { "topic": "person", "outcome": "not-looked-at" },
                ],
                "fault": {
                    "topic": "audience", "said": "This sign-in is for another application.", "came": "https://a/x",
                    "expected": "https://a/x/", "field": "Entity ID (Audience)", "remedy": "In Okta: Entity ID (Audience)."
                },
                "claims": [], "unused": [], "subject": null
            }),
            None,
        );
        assert_eq!(
            failed,
            "Test of single sign-on\n  \
               organisation  Lantern Works (lantern)\n  \
               provider      Okta\n  \
               connection    http://www.okta.com/exk1\n  \
               time          1970-01-01T00:00:00Z\n  \
               result        FAILED\n\
             \n\
             Checks\n  \
               passed        A complete response that reports a sign-in: It is.\n  \
               FAILED        Meant for this organisation\n  \
               not checked   Says who signed in\n\
             \n\
             What is wrong\n                \
               This sign-in is for another application.\n  \
               came          https://a/x\n  \
               expected      https://a/x/\n  \
               to change     In Okta: Entity ID (Audience).\n"
        );
        let passed = text(
            json!({
                "at": 0, "connection": 3, "checks": [], "fault": null, "unused": ["urn:x", "urn:y"], "subject": "ann",
                "claims": [{ "field": "IdP User ID", "name": "NameID", "values": ["ann"], "warning": null }]
            }),
            Some("This account is linked to somebody else."),
        );
        let end = "  result        passed\n  \
                     but           This account is linked to somebody else.\n\
                   \n\
                   Checks\n\
                   \n\
                   Claims\n  \
                     IdP User ID   ann\n                \
                     NameID\n  \
                     not used      urn:x\n  \
                     not used      urn:y\n";
        assert!(passed.ends_with(end) && !passed.contains("provider"), "{passed}");
    }
}
