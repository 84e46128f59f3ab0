//! The migrations of a database on a server, and the check whether the database is ours.
//!
//! The directory's migrations and the binary's share one table of applied versions. After the date, the binary's
//! versions begin with 1, the directory's with 0.

use super::Conn;
use super::queries::settings;
use crate::storage::{Result, StorageError};
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use provost::unstable::diesel::postgres::{Migrations, applied, has_table};

pub(super) const OWN: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How the binary's versions begin, as diesel stores them.
const OURS: &str = "202601011";

/// Tables that the first migration makes.
const TABLES: [&str; 5] = ["organisation", "token", "account", "session", "setting"];

/// What a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// Nothing of ours, and nothing whose name we need.
    Nothing,
    /// The form of an earlier version.
    Earlier,
    /// Everything this version needs.
    All,
}

/// Refuses a database in which another program's tables use our names, that a newer version changed, or that is
/// incomplete. Writes nothing.
pub(super) fn prove_ours(conn: &mut Conn, name: &str) -> Result<Holds> {
    let done = applied(conn)?;
    let own = versions(&OWN)?;
    let is_ours = done.iter().any(|step| step.starts_with(OURS));
    for table in TABLES {
        match (has_table(conn, table)?, is_ours) {
            (true, false) => return Err(StorageError::ForeignTable { name: name.to_owned(), table }),
            (false, true) => return Err(StorageError::Incomplete { name: name.to_owned(), table }),
            _ => {}
        }
    }
    if let Some(step) = done.iter().find(|step| step.starts_with(OURS) && !own.contains(*step)) {
        let (step, version) = (step.clone(), settings::changed_by(conn));
        return Err(StorageError::Newer { name: name.to_owned(), step, version });
    }
    let is_all = own.iter().chain(&versions(&Migrations)?).all(|step| done.contains(step));
    Ok(match (is_ours, is_all) {
        (false, _) => Holds::Nothing,
        (true, false) => Holds::Earlier,
        (true, true) => Holds::All,
    })
}

fn versions(source: &impl MigrationSource<Pg>) -> Result<Vec<String>> {
    let steps = source.migrations().map_err(StorageError::Migration)?;
    Ok(steps.iter().map(|step| step.name().version().to_string()).collect())
}
