//! The statements compiled for SQLite, and how a database file is created and brought up to date.

/// Unit tests of the statements run here; the binary's tests cover PostgreSQL.
#[cfg(test)]
macro_rules! unit_tested {
    ($($tests:item)+) => {
        $(#[cfg(test)] $tests)+
    };
}

#[path = "../handle.rs"]
mod handle;
mod identity;
mod migrations;
mod overwritten;
#[cfg(feature = "console")]
mod part;
#[path = "../queries/mod.rs"]
mod queries;
pub(crate) mod replace;

use super::later::Later;
use super::locks::{Held, Hold};
use super::{Counter, Result, StorageError};
use crate::audit::By;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::ExecuteDsl;
use diesel::sqlite::Sqlite;
use diesel::{Connection, QueryResult};
use identity::Identity;
use migrations::OWN;
use provost::SchemaSet;
use provost::unstable::diesel::sqlite::{Migrations, Options};
use std::future::ready;
use std::path::Path;

pub(crate) use handle::Storage;
use provost::sqlite::{Conn, Database, Directory, Lane};
use provost::unstable::diesel::sqlite::directory;

/// SQLite has a single writer, so there is nothing to lock.
impl Hold for Conn {
    fn hold(&mut self, _: Held) -> QueryResult<()> {
        Ok(())
    }
}

impl Later for Conn {
    fn later<T: QueryFragment<Sqlite> + QueryId>(&mut self, statement: T) -> QueryResult<()> {
        ExecuteDsl::execute(statement, self).map(drop)
    }
}

/// Opens an existing database that is up to date.
pub(super) async fn open(path: &Path, schemas: Option<&SchemaSet>) -> Result<Storage> {
    let storage = open_as_it_is(path, schemas).await?;
    if !storage.database.pending(Migrations)?.is_empty() || !storage.database.pending(OWN)?.is_empty() {
        return Err(StorageError::NotMigrated(path.display().to_string()));
    }
    Ok(storage)
}

/// Opens an existing database of ours, in the form of this or an earlier version.
pub(super) async fn open_as_it_is(path: &Path, schemas: Option<&SchemaSet>) -> Result<Storage> {
    if !identity::prove_whole(path)? {
        return Err(StorageError::NoDatabase(path.to_owned()));
    }
    let storage = Storage::new(database(path)?, schemas)?;
    match storage.read(|c| c.transaction(|c| identity::of(c, path))).await? {
        Identity::New => Err(StorageError::NoDatabase(path.to_owned())),
        Identity::Ours => Ok(storage),
    }
}

/// Creates a database or brings it up to date, and returns which migrations ran.
pub(super) async fn prepare(
    path: &Path,
    schemas: Option<&SchemaSet>,
    by: By,
) -> Result<(Storage, Vec<String>)> {
    identity::prove_whole(path)?;
    let storage = Storage::new(database(path)?, schemas)?;
    // checked before writing to a file that may not be ours; in one snapshot, since another process may be creating it
    storage.read(|c| c.transaction(|c| identity::of(c, path))).await?;
    let (path, schemas) = (path.to_owned(), schemas.cloned());
    // one transaction for all migrations, with the write lock from its start: a second process waits and then finds
    // nothing to do
    let steps = move |c: &mut Conn| -> Result<Vec<String>> {
        let is_new = !identity::has_tables(c)?;
        if !is_new {
            identity::prove_ours(c, &path)?;
        }
        let mut applied = migrations::run(c)?;
        if is_new {
            overwritten::mark(c)?;
        }
        if applied.iter().any(|step| step == migrations::PEOPLE) {
            let renamed = migrations::renamed_roles(c)?;
            applied.extend(renamed.map(|(members, defaults)| {
                format!("renamed-{members}-roles-of-members-and-{defaults}-default-roles")
            }));
        }
        handle::settle(c, schemas.as_ref(), &by, &mut applied)?;
        Ok(applied)
    };
    let applied = storage.unrecorded(steps).await?;
    Ok((storage, applied))
}

fn database(path: &Path) -> Result<Database> {
    Database::open(path, &Options::default()).map_err(StorageError::cannot_open)
}

/// A temporary database for a test, deleted with its folder.
#[cfg(test)]
pub(super) async fn scratch() -> (tempfile::TempDir, Storage) {
    let dir = tempfile::TempDir::new().expect("a directory");
    let schemas = SchemaSet::builtin();
    let (storage, applied) =
        prepare(&dir.path().join("provost.db"), Some(&schemas), By::operator()).await.expect("a database");
    assert!(!applied.is_empty());
    (dir, storage)
}

impl Storage {
    /// An indexed look-up. SQLite answers before another thread could start, so it runs on the calling thread.
    pub(super) fn read<T: Send>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T>,
    ) -> impl Future<Output = Result<T>> + Send {
        ready(self.noted(self.database.read(job)))
    }

    /// Why the file can no longer be used, if so.
    pub(super) fn trouble(&self) -> Option<String> {
        self.database.condition().trouble().map(str::to_owned)
    }

    /// Passes the answer on, and remembers a failure that means the file is damaged.
    pub(super) fn noted<T>(&self, answer: Result<T>) -> Result<T> {
        answer.inspect_err(|e| {
            if let StorageError::Failed(e) = e {
                self.database.condition().note(e);
            }
        })
    }

    /// Writes the whole log into the file and empties the log.
    pub(crate) async fn empty_log(&self) -> Result<()> {
        Ok(self.database.empty_log().await?)
    }

    /// Writes a copy of everything committed into an empty file.
    pub(crate) async fn copy_to(&self, file: &Path) -> Result<()> {
        self.database.copy_to(file).await.map_err(StorageError::NotCopied)
    }

    /// The damage SQLite finds in the file. Reads the whole file.
    pub(crate) async fn damage(&self) -> Result<Vec<String>> {
        let found = self.scan(|conn| Ok(directory::damage(conn)?)).await?;
        Ok(found.into_iter().map(|finding| finding.what).collect())
    }

    /// Rewrites the file without deleted data.
    pub(crate) async fn vacuum(&self) -> Result<()> {
        self.database.vacuum().await?;
        self.unrecorded(overwritten::mark).await
    }

    /// Whether the file is free of data that an earlier release deleted without overwriting it.
    pub(crate) async fn is_overwritten(&self) -> Result<bool> {
        self.read(overwritten::is_overwritten).await
    }

    pub(crate) fn counters(&self) -> Vec<Counter> {
        let stats = self.database.stats();
        vec![
            Counter::new("write_transactions", "Transactions of the writing thread", stats.batches),
            Counter::new("writes", "Writes in them", stats.jobs),
            Counter::new("write_panics", "Writes that panicked and were undone", stats.panics),
            Counter::new("database_reopened", "Times the database had to be opened again", stats.reopened),
        ]
    }
}
