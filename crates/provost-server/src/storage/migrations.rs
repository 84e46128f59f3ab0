//! The steps that bring a database to the form that this program needs.
//!
//! The directory's steps and the binary's own stand in one table of applied versions; the versions of the binary begin
//! with 1 behind the date, those of the directory with 0.

use super::{Result, StorageError};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::path::Path;

const OWN: EmbeddedMigrations = embed_migrations!("migrations");

/// Applies what is missing; gives the names of the steps.
pub(super) fn run(conn: &mut impl MigrationHarness<Sqlite>) -> Result<Vec<String>> {
    let applied = conn.run_pending_migrations(OWN).map_err(StorageError::Migration)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Refuses a database that lacks a step.
pub(super) fn check(conn: &mut impl MigrationHarness<Sqlite>, path: &Path) -> Result<()> {
    if conn.has_pending_migration(OWN).map_err(StorageError::Migration)? {
        return Err(StorageError::NotMigrated(path.to_owned()));
    }
    Ok(())
}
