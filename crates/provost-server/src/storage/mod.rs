//! The binary's own tables: organisations, tokens, members, teams, audit. Nothing else in the binary names SQL or a
//! kind of database.
//!
//! Each subject declares a small trait for what it needs, such as `tokens::TokenStore`. Its statements are in a file
//! under `queries/`, which is compiled once for each kind of connection. The rest of the binary sees only [`Storage`]
//! and those traits. They may be called from any thread: whatever blocks runs on threads that may block.

mod either;
mod error;
mod fixed;
mod later;
mod locks;
mod postgres;
pub(crate) mod schema;
mod sqlite;

pub(crate) use either::{Storage, asked};
pub(crate) use error::{Result, StorageError, Upkeep};
pub(crate) use sqlite::{Storage as File, replace};

use crate::audit::By;
use crate::config::{DatabaseUrl, Pooling};
use provost::SchemaSet;
use std::path::Path;

/// Opens an existing database. A caller that uses filters must name the schemas the database was prepared with; one
/// that only uses the binary's own tables need not.
pub(crate) async fn open(
    url: &DatabaseUrl,
    pooling: &Pooling,
    schemas: Option<&SchemaSet>,
) -> Result<Storage> {
    Ok(match url {
        DatabaseUrl::Sqlite(path) => Storage::Sqlite(sqlite::open(path, schemas).await?),
        DatabaseUrl::Postgres(url) => Storage::Postgres(postgres::open(url, pooling, schemas).await?),
    })
}

/// Opens a database after creating it or bringing it up to date, and returns the names of the migrations that ran.
///
/// A caller that will serve these schemas names them. If the columns that filters search were derived with other
/// schemas, they are rebuilt in the same transaction.
pub(crate) async fn prepare(
    url: &DatabaseUrl,
    pooling: &Pooling,
    schemas: Option<&SchemaSet>,
    by: By,
) -> Result<(Storage, Vec<String>)> {
    Ok(match url {
        DatabaseUrl::Sqlite(path) => {
            let (storage, steps) = sqlite::prepare(path, schemas, by).await?;
            (Storage::Sqlite(storage), steps)
        }
        DatabaseUrl::Postgres(url) => {
            let (storage, steps) = postgres::prepare(url, pooling, schemas, by).await?;
            (Storage::Postgres(storage), steps)
        }
    })
}

/// Opens one of our database files that this version can read, whether or not it is up to date.
pub(crate) async fn open_file(file: &Path) -> Result<File> {
    sqlite::open_as_it_is(file, None).await
}

/// Opens a database file that is up to date with this version.
pub(crate) async fn open_current_file(file: &Path) -> Result<File> {
    sqlite::open(file, None).await
}

/// Brings the copy of a backup up to date.
pub(crate) async fn prepare_file(file: &Path, by: By) -> Result<File> {
    Ok(sqlite::prepare(file, None, by).await?.0)
}

/// A temporary database for a test, deleted with its folder.
#[cfg(test)]
pub(crate) async fn scratch() -> (tempfile::TempDir, Storage) {
    let (dir, storage) = sqlite::scratch().await;
    (dir, Storage::Sqlite(storage))
}

/// The same on a PostgreSQL server.
#[cfg(test)]
pub(crate) async fn scratch_on_a_server() -> (provost_testing::postgres::Database, Storage) {
    let (made, storage) = postgres::scratch().await;
    (made, Storage::Postgres(storage))
}

/// A counter that only grows, for metrics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counter {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) value: u64,
}

impl Counter {
    pub(crate) const fn new(name: &'static str, help: &'static str, value: u64) -> Self {
        Self { name, help, value }
    }
}
