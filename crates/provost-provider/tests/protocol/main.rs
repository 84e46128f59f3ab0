//! The protocol over a store in memory: requests in, answers out, in the strict profile and in Entra's.
//!
//! Each file says at its head which planted faults its checks were seen to catch.

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
