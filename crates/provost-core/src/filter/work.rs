//! Counts how often terms are compared with values, for fuzz targets, which compare it with the limits.

use std::cell::Cell;

thread_local! {
    static TERMS: Cell<usize> = const { Cell::new(0) };
}

pub(super) fn count() {
    TERMS.set(TERMS.get().saturating_add(1));
}

/// The count on this thread since the last call.
#[must_use]
pub fn taken() -> usize {
    TERMS.take()
}
