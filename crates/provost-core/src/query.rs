//! What a list request asks of a store.

use crate::filter::TypedFilter;
use crate::path::AttrRef;
use crate::resource::Resource;

/// The parts of a resource that cost a look-up of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fields {
    /// Whether the members are wanted.
    pub members: bool,
    /// Whether the groups are wanted.
    pub groups: bool,
}

impl Fields {
    /// Everything.
    pub const ALL: Self = Self { members: true, groups: true };
    /// Neither members nor groups.
    pub const BODY: Self = Self { members: false, groups: false };
}

/// A resolved list request. A store cannot fail on its names or types.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Query {
    /// Which resources; `None` for all.
    pub filter: Option<TypedFilter>,
    /// In which order; `None` for creation, then id.
    pub sort: Option<Sort>,
    /// Rank of the first resource of the page, from 1.
    pub start: u64,
    /// Resources on the page at most; 0 asks for the total alone.
    pub count: u64,
    /// What is wanted of each.
    pub want: Fields,
}

impl Default for Query {
    /// The first page of 100, everything of each.
    fn default() -> Self {
        Self { filter: None, sort: None, start: 1, count: 100, want: Fields::ALL }
    }
}

/// A sort key (RFC 7644 section 3.4.2.3). Ties are broken by creation, then id.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// The attribute; of a multi-valued one the primary value, else the first.
    pub by: AttrRef,
    /// Whether the largest comes first. Resources without a value come last in ascending order and first in
    /// descending order.
    pub descending: bool,
}

/// The answer to a [`Query`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page {
    /// How many resources match, on whatever page.
    pub total: u64,
    /// Those of this page, in order.
    pub resources: Vec<Resource>,
}

impl Page {
    /// A page.
    #[must_use]
    pub fn new(total: u64, resources: Vec<Resource>) -> Self {
        Self { total, resources }
    }
}
