//! The migrations of the directory's tables. All names begin with `scim_`, so that an application can have tables
//! called `member` or `document`.
//!
//! They once had no prefix. A database with those names gets the prefix before any other migration runs, so that
//! migrations know only one set of names, and a new database never has other ones.

use super::Conn;
use crate::sql::Fragment;
use diesel::connection::{BoxableConnection, SimpleConnection};
use diesel::migration::{Migration, MigrationMetadata, MigrationName, MigrationSource, Result};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

/// The directory's migrations. Their versions are `2026-01-01-NNNNNN`; the application's own migrations, which are
/// recorded in the same table, must have others.
#[derive(Debug, Clone, Copy)]
pub struct Migrations;

const STEPS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

impl MigrationSource<Sqlite> for Migrations {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<Sqlite>>>> {
        let steps: Vec<Box<dyn Migration<Sqlite>>> = STEPS.migrations()?;
        let prefixed = |step| -> Box<dyn Migration<Sqlite>> { Box::new(Prefixed(step)) };
        Ok(steps.into_iter().map(prefixed).collect())
    }
}

/// A migration that finds the tables under their current names.
struct Prefixed(Box<dyn Migration<Sqlite>>);

impl Migration<Sqlite> for Prefixed {
    fn run(&self, conn: &mut dyn BoxableConnection<Sqlite>) -> Result<()> {
        give_prefix(conn.downcast_mut().ok_or("a connection of another kind")?)?;
        self.0.run(conn)
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<Sqlite>) -> Result<()> {
        self.0.revert(conn)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self.0.metadata()
    }

    fn name(&self) -> &dyn MigrationName {
        self.0.name()
    }
}

fn give_prefix(conn: &mut Conn) -> QueryResult<()> {
    // only if the first migration ran without the prefix are these the directory's tables
    let is_old = "select 1 from __diesel_schema_migrations where version = '20260101000000' \
                  and not exists (select 1 from sqlite_master where name = 'scim_resource')";
    if Fragment::new(is_old).once::<BigInt>().load::<i64>(conn)?.is_empty() {
        return Ok(());
    }
    let tables = "select name from sqlite_master where type = 'table' and name in \
                  ('resource', 'document', 'member', 'unique_key', 'element', 'counter', 'derivation', 'active_pending')";
    for table in Fragment::new(tables).once::<Text>().load::<String>(conn)? {
        conn.batch_execute(&format!("alter table {table} rename to scim_{table}"))?;
    }
    // an index cannot be renamed. Ours begin with the name of their table; others are the operator's
    let indices = "select name, sql from sqlite_master where type = 'index' and sql is not null \
                   and 'scim_' || name like tbl_name || '_%'";
    for (index, sql) in Fragment::new(indices).once::<(Text, Text)>().load::<(String, String)>(conn)? {
        let sql = sql.replacen(&index, &format!("scim_{index}"), 1);
        conn.batch_execute(&format!("drop index {index}; {sql}"))?;
    }
    Ok(())
}
