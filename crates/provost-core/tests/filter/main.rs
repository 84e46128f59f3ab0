//! Filters from text to evaluation, through the public interface.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops where it fails; clippy knows the bodies of tests only, not what they call"
)]

mod eval;
mod laws;
mod parse;
mod resolve;
mod support;
mod vectors;
