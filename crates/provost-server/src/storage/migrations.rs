//! The steps that bring a database to the form that this program needs.
//!
//! The directory's steps and the binary's own are in one table of applied versions; the versions of the binary begin
//! with 1 after the date, those of the directory with 0.

use super::schema::setting;
use super::{Result, StorageError};
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use provost::unstable::diesel::sqlite::Migrations;
use std::path::Path;

/// The names of the settings that say which version made the database, and which one changed it last.
const MADE_BY: &str = "made-by-version";
const CHANGED_BY: &str = "changed-by-version";

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
        Some(step) => Err(StorageError::Newer { path: path.to_owned(), step, version: changed_by(conn) }),
        None => Ok(()),
    }
}

/// The version of Provost that changed the database last, where it says. A newer one may have done anything to the tables,
/// so nothing is relied on.
fn changed_by(conn: &mut SqliteConnection) -> Option<String> {
    let version: Vec<u8> = setting::table.find(CHANGED_BY).select(setting::value).first(conn).ok()?;
    let is_one = |text: &String| text.len() <= 64 && text.chars().all(|c| c.is_ascii_graphic());
    String::from_utf8(version).ok().filter(is_one)
}

/// Notes which version of Provost took steps. Earlier versions that refuse the database read it: name and form stay.
pub(super) fn note_version(conn: &mut SqliteConnection) -> Result<()> {
    let value = env!("CARGO_PKG_VERSION").as_bytes();
    let made = (setting::name.eq(MADE_BY), setting::value.eq(value));
    diesel::insert_into(setting::table).values(made).on_conflict_do_nothing().execute(conn)?;
    let changed = (setting::name.eq(CHANGED_BY), setting::value.eq(value));
    let row = diesel::insert_into(setting::table).values(changed).on_conflict(setting::name);
    row.do_update().set(setting::value.eq(value)).execute(conn)?;
    Ok(())
}

/// Applies what is missing; gives the names of the steps.
pub(super) fn run(conn: &mut impl MigrationHarness<Sqlite>) -> Result<Vec<String>> {
    let names = |new: Vec<MigrationVersion<'_>>| new.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut applied = names(conn.run_pending_migrations(Migrations).map_err(StorageError::Migration)?);
    applied.extend(names(conn.run_pending_migrations(OWN).map_err(StorageError::Migration)?));
    Ok(applied)
}
