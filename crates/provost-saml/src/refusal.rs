//! Why a message is refused, for people who can do something about it: the place, what was found, what was expected,
//! and the field of Entra's portal to correct.

use core::fmt;

use crate::reason::Reason;

/// How many characters of a message are quoted at most.
const QUOTED: usize = 80;

/// A refused message: one of the [reasons](Reason), with the details.
///
/// What was found may be a person's name or address: show it only to an administrator who sets up the connection, and
/// log nothing but [`Reason::name`] and the place.
///
/// ```
/// use provost_saml::{Metadata, Reason};
/// use chrono::DateTime;
///
/// let refused = Metadata::parse(b"<html/>", DateTime::UNIX_EPOCH).unwrap_err();
/// assert_eq!(refused.reason(), Reason::NotMetadata);
/// assert_eq!(
///     refused.to_string(),
///     "metadata: this is not the metadata of an identity provider: expected `EntityDescriptor`, found `html`; \
///      see `App Federation Metadata Url` in Entra",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refusal {
    reason: Reason,
    place: &'static str,
    found: Option<String>,
    expected: Option<String>,
}

impl Refusal {
    pub(crate) const fn new(reason: Reason, place: &'static str) -> Self {
        Self { reason, place, found: None, expected: None }
    }

    /// Quotes what was found, cut at 80 characters and without control characters.
    pub(crate) fn with_found(self, found: impl AsRef<str>) -> Self {
        let found = quotable(found.as_ref());
        Self { found: (!found.is_empty()).then_some(found), ..self }
    }

    /// [`with_found`](Self::with_found), where nothing may have been found.
    pub(crate) fn with_found_if(self, found: Option<impl AsRef<str>>) -> Self {
        match found {
            Some(found) => self.with_found(found),
            None => Self { found: None, ..self },
        }
    }

    /// What would have been right: a value without spaces, which is quoted, or words.
    pub(crate) fn with_expected(self, expected: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), ..self }
    }

    /// Which check failed.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Where in the message: elements separated by `/`, an attribute after `@`; or `metadata`, `body`, `query` and the
    /// like.
    pub const fn place(&self) -> &'static str {
        self.place
    }

    /// What was found, at most 80 characters of it; `None` if nothing was.
    pub fn found(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// What would have been accepted, where that can be said.
    pub fn expected(&self) -> Option<&str> {
        self.expected.as_deref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)?;
        match &self.expected {
            Some(words) if words.contains(' ') => write!(f, ": expected {words}, ")?,
            Some(value) => write!(f, ": expected `{value}`, ")?,
            None if self.found.is_some() => f.write_str(": ")?,
            None => {}
        }
        match &self.found {
            Some(found) => write!(f, "found `{found}`")?,
            None if self.expected.is_some() => f.write_str("found nothing")?,
            None => {}
        }
        match self.reason.portal_field() {
            Some(field) => write!(f, "; see `{field}` in Entra"),
            None => Ok(()),
        }
    }
}

fn quotable(text: &str) -> String {
    let mut quoted: String =
        text.chars().take(QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(QUOTED).is_some() {
        quoted.push('…');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_place_reason_particulars_and_the_field_of_the_portal() {
        let refusal = Refusal::new(Reason::Audience, "Conditions/AudienceRestriction");
        assert_eq!(
            refusal
                .clone()
                .with_expected("https://here.example/")
                .with_found("https://there.example/")
                .to_string(),
            "Conditions/AudienceRestriction: this sign-in is for another application: expected `https://here.example/`, \
             found `https://there.example/`; see `Identifier (Entity ID)` in Entra"
        );
        assert!(refusal.clone().with_expected("x").to_string().contains("expected `x`, found nothing;"));
        assert!(
            refusal
                .clone()
                .with_expected("at most 1")
                .to_string()
                .contains(": expected at most 1, found nothing;")
        );
        assert!(
            refusal
                .clone()
                .with_found("")
                .to_string()
                .ends_with("application; see `Identifier (Entity ID)` in Entra")
        );
        assert!(refusal.with_found("a\nb").to_string().contains("found `a b`"));
    }

    #[test]
    fn quotes_eighty_characters() {
        assert_eq!(quotable(&"ä".repeat(80)), "ä".repeat(80));
        assert_eq!(quotable(&"ä".repeat(81)), format!("{}…", "ä".repeat(80)));
    }
}
