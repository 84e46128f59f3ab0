//! How often a term was held against a value, counted for fuzz targets alone: they compare it with what the limits allow.

use std::cell::Cell;

thread_local! {
    static TERMS: Cell<usize> = const { Cell::new(0) };
}

pub(super) fn count() {
    TERMS.set(TERMS.get().saturating_add(1));
}

/// What was counted on this thread since it was asked last.
#[must_use]
pub fn taken() -> usize {
    TERMS.take()
}
