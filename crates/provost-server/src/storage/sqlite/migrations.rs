//! The migrations of a database file.
//!
//! The directory's migrations and the binary's share one table of applied versions. After the date, the binary's
//! versions begin with 1, the directory's with 0.

use super::queries::settings;
use crate::storage::schema::{membership, organisation};
use crate::storage::{Result, StorageError};
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use provost::unstable::diesel::sqlite::Migrations;
use std::path::Path;

pub(super) const OWN: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// The binary's first migration: a database that has it is ours.
pub(super) const OURS: &str = "20260101100000";

/// The migration that limits roles to three words.
pub(super) const PEOPLE: &str = "20260101100110";

/// The versions of the applied migrations.
pub(super) fn applied(conn: &mut impl MigrationHarness<Sqlite>) -> Result<Vec<String>> {
    let applied = conn.applied_migrations().map_err(StorageError::Migration)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Refuses a database that a newer version changed, since this version would not maintain what the newer one relies on.
pub(super) fn prove_known(conn: &mut SqliteConnection, path: &Path) -> Result<()> {
    let steps = Migrations.migrations().and_then(|of_directory| Ok((of_directory, OWN.migrations()?)));
    let (of_directory, own) = steps.map_err(StorageError::Migration)?;
    let known: Vec<_> =
        of_directory.iter().chain(&own).map(|step| step.name().version().to_string()).collect();
    match applied(conn)?.into_iter().find(|step| !known.contains(step)) {
        Some(step) => {
            let version = settings::changed_by(conn);
            Err(StorageError::Newer { name: path.display().to_string(), step, version })
        }
        None => Ok(()),
    }
}

/// Runs what is missing; returns the names of the migrations.
pub(super) fn run(conn: &mut impl MigrationHarness<Sqlite>) -> Result<Vec<String>> {
    let names = |new: Vec<MigrationVersion<'_>>| new.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut applied = names(conn.run_pending_migrations(Migrations).map_err(StorageError::Migration)?);
    applied.extend(names(conn.run_pending_migrations(OWN).map_err(StorageError::Migration)?));
    Ok(applied)
}

/// How many members, and how many Default Roles of organisations, had a role of another name; `None` if none had.
pub(super) fn renamed_roles(conn: &mut SqliteConnection) -> Result<Option<(i64, i64)>> {
    let members = membership::table.filter(membership::role_reason.is_not_null()).count().get_result(conn)?;
    let defaults = organisation::table.filter(organisation::default_role_reason.is_not_null());
    let defaults = defaults.count().get_result(conn)?;
    Ok((members > 0 || defaults > 0).then_some((members, defaults)))
}
