//! What a page has room for, and the rows that it has.

use super::rows::Found;
use provost_core::Query;
use provost_core::query::{Bounds, Include};

/// What may be on a page, and what of it is counted.
#[derive(Clone, Copy)]
pub(in super::super) struct Room {
    pub(in super::super) bounds: Bounds,
    pub(in super::super) include: Include,
    /// Whether even the first resource must fit. Otherwise it has a place whatever its size.
    pub(in super::super) is_strict: bool,
}

impl Room {
    pub(in super::super) fn of(query: &Query) -> Self {
        Self { bounds: query.bounds, include: query.include, is_strict: false }
    }

    pub(in super::super) fn unlimited(include: Include) -> Self {
        Self { bounds: Bounds::unlimited(), include, is_strict: false }
    }
}

/// The rows of a page.
#[derive(Default)]
pub(in super::super) struct Rows {
    pub(in super::super) found: Vec<Found>,
    /// There were more, for which there was no room.
    pub(in super::super) is_cut: bool,
}

impl Rows {
    /// Drops the rows behind the first so many.
    pub(super) fn keep(&mut self, rows: usize) {
        if rows < self.found.len() {
            self.found.truncate(rows);
            self.is_cut = true;
        }
    }

    pub(in super::super) fn len(&self) -> i64 {
        i64::try_from(self.found.len()).unwrap_or(i64::MAX)
    }
}
