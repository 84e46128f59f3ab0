//! The statements compiled for PostgreSQL, and how a database there is created and brought up to date.

#[cfg(test)]
macro_rules! unit_tested {
    ($($tests:item)+) => {};
}

#[path = "../handle.rs"]
mod handle;
mod locks;
mod migrations;
#[cfg(feature = "console")]
mod part;
#[path = "../queries/mod.rs"]
mod queries;

use super::{Counter, Result, StorageError};
use crate::audit::By;
use crate::config::{DatabaseUrl, Pooling};
use migrations::{Holds, OWN};
use provost::SchemaSet;
use provost::unstable::diesel::postgres::{Migrations, Options, run};

pub(crate) use handle::Storage;
use provost::postgres::{Conn, Database, Directory, Lane};
use provost::unstable::diesel::postgres::directory;

/// Opens an existing database that is up to date.
pub(super) async fn open(url: &str, pooling: &Pooling, schemas: Option<&SchemaSet>) -> Result<Storage> {
    let (database, name) = database(url, pooling).await?;
    let storage = Storage::new(database, schemas)?;
    let shown = name.clone();
    match storage.read(move |conn| migrations::prove_ours(conn, &name)).await? {
        Holds::All => Ok(storage),
        Holds::Earlier => Err(StorageError::NotMigrated(shown)),
        Holds::Nothing => Err(StorageError::Empty(shown)),
    }
}

/// Creates a database or brings it up to date, and returns which migrations ran.
pub(super) async fn prepare(
    url: &str,
    pooling: &Pooling,
    schemas: Option<&SchemaSet>,
    by: By,
) -> Result<(Storage, Vec<String>)> {
    let (database, name) = database(url, pooling).await?;
    let storage = Storage::new(database, schemas)?;
    let schemas = schemas.cloned();
    // one transaction for all migrations, however long it takes: other processes wait for it and then find nothing to
    // do
    let steps = move |conn: &mut Conn| -> Result<Vec<String>> {
        let mut applied = run(conn, Migrations)?;
        migrations::prove_ours(conn, &name)?;
        applied.extend(run(conn, OWN)?);
        handle::settle(conn, schemas.as_ref(), &by, &mut applied)?;
        Ok(applied)
    };
    let applied = storage.database.upkeep(steps).await?;
    Ok((storage, applied))
}

/// Connects to the database that a URL names, if its server is usable; and the database's name.
async fn database(url: &str, pooling: &Pooling) -> Result<(Database, String)> {
    let mut options = Options::default();
    (options.connections, options.wait, options.patience) =
        (pooling.connections, pooling.wait, pooling.patience);
    let database = Database::open(url, &options)?;
    database.prove_fit().await?;
    Ok((database, DatabaseUrl::Postgres(url.to_owned()).to_string()))
}

/// A temporary database for a test, on the server in `PROVOST_TEST_POSTGRES`.
#[cfg(test)]
pub(super) async fn scratch() -> (provost_testing::postgres::Database, Storage) {
    let made = provost_testing::postgres::Database::new();
    let (wait, patience) = (std::time::Duration::from_secs(10), std::time::Duration::from_secs(60));
    let pooling = Pooling { connections: 4, wait, patience };
    let (storage, _) = prepare(&made.url(), &pooling, Some(&SchemaSet::builtin()), By::operator())
        .await
        .expect("a database");
    (made, storage)
}

impl Storage {
    /// An indexed look-up.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.database.read(job).await
    }

    /// Always `None`: a database server reports its trouble with each answer.
    pub(super) fn trouble(&self) -> Option<String> {
        None
    }

    pub(super) fn noted<T>(&self, answer: Result<T>) -> Result<T> {
        answer
    }

    pub(super) fn counters(&self) -> Vec<Counter> {
        let stats = self.database.stats();
        vec![
            Counter::new("writes", "Transactions that were committed", stats.writes),
            Counter::new("write_retries", "Times that work on the database was run again", stats.retries),
            Counter::new(
                "database_connections",
                "Connections to the database that were made",
                stats.connections,
            ),
            Counter::new(
                "database_refusals",
                "Requests that waited too long for a connection",
                stats.refused,
            ),
        ]
    }
}
