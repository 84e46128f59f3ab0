//! The words in which kinds of databases differ.

/// Words in which databases differ.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// The function that gives a row, with the columns `value` and `key`, for each object of a JSON array, in order.
    pub(crate) objects: &'static str,
    /// The same for each text of a JSON array.
    pub(crate) texts: &'static str,
    /// Behind such a function: its rows are called `e`.
    pub(crate) as_e: &'static str,
    /// Behind such a function: its rows are called `s`.
    pub(crate) as_s: &'static str,
    /// What comes before and after a bind that is stored as JSON.
    pub(crate) json: (&'static str, &'static str),
    /// What comes before and after such a value where it is read as a text.
    pub(crate) json_text: (&'static str, &'static str),
    /// Behind a text that is no column: it compares byte by byte. Columns are made so.
    pub(crate) bytewise: &'static str,
    /// The function that finds the place of a text in another, from 1.
    pub(crate) position: &'static str,
    /// Behind a SELECT: nobody else changes its rows, of all tables that are joined, before this transaction ends.
    pub(crate) hold: &'static str,
    /// Behind a SELECT: nobody else changes or deletes its rows before this transaction ends, but others may do the same.
    pub(crate) share: &'static str,
}
