//! SQL in which databases differ.

/// SQL in which databases differ.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// The function that turns each object of a JSON array into a row with the columns `value` and `key`, in order.
    pub(crate) objects: &'static str,
    /// The same for each text of a JSON array.
    pub(crate) texts: &'static str,
    /// Follows such a function, to call its rows `e`.
    pub(crate) as_e: &'static str,
    /// Follows such a function, to call its rows `s`.
    pub(crate) as_s: &'static str,
    /// Before and after a bind that is stored as JSON.
    pub(crate) json: (&'static str, &'static str),
    /// Before and after such a value when it is read as text.
    pub(crate) json_text: (&'static str, &'static str),
    /// Follows a text that is not a column, for byte-wise comparison. Columns are declared so.
    pub(crate) bytewise: &'static str,
    /// The function that finds a text in another, counting from 1.
    pub(crate) position: &'static str,
    /// Follows a SELECT: nobody else may change its rows, in any of the joined tables, until the transaction ends.
    pub(crate) hold: &'static str,
    /// Follows a SELECT: nobody else may change or delete its rows until the transaction ends, but others may do the
    /// same.
    pub(crate) share: &'static str,
}
