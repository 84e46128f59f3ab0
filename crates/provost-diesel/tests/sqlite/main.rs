//! The directory on SQLite, from outside.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: a panic is its way to fail"
)]

// `cfg(test)` tells clippy that helpers, too, are test code
mod common;
mod contract;
mod filters;
mod hooks;
mod statements;
mod upkeep;
mod writer;
