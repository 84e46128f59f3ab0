//! The player and its command line against a correct server, and against the same server with one fault at a time: a
//! player that cannot fail anybody proves nothing.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test: a panic is its way to fail")]

mod certificate;
mod cli;
mod fake;
mod load;
mod player;
mod tls;

use std::path::{Path, PathBuf};

/// The data shipped by the project.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}
