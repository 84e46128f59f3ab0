//! Where a filter or path went wrong, and what would have been right there.

use std::fmt;

/// A refusal of a filter or a PATCH path. It always knows the byte.
///
/// ```
/// use provost_core::Filter;
/// let text = "userName eq a";
/// let e = text.parse::<Filter>().unwrap_err();
/// assert_eq!(e.offset(), 12);
/// assert_eq!(e.caret(text), "userName eq a\n            ^ expected a JSON literal (quoted string, number, true, false or null) at byte 12");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    pub(super) offset: usize,
    pub(super) message: String,
}

impl FilterError {
    pub(crate) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into() }
    }

    /// Bytes from the start of the text to the fault.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The text with a caret below the fault, for terminals.
    #[must_use]
    pub fn caret(&self, text: &str) -> String {
        let column = text.get(..self.offset).map_or(0, |before| before.chars().count());
        format!("{text}\n{:column$}^ {self}", "")
    }

    /// The same error in a text that stands `by` bytes further on in another one.
    pub(crate) fn shifted(mut self, by: usize) -> Self {
        self.offset += by;
        self
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.message, self.offset)
    }
}

impl std::error::Error for FilterError {}
