//! SQLite: a file, one thread that writes, any number of readers.

mod condition;
mod connection;
mod database;
mod engine;
mod inline;
mod offsets;
mod pages;
#[cfg(test)]
mod plans;
mod readers;
mod store;
mod writer;

#[path = "../directory.rs"]
pub mod directory;
#[path = "../queries/mod.rs"]
mod queries;

pub use condition::Condition;
pub use connection::PRIVACY;
pub use database::{Database, Options};
pub use store::{Directory, TenantStore};
pub use writer::WriterStats;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

/// The connection that hooks and the application's own statements run on.
pub type Conn = diesel::SqliteConnection;

/// The directory's tables. Versions are `2026-01-01-NNNNNN`; the application's own migrations, kept in the same
/// bookkeeping table, must have others.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
