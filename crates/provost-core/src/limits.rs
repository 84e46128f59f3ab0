//! Every limit of the core in one place. A [`Limits`] value can change them.

/// Levels of nesting in a JSON body.
pub const MAX_JSON_DEPTH: usize = 32;
/// Values in a JSON body, including those nested in lists and objects: a group of 100,000 members with four
/// sub-attributes each has 500,000.
pub const MAX_JSON_VALUES: usize = 600_000;
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
/// Values that the operations of a PATCH compare, once for each term of the filter in the path.
pub const MAX_COMPARISONS: usize = 500_000;
/// Bytes of a resource after a PATCH, without members.
pub const MAX_RESOURCE_BYTES: usize = 2 * 1024 * 1024;
/// Names in `attributes` or `excludedAttributes`.
pub const MAX_ATTRIBUTES: usize = 1_000;
/// Values that a list request examines without an index: resources times terms.
pub const MAX_SCAN: usize = 1_000_000;
/// Members and groups of all resources on a page.
pub const MAX_PAGE_LINKS: usize = 100_000;
/// Bytes of the bodies of all resources on a page.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;
/// Members named in one group write.
pub const MAX_MEMBERS: usize = 100_000;
/// Values of a multi-valued attribute other than members.
pub const MAX_VALUES: usize = 100;
/// Bytes of an indexed text: `userName`, `externalId`, `displayName` and the like.
pub const MAX_KEY_BYTES: usize = 1024;

/// Limits on what one request may contain. [`Default`] gives the constants of this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Values in a JSON body; at most [`MAX_JSON_VALUES`] by default.
    pub json_values: usize,
    /// Bytes of a filter; at most [`MAX_FILTER_BYTES`] by default.
    pub filter_bytes: usize,
    /// Nesting of a filter; at most [`MAX_FILTER_DEPTH`] by default, and never more, to protect the stack.
    pub filter_depth: usize,
    /// Terms of a filter; at most [`MAX_FILTER_TERMS`] by default.
    pub filter_terms: usize,
    /// Bytes of a PATCH path; at most [`MAX_PATH_BYTES`] by default.
    pub path_bytes: usize,
    /// Operations of a PATCH; at most [`MAX_OPERATIONS`] by default.
    pub operations: usize,
    /// Values that the operations of a PATCH compare; at most [`MAX_COMPARISONS`] by default.
    ///
    /// Each operation counts the values its attribute has and those it adds, once for each term of the filter in its
    /// path. All PATCHes of a bulk request count together.
    pub comparisons: usize,
    /// Bytes of a resource after a PATCH, without members, and bytes that its operations write; at most
    /// [`MAX_RESOURCE_BYTES`] by default. One operation can write a text into each of a hundred values, and many
    /// requests can add to one resource.
    pub resource_bytes: usize,
    /// Names in `attributes` or `excludedAttributes`; at most [`MAX_ATTRIBUTES`] by default.
    pub attributes: usize,
    /// Values that a list request examines because no index of the store finds them; at most [`MAX_SCAN`] by default.
    /// More are refused. See [`Bounds::scan`](crate::query::Bounds::scan).
    pub scan: usize,
    /// Members and groups of all resources on a page; at most [`MAX_PAGE_LINKS`] by default. A page that would have
    /// more gets fewer resources, but at least one.
    pub page_links: usize,
    /// Bytes of the bodies of all resources on a page; at most [`MAX_PAGE_BYTES`] by default. Applied like
    /// `page_links`.
    pub page_bytes: usize,
    /// Members in one group write; at most [`MAX_MEMBERS`] by default.
    pub members: usize,
    /// Values of any other multi-valued attribute; at most [`MAX_VALUES`] by default.
    pub values: usize,
    /// Bytes of an indexed text; at most [`MAX_KEY_BYTES`] by default.
    pub key_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json_values: MAX_JSON_VALUES,
            filter_bytes: MAX_FILTER_BYTES,
            filter_depth: MAX_FILTER_DEPTH,
            filter_terms: MAX_FILTER_TERMS,
            path_bytes: MAX_PATH_BYTES,
            operations: MAX_OPERATIONS,
            comparisons: MAX_COMPARISONS,
            resource_bytes: MAX_RESOURCE_BYTES,
            attributes: MAX_ATTRIBUTES,
            scan: MAX_SCAN,
            page_links: MAX_PAGE_LINKS,
            page_bytes: MAX_PAGE_BYTES,
            members: MAX_MEMBERS,
            values: MAX_VALUES,
            key_bytes: MAX_KEY_BYTES,
        }
    }
}
