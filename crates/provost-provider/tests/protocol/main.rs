//! The protocol over a memory store: requests in, answers out, in the strict and the entra profile.
//!
//! The head of each file names the planted faults that its tests caught.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: a panic is its way to fail"
)]

mod bulk;
mod config;
mod context;
mod create;
mod cursors;
mod custom_kinds;
mod delete;
mod discovery;
mod endpoints;
mod groups;
mod list;
mod long;
mod me;
mod outcome;
mod patch;
mod patch_faults;
mod places;
mod races;
mod read;
mod replace;
mod root;
mod rules;
mod schema_files;
mod search;
mod unique;
mod versions;
mod written;
