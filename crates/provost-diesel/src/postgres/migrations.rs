//! The migrations of the directory's tables, whose names all begin with `scim_` (docs/decisions/006).

use super::failure::unfit;
use super::{Conn, directory};
use crate::error::HookError;
use crate::finding::Refreshed;
use crate::sql::Fragment;
use diesel::migration::{Migration, MigrationSource, Result};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use provost_core::SchemaSet;
use std::collections::HashSet;

/// The directory's migrations. Their versions are `2026-01-01-NNNNNN`; the application's own migrations, which are
/// recorded in the same table, must have others.
#[derive(Debug, Clone, Copy)]
pub struct Migrations;

const STEPS: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// How the directory's versions begin, as diesel stores them. An application's versions must begin differently.
const OURS: &str = "202601010";

impl MigrationSource<Pg> for Migrations {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<Pg>>>> {
        STEPS.migrations()
    }
}

/// Creates or changes the directory's tables, in the caller's transaction.
pub(super) fn apply(conn: &mut Conn, schemas: &SchemaSet) -> std::result::Result<Vec<String>, HookError> {
    let applied = run(conn, Migrations)?;
    let Refreshed { derived, activated } = directory::refresh(conn, schemas)?;
    if activated > 0 {
        tracing::info!(resources = activated, "resources without `active` got `active: true`");
    }
    if derived > 0 {
        tracing::info!(resources = derived, "filter values were made anew");
    }
    Ok(applied)
}

/// Runs pending migrations in the caller's transaction, while no other process does the same: for an application that
/// creates its own tables together with the directory's. Returns the versions.
///
/// # Errors
/// The database failed.
pub fn run(
    conn: &mut Conn,
    migrations: impl MigrationSource<Pg>,
) -> std::result::Result<Vec<String>, HookError> {
    // an arbitrary number that no other program uses: "scim" and "prov"
    Fragment::new("select pg_advisory_xact_lock(1935894893, 1886547830)").once::<()>().execute(conn)?;
    let applied = conn.run_pending_migrations(migrations).map_err(HookError::Other)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// The names of pending migrations. Writes nothing, even in an empty database.
pub(super) fn pending(
    conn: &mut Conn,
    migrations: &impl MigrationSource<Pg>,
) -> std::result::Result<Vec<String>, HookError> {
    let applied: HashSet<String> = applied(conn)?.into_iter().collect();
    let all = migrations.migrations().map_err(HookError::Other)?;
    let pending = all.iter().filter(|m| !applied.contains(&m.name().version().to_string()));
    Ok(pending.map(|m| m.name().to_string()).collect())
}

/// Refuses a database whose tables belong to another program, or to a later version of this one.
pub(super) fn prove_known(conn: &mut Conn) -> std::result::Result<(), HookError> {
    let all = Migrations.migrations().map_err(HookError::Other)?;
    let known: HashSet<String> = all.iter().map(|m| m.name().version().to_string()).collect();
    // checked before reading the versions, since another process may create both in between, in one transaction
    let has_tables = has_table(conn, "scim_resource")?;
    let ours: Vec<String> = applied(conn)?.into_iter().filter(|v| v.starts_with(OURS)).collect();
    if let Some(newer) = ours.iter().find(|version| !known.contains(*version)) {
        return Err(HookError::Store(unfit(format!(
            "the database is of a later version of this program: it has the migration {newer}, which this one does not know"
        ))));
    }
    if ours.is_empty() && has_tables {
        return Err(HookError::Store(unfit(
            "the database has a table `scim_resource` that this program did not make: use an empty database, or another schema \
             in its `search_path`",
        )));
    }
    Ok(())
}

/// The versions of all applied migrations, including the application's. Writes nothing.
///
/// # Errors
/// The database failed.
pub fn applied(conn: &mut Conn) -> QueryResult<Vec<String>> {
    if !has_table(conn, "__diesel_schema_migrations")? {
        return Ok(Vec::new());
    }
    Fragment::new("select version from __diesel_schema_migrations").once::<Text>().load(conn)
}

/// Whether a table of this name exists.
///
/// # Errors
/// The database failed.
pub fn has_table(conn: &mut Conn, name: &'static str) -> QueryResult<bool> {
    let mut sql = Fragment::new("select to_regclass(");
    sql.text(name).sql(") is not null");
    Ok(sql.once::<Bool>().load::<bool>(conn)?.into_iter().any(|is_there| is_there))
}
