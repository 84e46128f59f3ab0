//! The rules of ARCHITECTURE.md about dependencies: between our crates, on other crates, between the modules of the
//! core, and in the text of the sources.
//!
//! The rules are tables at the heads of the modules, or in ARCHITECTURE.md itself; each test reads the workspace as it
//! is. Every check is also given a planted fault, so that one that cannot fail is noticed.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: a panic is its way to fail"
)]

#[path = "architecture/arrows.rs"]
mod arrows;
#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/layers.rs"]
mod layers;
#[path = "architecture/sources.rs"]
mod sources;

use std::path::PathBuf;

/// The root folder of the workspace.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
