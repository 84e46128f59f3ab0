//! SQLite's instance of the statements, and how a database file comes to the form that they need.

#[path = "handle.rs"]
mod handle;
#[path = "queries/mod.rs"]
mod queries;

use super::identity::{self, Identity};
use super::migrations::{self, OWN};
use super::{Counter, Result, StorageError};
use diesel::Connection;
use provost::SchemaSet;
use provost::unstable::diesel::Refreshed;
use provost::unstable::diesel::sqlite::{Migrations, Options};
use queries::{organisations, settings};
use std::path::Path;

pub(crate) use handle::Storage;
use provost::sqlite::{Conn, Database, Directory, Lane};
use provost::unstable::diesel::sqlite::directory;

/// A database that is there and in the form that this program needs.
pub(super) async fn open(path: &Path, schemas: Option<&SchemaSet>) -> Result<Storage> {
    let storage = open_as_it_is(path, schemas).await?;
    let database = storage.database();
    if !database.pending(Migrations)?.is_empty() || !database.pending(OWN)?.is_empty() {
        return Err(StorageError::NotMigrated(path.to_owned()));
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
pub(super) async fn prepare(path: &Path, schemas: Option<&SchemaSet>) -> Result<(Storage, Vec<String>)> {
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
        if !applied.is_empty() {
            migrations::note_version(c)?;
        }
        if is_new {
            settings::mark_overwritten(c)?;
        }
        if applied.iter().any(|step| step == migrations::PEOPLE) {
            let renamed = organisations::renamed_roles(c)?;
            applied.extend(renamed.map(|(members, defaults)| {
                format!("renamed-{members}-roles-of-members-and-{defaults}-default-roles")
            }));
        }
        if let Some(schemas) = &schemas {
            let Refreshed { activated, derived, .. } =
                directory::refresh(c, schemas).map_err(|e| StorageError::Migration(e.into()))?;
            if activated > 0 {
                applied.push(format!("gave-active-true-to-{activated}-resources"));
            }
            if derived > 0 {
                applied.push(format!("indexed-{derived}-resources-anew"));
            }
        }
        Ok(applied)
    };
    let applied = storage.write(steps).await?;
    Ok((storage, applied))
}

fn database(path: &Path) -> Result<Database> {
    Database::open(path, &Options::default()).map_err(StorageError::cannot_open)
}

/// What the database counts, for metrics.
fn counters(database: &Database) -> Vec<Counter> {
    let stats = database.stats();
    let counter = |name, help, value| Counter { name, help, value };
    vec![
        counter("write_transactions", "Transactions of the writing thread", stats.batches),
        counter("writes", "Writes in them", stats.jobs),
        counter("write_panics", "Writes that panicked and were undone", stats.panics),
        counter("database_reopened", "Times the database had to be opened again", stats.reopened),
    ]
}
