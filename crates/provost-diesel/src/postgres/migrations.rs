//! The migrations of the directory's tables, whose names begin with `scim_` (docs/decisions/006).

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

/// The directory's migrations. Versions are `2026-01-01-NNNNNN`; the application's own migrations, kept in the same
/// bookkeeping table, must have others.
#[derive(Debug, Clone, Copy)]
pub struct Migrations;

const STEPS: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// How the versions of the directory begin, as diesel keeps them: those of an application may differ only after that.
const OURS: &str = "202601010";

impl MigrationSource<Pg> for Migrations {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<Pg>>>> {
        STEPS.migrations()
    }
}

/// Makes or changes the directory's tables, in the transaction of the caller.
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

/// Applies what was not applied yet, while no other process does the same, in the transaction of the caller: for an application
/// that makes its own tables together with the directory's. Gives the versions.
///
/// # Errors
/// A failure of the database.
pub fn run(
    conn: &mut Conn,
    migrations: impl MigrationSource<Pg>,
) -> std::result::Result<Vec<String>, HookError> {
    // any number that no other program takes: "scim" and "prov"
    Fragment::new("select pg_advisory_xact_lock(1935894893, 1886547830)").once::<()>().execute(conn)?;
    let applied = conn.run_pending_migrations(migrations).map_err(HookError::Other)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// The names of those that were not applied yet. It writes nothing, also where nothing ever was.
pub(super) fn pending(
    conn: &mut Conn,
    migrations: &impl MigrationSource<Pg>,
) -> std::result::Result<Vec<String>, HookError> {
    let applied: HashSet<String> = applied(conn)?.into_iter().collect();
    let all = migrations.migrations().map_err(HookError::Other)?;
    let pending = all.iter().filter(|m| !applied.contains(&m.name().version().to_string()));
    Ok(pending.map(|m| m.name().to_string()).collect())
}

/// Refuses a database whose tables are those of another program, or of a later version of this one.
pub(super) fn prove_known(conn: &mut Conn) -> std::result::Result<(), HookError> {
    let all = Migrations.migrations().map_err(HookError::Other)?;
    let known: HashSet<String> = all.iter().map(|m| m.name().version().to_string()).collect();
    // looked for before the steps are read: another process may make both in between, in one transaction
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

/// The versions that were applied, those of an application among them. It writes nothing.
///
/// # Errors
/// A failure of the database.
pub fn applied(conn: &mut Conn) -> QueryResult<Vec<String>> {
    if !has_table(conn, "__diesel_schema_migrations")? {
        return Ok(Vec::new());
    }
    Fragment::new("select version from __diesel_schema_migrations").once::<Text>().load(conn)
}

/// Whether there is a table of this name.
///
/// # Errors
/// A failure of the database.
pub fn has_table(conn: &mut Conn, name: &'static str) -> QueryResult<bool> {
    let mut sql = Fragment::new("select to_regclass(");
    sql.text(name).sql(") is not null");
    Ok(sql.once::<Bool>().load::<bool>(conn)?.into_iter().any(|is_there| is_there))
}
