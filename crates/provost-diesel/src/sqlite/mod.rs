//! SQLite: a file, one writing thread, any number of readers.

mod alone;
mod condition;
mod connection;
mod cost;
mod database;
mod engine;
mod inbox;
mod inline;
mod job;
mod migrations;
mod offsets;
mod pages;
#[cfg(test)]
mod plans;
mod readers;
mod store;
mod turns;
mod walk;
mod writer;

#[path = "../directory.rs"]
pub mod directory;
#[path = "../handle.rs"]
mod handle;
#[path = "../queries/mod.rs"]
mod queries;

pub use crate::lane::Lane;
pub use alone::Alone;
pub use condition::Condition;
pub use connection::PRIVACY;
pub use database::{Database, Options};
pub use handle::{Directory, TenantStore};
pub use migrations::Migrations;
pub use writer::WriterStats;

/// The connection for hooks and the application's own statements.
pub type Conn = diesel::SqliteConnection;
