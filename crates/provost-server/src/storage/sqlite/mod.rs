//! SQLite's instance of the statements, and how a database file comes to the form that they need.

/// The statements have unit tests here; the tests of the binary ask the others.
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

/// Nobody else writes meanwhile.
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

/// A database that is there and in the form that this program needs.
pub(super) async fn open(path: &Path, schemas: Option<&SchemaSet>) -> Result<Storage> {
    let storage = open_as_it_is(path, schemas).await?;
    if !storage.database.pending(Migrations)?.is_empty() || !storage.database.pending(OWN)?.is_empty() {
        return Err(StorageError::NotMigrated(path.display().to_string()));
    }
    Ok(storage)
}

/// A database that is there and ours, in the form of this version or an earlier one.
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

/// A database that is made or brought up to date; and what was done to it.
pub(super) async fn prepare(
    path: &Path,
    schemas: Option<&SchemaSet>,
    by: By,
) -> Result<(Storage, Vec<String>)> {
    identity::prove_whole(path)?;
    let storage = Storage::new(database(path)?, schemas)?;
    // before anything is written to what may be somebody else's; in one snapshot, since another process may make it meanwhile
    storage.read(|c| c.transaction(|c| identity::of(c, path))).await?;
    let (path, schemas) = (path.to_owned(), schemas.cloned());
    // one transaction for all steps, begun with the write lock: a second process waits, then finds nothing to do
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

/// A database of its own for a test, which goes with the folder.
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
    /// A look-up by an index. SQLite has the answer before another thread could begin to look, so it is given at once, on
    /// the thread that asks.
    pub(super) fn read<T: Send>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T>,
    ) -> impl Future<Output = Result<T>> + Send {
        ready(self.noted(self.database.read(job)))
    }

    /// Why the file can be used no longer, if so.
    pub(super) fn trouble(&self) -> Option<String> {
        self.database.condition().trouble().map(str::to_owned)
    }

    /// What is answered, remembered where it says that the file is damaged.
    pub(super) fn noted<T>(&self, answer: Result<T>) -> Result<T> {
        answer.inspect_err(|e| {
            if let StorageError::Failed(e) = e {
                self.database.condition().note(e);
            }
        })
    }

    /// Brings all that is in the log into the file, and empties the log.
    pub(crate) async fn empty_log(&self) -> Result<()> {
        Ok(self.database.empty_log().await?)
    }

    /// Writes a copy of all that was committed into an empty file.
    pub(crate) async fn copy_to(&self, file: &Path) -> Result<()> {
        self.database.copy_to(file).await.map_err(StorageError::NotCopied)
    }

    /// What SQLite finds wrong in the file. It reads everything.
    pub(crate) async fn damage(&self) -> Result<Vec<String>> {
        let found = self.scan(|conn| Ok(directory::damage(conn)?)).await?;
        Ok(found.into_iter().map(|finding| finding.what).collect())
    }

    /// Writes the file anew, without what was deleted from it.
    pub(crate) async fn vacuum(&self) -> Result<()> {
        self.database.vacuum().await?;
        self.unrecorded(overwritten::mark).await
    }

    /// Whether nothing that an earlier release deleted can be left in the file.
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
