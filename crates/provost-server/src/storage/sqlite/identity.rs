//! What a database file is: new, ours, or something that must be taken for neither. A copy of the file of a running
//! server is half a database, and a server that took it for a new one would begin with nobody in it.

use super::migrations::{self, OURS};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::sqlite::SqliteConnection as Conn;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

diesel::table! {
    sqlite_master (name) {
        name -> Text,
        #[sql_name = "type"]
        kind -> Text,
    }
}

/// Tables that the first step made.
const TABLES: [&str; 2] = ["organisation", "token"];

/// A database that may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing was ever written to it.
    New,
    /// It is ours, in the form of this version or an earlier one.
    Ours,
}

/// Refuses a log whose database is gone, before SQLite removes it. Gives whether there is a file.
pub(super) fn prove_whole(path: &Path) -> Result<bool> {
    let log = log_of(path);
    // in this order: a first start writes the file before the log
    let log_bytes = fs::metadata(&log).map_or(0, |log| log.len());
    let file = fs::metadata(path);
    match (&file, log_bytes) {
        (_, 0) => Ok(file.is_ok()),
        (Ok(file), _) if file.len() > 0 => Ok(true),
        _ => Err(StorageError::LogAlone { log, path: path.to_owned() }),
    }
}

/// SQLite keeps it beside the file that a link leads to.
fn log_of(path: &Path) -> PathBuf {
    let mut log: OsString = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into();
    log.push("-wal");
    log.into()
}

/// What the database is. To be asked outside of a write, which gives even an empty file a page.
pub(super) fn of(conn: &mut Conn, path: &Path) -> Result<Identity> {
    if !has_tables(conn)? {
        let pages: i64 = diesel::dsl::sql::<BigInt>("pragma page_count").get_result(conn)?;
        return match pages {
            0 => Ok(Identity::New),
            _ => Err(StorageError::Hollow(path.to_owned())),
        };
    }
    prove_ours(conn, path)?;
    Ok(Identity::Ours)
}

/// Whether anything is in it.
pub(super) fn has_tables(conn: &mut Conn) -> Result<bool> {
    Ok(sqlite_master::table.count().get_result::<i64>(conn)? > 0)
}

/// Whether there is a table, which earlier versions may lack.
pub(super) fn has_table(conn: &mut Conn, name: &str) -> Result<bool> {
    let found = sqlite_master::table.filter(sqlite_master::name.eq(name)).count();
    Ok(found.get_result::<i64>(conn)? > 0)
}

/// Refuses a database that is not ours, that lacks tables, or that a newer version changed.
pub(super) fn prove_ours(conn: &mut Conn, path: &Path) -> Result<()> {
    let tables: Vec<String> = sqlite_master::table
        .filter(sqlite_master::kind.eq("table"))
        .select(sqlite_master::name)
        .load(conn)?;
    let has = |name: &str| tables.iter().any(|table| table == name);
    // asking for the steps of a database without any would write its table of steps
    if !has("__diesel_schema_migrations") || !migrations::applied(conn)?.iter().any(|step| step == OURS) {
        return Err(StorageError::Foreign(path.to_owned()));
    }
    migrations::prove_known(conn, path)?;
    match TABLES.iter().find(|table| !has(table)) {
        Some(&table) => Err(StorageError::Incomplete { name: path.display().to_string(), table }),
        None => Ok(()),
    }
}
