//! SQLite's engine. Only one connection writes at a time and sees every row, so nothing is locked, whatever a
//! transaction read stays true until it ends, and counters in rows are exact.

use super::{Conn, queries};
use crate::derivation::Derivation;
use crate::dialect::Dialect;
use crate::engine::Engine;
use crate::error::{self, HookError};
use crate::finding::Finding;
use crate::hook::TenantId;
use crate::sql::{Fragment, Statement};
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::query_dsl::methods::ExecuteDsl;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::Sqlite;

const SQLITE: Dialect = Dialect {
    objects: "json_each",
    texts: "json_each",
    as_e: " e",
    as_s: " s",
    // parsed when written, instead of again for each value examined
    json: ("jsonb(", ")"),
    json_text: ("json(", ")"),
    bytewise: "",
    position: "instr",
    hold: "",
    share: "",
};

impl Engine for Conn {
    const DIALECT: &'static Dialect = &SQLITE;

    fn snapshot<T, E: From<DieselError>>(
        &mut self,
        reads: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(reads)
    }

    fn holds(&mut self) -> bool {
        false
    }

    fn later<T: QueryFragment<Sqlite> + QueryId>(&mut self, sql: T) -> QueryResult<()> {
        ExecuteDsl::execute(sql, self).map(drop)
    }

    fn settle(&mut self) -> QueryResult<()> {
        Ok(())
    }

    fn foresee<ST>(&mut self, _: impl FnOnce() -> Statement<ST>) -> QueryResult<bool> {
        Ok(false)
    }

    fn prove(&mut self, derivation: &Derivation) -> QueryResult<()> {
        queries::prove(self, derivation).map_err(|e| match e {
            HookError::Database(e) => e,
            other => error::found(other.into()),
        })
    }

    fn newest(&mut self, _: TenantId) -> QueryResult<i64> {
        // the number is the row id, shared by all tenants
        let max: Vec<Option<i64>> =
            Fragment::new("select max(seq) from scim_resource").fixed::<Nullable<BigInt>>().load(self)?;
        Ok(max.into_iter().flatten().max().unwrap_or_default())
    }

    fn total(&mut self, tenant: TenantId, kind: &str) -> QueryResult<i64> {
        Ok(counts(self, tenant, kind)?.0)
    }

    fn made(&mut self, tenant: TenantId, kind: &str) -> QueryResult<()> {
        let mut sql = Fragment::new("insert into scim_counter (tenant, kind, total, deleted) values (");
        sql.int(tenant.0).sql(", ").text(kind);
        sql.sql(", 1, 0) on conflict (tenant, kind) do update set total = scim_counter.total + 1");
        sql.fixed::<()>().execute(self).map(drop)
    }

    fn deleted(&mut self, tenant: TenantId, kind: &str) -> QueryResult<()> {
        let mut sql =
            Fragment::new("update scim_counter set total = total - 1, deleted = deleted + 1 where tenant = ");
        sql.int(tenant.0).sql(" and kind = ").text(kind);
        sql.fixed::<()>().execute(self).map(drop)
    }

    fn purged(&mut self, tenant: TenantId) -> QueryResult<()> {
        // keeps the rows, since pages remembered for the tenant must turn out to be stale
        let mut sql =
            Fragment::new("update scim_counter set deleted = deleted + total, total = 0 where tenant = ");
        sql.int(tenant.0).fixed_ref().execute(self).map(drop)
    }

    fn check_storage(&mut self, found: &mut Vec<Finding>) -> QueryResult<()> {
        // `ok` in one row, or a row for each fault
        let pages: Vec<String> = Fragment::new("pragma integrity_check(20)").once::<Text>().load(self)?;
        let lines = pages.iter().flat_map(|row| row.lines());
        let faults = lines.filter(|line| *line != "ok" && !line.starts_with("***"));
        found.extend(
            faults.map(|line| Finding::new(None, None, format!("SQLite finds the file damaged: {line}"))),
        );
        type Row = (Text, Nullable<BigInt>, Text, BigInt);
        let rows: Vec<(String, Option<i64>, String, i64)> =
            Fragment::new("pragma foreign_key_check").once::<Row>().load(self)?;
        if let Some((table, _, parent, _)) = rows.first() {
            let what =
                format!("{} rows refer to rows that do not exist: `{table}` to `{parent}`", rows.len());
            found.push(Finding::new(None, None, what));
        }
        Ok(())
    }

    fn check_totals(&mut self, found: &mut Vec<Finding>) -> QueryResult<()> {
        let sql = "select c.tenant, c.kind, c.total, \
                   (select count(*) from scim_resource r where r.tenant = c.tenant and r.kind = c.kind) as counted \
                   from scim_counter c where c.total <> counted \
                   union all select r.tenant, r.kind, 0, count(*) from scim_resource r \
                   left join scim_counter c on c.tenant = r.tenant and c.kind = r.kind \
                   where c.tenant is null group by r.tenant, r.kind";
        let rows: Vec<(i64, String, i64, i64)> =
            Fragment::new(sql).once::<(BigInt, Text, BigInt, BigInt)>().load(self)?;
        found.extend(rows.into_iter().map(|(tenant, kind, kept, counted)| Finding {
            tenant: Some(TenantId(tenant)),
            resource: None,
            what: format!("lists of {kind} show {kept} as their total, and there are {counted}"),
        }));
        Ok(())
    }

    fn refused(e: &DieselError) -> Option<&'static str> {
        let DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = e else { return None };
        // the message names the columns
        let indices = [("scim_resource.user_name_key", "userName"), ("scim_resource.id", "id")];
        indices.iter().find(|(column, _)| info.message().contains(column)).map(|(_, attribute)| *attribute)
    }

    /// diesel does not expose SQLite's result codes, so this compares its fixed messages.
    fn is_passing(e: &DieselError) -> bool {
        const MESSAGES: [&str; 7] = [
            "database is locked",
            "database table is locked",
            "database or disk is full",
            "disk I/O error",
            "unable to open database file",
            "attempt to write a readonly database",
            "out of memory",
        ];
        match e {
            DieselError::BrokenTransactionManager => true,
            DieselError::DatabaseError(_, info) => MESSAGES.iter().any(|m| info.message().contains(m)),
            _ => false,
        }
    }
}

/// How many resources of a type a tenant has, and how many were deleted.
pub(super) fn counts(conn: &mut Conn, tenant: TenantId, kind: &str) -> QueryResult<(i64, i64)> {
    let mut sql = Fragment::new("select total, deleted from scim_counter where tenant = ");
    sql.int(tenant.0).sql(" and kind = ").text(kind);
    Ok(sql.fixed::<(BigInt, BigInt)>().load(conn)?.into_iter().next().unwrap_or_default())
}
