//! Where a filter or path is wrong, and what was expected there.

use crate::path::Span;
use crate::text::excerpt;
use std::fmt;

/// Why a filter or PATCH path was refused. It always has a byte position.
///
/// ```
/// use provost_core::Filter;
/// let text = "userName eq a";
/// let e = text.parse::<Filter>().unwrap_err();
/// assert_eq!(e.offset(), 12);
/// assert_eq!(
///     e.caret(text),
///     "userName eq a\n            ^ expected a JSON literal (quoted string, number, true, false or null) at byte 12, found `a`",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    pub(super) offset: usize,
    /// One past the last wrong byte.
    end: usize,
    pub(super) message: String,
    /// For grammar faults, what was found: in backticks, or `the end`.
    found: Option<String>,
}

impl FilterError {
    pub(crate) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, end: offset, message: message.into(), found: None }
    }

    /// A part of the text is wrong.
    pub(super) fn at(span: Span, message: impl Into<String>) -> Self {
        Self { end: span.end, ..Self::new(span.start, message) }
    }

    /// Something else was expected at the beginning of `rest`.
    pub(super) fn expected(what: &str, offset: usize, rest: &str) -> Self {
        let word = first_word(rest);
        let found = match word {
            "" => "the end".to_owned(),
            " " => "a space".to_owned(),
            // a no-break space from a web page looks like a space, but is not one
            blank if blank.starts_with(char::is_whitespace) => format!("`{}`", blank.escape_debug()),
            word => format!("`{}`", excerpt(word)),
        };
        let end = offset.saturating_add(word.len());
        Self { offset, end, message: format!("expected {what}"), found: Some(found) }
    }

    /// The position of the fault, in bytes from the start of the text.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The wrong bytes. Empty if only the first is known, or if something is missing there.
    #[must_use]
    pub fn span(&self) -> Span {
        Span { start: self.offset, end: self.end }
    }

    /// The text with a caret below the fault, for a terminal.
    #[must_use]
    pub fn caret(&self, text: &str) -> String {
        let column = text.get(..self.offset).map_or(0, |before| before.chars().count());
        format!("{text}\n{:column$}^ {self}", "")
    }
}

/// Up to the next space, bracket or control character; one of those alone if the text begins with it.
fn first_word(rest: &str) -> &str {
    let stops = |c: char| c.is_whitespace() || c.is_control() || "()[]".contains(c);
    let head = rest.find(stops).and_then(|end| rest.get(..end));
    match (head, rest.chars().next()) {
        (Some(""), Some(c)) => rest.get(..c.len_utf8()).unwrap_or(rest),
        (Some(head), _) => head,
        (None, _) => rest,
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.message, self.offset)?;
        match &self.found {
            Some(found) => write!(f, ", found {found}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for FilterError {}
