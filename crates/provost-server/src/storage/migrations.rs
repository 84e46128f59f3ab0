//! The steps that bring a database to the form that this program needs.
//!
//! The directory's steps and the binary's own stand in one table of applied versions; the versions of the binary begin
//! with 1 behind the date, those of the directory with 0.

use super::{Result, StorageError};
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use provost::unstable::diesel::sqlite::Migrations;
use std::path::Path;

pub(super) const OWN: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Whether no step was ever applied: the file is new.
pub(super) fn are_none(conn: &mut impl MigrationHarness<Sqlite>) -> Result<bool> {
    let applied = conn.applied_migrations().map_err(StorageError::Migration)?;
    Ok(applied.is_empty())
}

/// Refuses a database that a newer version changed: what it relies on, this one would not keep.
pub(super) fn prove_known(conn: &mut impl MigrationHarness<Sqlite>, path: &Path) -> Result<()> {
    let steps = Migrations.migrations().and_then(|of_directory| Ok((of_directory, OWN.migrations()?)));
    let (of_directory, own) = steps.map_err(StorageError::Migration)?;
    let known: Vec<_> = of_directory.iter().chain(&own).map(|step| step.name().version()).collect();
    let applied = conn.applied_migrations().map_err(StorageError::Migration)?;
    match applied.iter().find(|step| !known.contains(step)) {
        Some(step) => Err(StorageError::Newer { path: path.to_owned(), step: step.to_string() }),
        None => Ok(()),
    }
}

/// Applies what is missing; gives the names of the steps.
pub(super) fn run(conn: &mut impl MigrationHarness<Sqlite>) -> Result<Vec<String>> {
    let names = |new: Vec<MigrationVersion<'_>>| new.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut applied = names(conn.run_pending_migrations(Migrations).map_err(StorageError::Migration)?);
    applied.extend(names(conn.run_pending_migrations(OWN).map_err(StorageError::Migration)?));
    Ok(applied)
}
