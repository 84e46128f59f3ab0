//! The directory on PostgreSQL: what every database must do, and what is specific to PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: a panic is its way to fail"
)]

#[path = "postgres/mod.rs"]
mod own;
mod store;

/// How a database of this kind is made: everything that `store` needs to know.
use own::database;
