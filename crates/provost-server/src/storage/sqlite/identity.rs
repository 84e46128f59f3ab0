//! What a database file is: new, ours, or neither. Copying the file of a running server gives half a database; a server
//! that took this for a new one would start empty.

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

/// Tables that the first migration makes.
const TABLES: [&str; 2] = ["organisation", "token"];

/// A database that may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing was ever written to it.
    New,
    /// It is ours, in the form of this or an earlier version.
    Ours,
}

/// Refuses a log without a database, before SQLite deletes the log. Returns whether the database file exists.
pub(super) fn prove_whole(path: &Path) -> Result<bool> {
    let log = log_of(path);
    // in this order, since a first start writes the file before the log
    let log_bytes = fs::metadata(&log).map_or(0, |log| log.len());
    let file = fs::metadata(path);
    match (&file, log_bytes) {
        (_, 0) => Ok(file.is_ok()),
        (Ok(file), _) if file.len() > 0 => Ok(true),
        _ => Err(StorageError::LogAlone { log, path: path.to_owned() }),
    }
}

/// SQLite puts the log beside the file a link points to.
fn log_of(path: &Path) -> PathBuf {
    let mut log: OsString = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into();
    log.push("-wal");
    log.into()
}

/// What the database is. To be called outside of a write, which would add a page even to an empty file.
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

/// Whether it contains anything.
pub(super) fn has_tables(conn: &mut Conn) -> Result<bool> {
    Ok(sqlite_master::table.count().get_result::<i64>(conn)? > 0)
}

/// Whether it has a table that earlier versions may lack.
pub(super) fn has_table(conn: &mut Conn, name: &str) -> Result<bool> {
    let found = sqlite_master::table.filter(sqlite_master::name.eq(name)).count();
    Ok(found.get_result::<i64>(conn)? > 0)
}

/// Refuses a database that is not ours, lacks tables, or was changed by a newer version.
pub(super) fn prove_ours(conn: &mut Conn, path: &Path) -> Result<()> {
    let tables: Vec<String> = sqlite_master::table
        .filter(sqlite_master::kind.eq("table"))
        .select(sqlite_master::name)
        .load(conn)?;
    let has = |name: &str| tables.iter().any(|table| table == name);
    // reading the migrations of a database without any would create their table
    if !has("__diesel_schema_migrations") || !migrations::applied(conn)?.iter().any(|step| step == OURS) {
        return Err(StorageError::Foreign(path.to_owned()));
    }
    migrations::prove_known(conn, path)?;
    match TABLES.iter().find(|table| !has(table)) {
        Some(&table) => Err(StorageError::Incomplete { name: path.display().to_string(), table }),
        None => Ok(()),
    }
}
