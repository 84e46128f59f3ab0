//! How much fits on a page.

use provost_core::Query;
use provost_core::query::{Bounds, Include};

/// The limits of a page, and what counts towards them.
pub(in super::super) struct Room {
    pub(in super::super) bounds: Bounds,
    pub(in super::super) include: Include,
    /// Whether even the first resource must fit. Otherwise it is included whatever its size.
    pub(in super::super) is_strict: bool,
    /// Whether something did not fit, so that the page ends before it.
    pub(in super::super) is_cut: bool,
}

impl Room {
    pub(in super::super) fn of(query: &Query) -> Self {
        Self { bounds: query.bounds, include: query.include, is_strict: false, is_cut: false }
    }

    pub(in super::super) fn unlimited(include: Include) -> Self {
        Self { bounds: Bounds::unlimited(), include, is_strict: false, is_cut: false }
    }

    /// Whether a resource that does not fit is included anyway.
    pub(super) fn spares(&self, is_first: bool) -> bool {
        is_first && !self.is_strict
    }

    /// Drops everything after the first `rows`.
    pub(super) fn keep<T>(&mut self, page: &mut Vec<T>, rows: usize) {
        if rows < page.len() {
            page.truncate(rows);
            self.is_cut = true;
        }
    }
}
