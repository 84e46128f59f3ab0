//! What a list request asks of a store.

use crate::filter::TypedFilter;
use crate::limits::Limits;
use crate::path::AttrRef;
use crate::resource::{Body, Resource};

/// The parts of a resource that cost a look-up of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Include {
    /// Whether the members are wanted.
    pub members: bool,
    /// Whether the groups are wanted.
    pub groups: bool,
    /// Whether a store may give members as [JSON text](Resource::members_text): nobody looks at them one by one.
    pub as_text: bool,
}

impl Include {
    /// Everything.
    pub const ALL: Self = Self { members: true, groups: true, as_text: false };
    /// Neither members nor groups.
    pub const BODY: Self = Self { members: false, groups: false, as_text: false };
}

/// A resolved list request. A store cannot fail on its names or types.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Query {
    /// Which resources; `None` for all.
    pub filter: Option<TypedFilter>,
    /// In which order; `None` for creation, then id.
    pub sort: Option<Sort>,
    /// Rank of the first resource of the page, from 1. It says nothing where `seek` does.
    pub start: u64,
    /// Where the page begins when it is read by cursor (RFC 9865); `None` when it is read by rank.
    pub seek: Option<Seek>,
    /// Resources on the page at most; 0 asks for the total alone.
    pub count: u64,
    /// What is wanted of each.
    pub include: Include,
    /// What the answer may cost.
    pub bounds: Bounds,
}

impl Default for Query {
    /// The first page of 100, everything of each.
    fn default() -> Self {
        Self {
            filter: None,
            sort: None,
            start: 1,
            seek: None,
            count: 100,
            include: Include::ALL,
            bounds: Bounds::default(),
        }
    }
}

/// What the answer to a [`Query`] may cost, however few words ask for it: [`Limits`] says it for all of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// Values that the store may look at one by one, where it has no index that finds what is asked: the number of
    /// resources, times the terms of the filter and the sort. What would take more is refused, and never cut.
    pub scan: usize,
    /// Members, and groups, of all resources of the page. A page that would have more has fewer resources, and at least
    /// one: RFC 7644 section 3.4.2.4 allows fewer than `count`.
    pub links: usize,
    /// Bytes of the bodies of all resources of the page; beyond it as with `links`.
    pub bytes: usize,
}

impl Bounds {
    /// No bounds.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self { scan: usize::MAX, links: usize::MAX, bytes: usize::MAX }
    }

    /// Takes off what a resource adds to the page. Where it says no, the page ends before that resource, unless it is the
    /// first.
    #[must_use]
    pub fn admit(&mut self, resource: &Resource) -> bool {
        let bytes = match &resource.body {
            Body::Text(text) => text.len(),
            Body::Object(object) => object.to_string().len(),
        };
        self.admit_bytes(bytes) & self.admit_links(resource.members.len() + resource.groups.len())
    }

    /// The same for the bytes of its body alone.
    #[must_use]
    pub fn admit_bytes(&mut self, bytes: usize) -> bool {
        take(&mut self.bytes, bytes)
    }

    /// The same for its members and groups alone.
    #[must_use]
    pub fn admit_links(&mut self, links: usize) -> bool {
        take(&mut self.links, links)
    }
}

fn take(left: &mut usize, what: usize) -> bool {
    let rest = left.checked_sub(what);
    *left = rest.unwrap_or_default();
    rest.is_some()
}

impl Default for Bounds {
    fn default() -> Self {
        Limits::default().into()
    }
}

impl From<Limits> for Bounds {
    fn from(limits: Limits) -> Self {
        Self { scan: limits.scan, links: limits.page_links, bytes: limits.page_bytes }
    }
}

/// Where a page begins that is read by cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seek {
    /// With the first resource.
    First,
    /// After the last resource of an earlier page, even if that one is gone by now.
    After(SeekKey),
}

/// An opaque position in a list, meaningful only to the store that produced it: the values that the last resource of a page is
/// sorted by, so that the next page is found by a look-up, whatever came or went since.
///
/// Clients get it authenticated, so a store can trust what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeekKey(Box<str>);

impl SeekKey {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for SeekKey {
    fn from(words: String) -> Self {
        Self(words.into())
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
    /// The place behind the last of them: of a page read by cursor, when there are more behind it.
    pub next: Option<SeekKey>,
}

impl Page {
    /// A page.
    #[must_use]
    pub fn new(total: u64, resources: Vec<Resource>) -> Self {
        Self { total, resources, next: None }
    }

    /// The same, and where it goes on; `None` for the last page.
    #[must_use]
    pub fn with_next(mut self, next: Option<SeekKey>) -> Self {
        self.next = next;
        self
    }
}
