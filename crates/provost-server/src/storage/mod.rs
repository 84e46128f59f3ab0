//! The binary's own tables: organisations, tokens, members, teams, audit. The only place of the binary that names SQL, or
//! a kind of database.
//!
//! Each subject says in a small trait what it asks, as `tokens::TokenStore`. Its statements are an ordinary file under
//! `queries/`, compiled once for each kind of connection; the rest of the binary sees [`Storage`] and those traits. It may be
//! asked anywhere: what blocks, blocks on threads that may.

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

/// Opens a database that is there already. Who reads by what filters look for names the schemas that it was prepared
/// with; who reads and writes the binary's own tables alone need not know them.
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

/// Opens a database, making it or bringing it up to date first; and gives the names of the steps that this took.
///
/// Who will serve these schemas names them: what filters look for is made anew in the same transaction where it was made
/// with others.
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

/// Opens a database file of ours that this version knows, whether or not it was brought up to date.
pub(crate) async fn open_file(file: &Path) -> Result<File> {
    sqlite::open_as_it_is(file, None).await
}

/// Opens a database file in the form of this version.
pub(crate) async fn open_current_file(file: &Path) -> Result<File> {
    sqlite::open(file, None).await
}

/// Brings a copy of a backup up to date.
pub(crate) async fn prepare_file(file: &Path, by: By) -> Result<File> {
    Ok(sqlite::prepare(file, None, by).await?.0)
}

/// A database of its own for a test, which goes with the folder.
#[cfg(test)]
pub(crate) async fn scratch() -> (tempfile::TempDir, Storage) {
    let (dir, storage) = sqlite::scratch().await;
    (dir, Storage::Sqlite(storage))
}

/// The same on a server of PostgreSQL.
#[cfg(test)]
pub(crate) async fn scratch_on_a_server() -> (provost_testing::postgres::Database, Storage) {
    let (made, storage) = postgres::scratch().await;
    (made, Storage::Postgres(storage))
}

/// Something that only grows, for metrics.
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
