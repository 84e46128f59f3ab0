//! Filters from text to evaluation, through the public API.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test: a panic is its way to fail"
)]

mod eval;
mod laws;
mod parse;
mod profiles;
mod resolve;
mod rfc_filter;
mod support;
mod vectors;
