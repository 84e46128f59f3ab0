//! PostgreSQL's instance of the statements, and how a database on a server comes to the form that they need.

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

/// A database that is there and in the form that this program needs.
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

/// A database that is made or brought up to date; and what was done to it.
pub(super) async fn prepare(
    url: &str,
    pooling: &Pooling,
    schemas: Option<&SchemaSet>,
    by: By,
) -> Result<(Storage, Vec<String>)> {
    let (database, name) = database(url, pooling).await?;
    let storage = Storage::new(database, schemas)?;
    let schemas = schemas.cloned();
    // one transaction for all steps, for as long as it takes: other processes wait for it, then find nothing to do
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

/// The database of a URL, on a server that can be used; and what it is called.
async fn database(url: &str, pooling: &Pooling) -> Result<(Database, String)> {
    let mut options = Options::default();
    (options.connections, options.wait, options.patience) =
        (pooling.connections, pooling.wait, pooling.patience);
    let database = Database::open(url, &options)?;
    database.prove_fit().await?;
    Ok((database, DatabaseUrl::Postgres(url.to_owned()).to_string()))
}

/// A database of its own for a test, on the server that `PROVOST_TEST_POSTGRES` names.
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
    /// A look-up by an index.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.database.read(job).await
    }

    /// A server says with each answer what is wrong with it.
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
