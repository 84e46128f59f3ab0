//! The steps that bring a database to the form that this program needs.
//!
//! The directory's steps and the binary's own are in one table of applied versions; the versions of the binary begin
//! with 1 after the date, those of the directory with 0.

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

/// The first step of the binary's own: what has it is ours.
pub(super) const OURS: &str = "20260101100000";

/// The step from which a role is one of three words.
pub(super) const PEOPLE: &str = "20260101100110";

/// The steps that were applied, by their versions.
pub(super) fn applied(conn: &mut impl MigrationHarness<Sqlite>) -> Result<Vec<String>> {
    let applied = conn.applied_migrations().map_err(StorageError::Migration)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Refuses a database that a newer version changed: what it relies on, this one would not keep.
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

/// Applies what is missing; gives the names of the steps.
pub(super) fn run(conn: &mut impl MigrationHarness<Sqlite>) -> Result<Vec<String>> {
    let names = |new: Vec<MigrationVersion<'_>>| new.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut applied = names(conn.run_pending_migrations(Migrations).map_err(StorageError::Migration)?);
    applied.extend(names(conn.run_pending_migrations(OWN).map_err(StorageError::Migration)?));
    Ok(applied)
}

/// How many members, and how many organisations as Default Role, had a role of another name; `None` where none had.
pub(super) fn renamed_roles(conn: &mut SqliteConnection) -> Result<Option<(i64, i64)>> {
    let members = membership::table.filter(membership::role_reason.is_not_null()).count().get_result(conn)?;
    let defaults = organisation::table.filter(organisation::default_role_reason.is_not_null());
    let defaults = defaults.count().get_result(conn)?;
    Ok((members > 0 || defaults > 0).then_some((members, defaults)))
}
