//! Every bound of the core in one place. A [`Limits`] value may lower them.

/// Levels of nesting in a JSON body.
pub const MAX_JSON_DEPTH: usize = 32;
/// Bytes of a filter.
pub const MAX_FILTER_BYTES: usize = 8 * 1024;
/// Levels of parentheses, `not` and value paths in a filter.
pub const MAX_FILTER_DEPTH: usize = 32;
/// Comparisons and `pr` terms in a filter.
pub const MAX_FILTER_TERMS: usize = 100;
/// Bytes of a PATCH path.
pub const MAX_PATH_BYTES: usize = 1024;
/// Operations in a PATCH request.
pub const MAX_OPERATIONS: usize = 1_000;
/// Members named in one group write.
pub const MAX_MEMBERS: usize = 100_000;
/// Values of a multi-valued attribute other than members.
pub const MAX_VALUES: usize = 100;
/// Bytes of a text that takes part in an index: `userName`, `externalId`, `displayName` and the like.
pub const MAX_KEY_BYTES: usize = 1024;

/// Bounds on what one request may hold. [`Default`] gives the constants of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a filter; at most [`MAX_FILTER_BYTES`] by default.
    pub filter_bytes: usize,
    /// Nesting of a filter; at most [`MAX_FILTER_DEPTH`] by default, and never more, for the stack's sake.
    pub filter_depth: usize,
    /// Terms of a filter; at most [`MAX_FILTER_TERMS`] by default.
    pub filter_terms: usize,
    /// Bytes of a PATCH path; at most [`MAX_PATH_BYTES`] by default.
    pub path_bytes: usize,
    /// Operations of a PATCH; at most [`MAX_OPERATIONS`] by default.
    pub operations: usize,
    /// Members in one group write; at most [`MAX_MEMBERS`] by default.
    pub members: usize,
    /// Values of another multi-valued attribute; at most [`MAX_VALUES`] by default.
    pub values: usize,
    /// Bytes of an indexed text; at most [`MAX_KEY_BYTES`] by default.
    pub key_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            filter_bytes: MAX_FILTER_BYTES,
            filter_depth: MAX_FILTER_DEPTH,
            filter_terms: MAX_FILTER_TERMS,
            path_bytes: MAX_PATH_BYTES,
            operations: MAX_OPERATIONS,
            members: MAX_MEMBERS,
            values: MAX_VALUES,
            key_bytes: MAX_KEY_BYTES,
        }
    }
}
