//! What a page has room for.

use provost_core::Query;
use provost_core::query::{Bounds, Include};

/// What may be on a page, and what of it is counted.
pub(in super::super) struct Room {
    pub(in super::super) bounds: Bounds,
    pub(in super::super) include: Include,
    /// Whether even the first resource must fit. Otherwise it has a place whatever its size.
    pub(in super::super) is_strict: bool,
    /// Whether there was more than there is room for, so that the page ends before it.
    pub(in super::super) is_cut: bool,
}

impl Room {
    pub(in super::super) fn of(query: &Query) -> Self {
        Self { bounds: query.bounds, include: query.include, is_strict: false, is_cut: false }
    }

    pub(in super::super) fn unlimited(include: Include) -> Self {
        Self { bounds: Bounds::unlimited(), include, is_strict: false, is_cut: false }
    }

    /// Whether a resource that does not fit has its place all the same.
    pub(super) fn spares(&self, is_first: bool) -> bool {
        is_first && !self.is_strict
    }

    /// Drops what follows the first so many.
    pub(super) fn keep<T>(&mut self, page: &mut Vec<T>, rows: usize) {
        if rows < page.len() {
            page.truncate(rows);
            self.is_cut = true;
        }
    }
}
