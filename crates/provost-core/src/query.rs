//! What a list request asks from a store.

use crate::filter::TypedFilter;
use crate::limits::Limits;
use crate::path::AttrRef;
use crate::resource::{Body, Resource};

/// The parts of a resource that need a look-up of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Include {
    /// Whether to include members.
    pub members: bool,
    /// Whether to include groups.
    pub groups: bool,
    /// Whether a store may return members as [JSON text](Resource::members_text), since nobody needs them individually.
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
    /// The order; `None` for creation time, then id.
    pub sort: Option<Sort>,
    /// The 1-based index of the first resource of the page. Ignored if there is a `seek`.
    pub start: u64,
    /// Where a page read by cursor begins (RFC 9865); `None` if it is read by index.
    pub seek: Option<Seek>,
    /// The most resources on the page; 0 asks only for the total.
    pub count: u64,
    /// What to include with each resource.
    pub include: Include,
    /// What the answer may cost.
    pub bounds: Bounds,
}

impl Default for Query {
    /// The first page of 100, with everything included.
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

/// What the answer to a [`Query`] may cost, however short the request: [`Limits`] sets it for a whole server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// How many values the store may examine one by one if no index finds them: the number of resources, times the
    /// terms of filter and sort. A query that needs more is refused, never cut short.
    pub scan: usize,
    /// Members and groups of all resources on the page. A page that would have more gets fewer resources, but at least
    /// one; RFC 7644 section 3.4.2.4 allows fewer than `count`.
    pub links: usize,
    /// Bytes of the bodies of all resources on the page; applied like `links`.
    pub bytes: usize,
}

impl Bounds {
    /// No bounds.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self { scan: usize::MAX, links: usize::MAX, bytes: usize::MAX }
    }

    /// Subtracts what a resource adds to the page. If it returns `false`, the page ends before that resource, unless it
    /// is the first.
    #[must_use]
    pub fn admit(&mut self, resource: &Resource) -> bool {
        let bytes = match &resource.body {
            Body::Text(text) => text.len(),
            Body::Object(object) => object.to_string().len(),
        };
        self.admit_bytes(bytes) & self.admit_links(resource.members.len() + resource.groups.len())
    }

    /// The same, only for the bytes of its body.
    #[must_use]
    pub fn admit_bytes(&mut self, bytes: usize) -> bool {
        take(&mut self.bytes, bytes)
    }

    /// The same, only for its members and groups.
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

/// Where a page that is read by cursor begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seek {
    /// With the first resource.
    First,
    /// After the last resource of an earlier page, even if that no longer exists.
    After(SeekKey),
}

/// An opaque position in a list, meaningful only to the store that made it: the sort values of a page's last resource,
/// so that the next page is found by a look-up, whatever was added or removed since.
///
/// Clients receive it signed, so a store can trust its contents.
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

/// A sort key (RFC 7644 section 3.4.2.3). Ties are broken by creation time, then id.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// The attribute; for a multi-valued one, its primary value, or else the first.
    pub by: AttrRef,
    /// Whether the largest comes first. Resources without a value come last in ascending and first in descending order.
    pub descending: bool,
}

/// The answer to a [`Query`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page {
    /// How many resources match, on all pages.
    pub total: u64,
    /// The resources on this page, in order.
    pub resources: Vec<Resource>,
    /// The position after the last of them, for a page read by cursor with more after it.
    pub next: Option<SeekKey>,
}

impl Page {
    /// A page.
    #[must_use]
    pub fn new(total: u64, resources: Vec<Resource>) -> Self {
        Self { total, resources, next: None }
    }

    /// Adds where the list continues; `None` on the last page.
    #[must_use]
    pub fn with_next(mut self, next: Option<SeekKey>) -> Self {
        self.next = next;
        self
    }
}
