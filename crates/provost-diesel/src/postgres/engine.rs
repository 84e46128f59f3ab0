//! PostgreSQL's engine. There are concurrent writers, so rows to be written are locked, no counts are kept in rows, and
//! snapshots are explicit.

use super::Conn;
use super::conn::SNAPSHOT;
use super::failure;
use crate::derivation::Derivation;
use crate::dialect::Dialect;
use crate::engine::Engine;
use crate::finding::Finding;
use crate::hook::TenantId;
use crate::sql::{Fragment, Statement};
use diesel::connection::{AnsiTransactionManager as Tx, TransactionManager};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, Nullable, Text};

const POSTGRES: Dialect = Dialect {
    objects: "jsonb_array_elements",
    texts: "jsonb_array_elements_text",
    as_e: " with ordinality e(value, key)",
    as_s: " with ordinality s(value, key)",
    json: ("cast(", " as jsonb)"),
    json_text: ("cast(", " as text)"),
    bytewise: " collate \"C\"",
    position: "strpos",
    hold: " for no key update",
    share: " for share",
};

impl Engine for Conn {
    const DIALECT: &'static Dialect = &POSTGRES;

    fn snapshot<T, E: From<DieselError>>(
        &mut self,
        reads: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        // a write has locked what it reads, and upkeep that writes is alone
        if Tx::transaction_manager_status_mut(self).transaction_depth()?.is_some() {
            return reads(self);
        }
        Tx::begin_transaction_sql(self, SNAPSHOT)?;
        let result = reads(self).and_then(|read| {
            self.flush()?;
            Ok(read)
        });
        match result.is_ok() {
            true => Tx::commit_transaction(self)?,
            // report the original failure, not that the connection then broke
            false => drop(Tx::rollback_transaction(self)),
        }
        result
    }

    fn holds(&mut self) -> bool {
        self.is_writing()
    }

    fn later<T: QueryFragment<Pg> + QueryId>(&mut self, sql: T) -> QueryResult<()> {
        self.send_ahead(&sql, None)
    }

    fn settle(&mut self) -> QueryResult<()> {
        self.flush()
    }

    fn foresee<ST>(&mut self, sql: impl FnOnce() -> Statement<ST>) -> QueryResult<bool> {
        // if it was never read, its failure would go unnoticed and make the writing transaction fail
        if self.is_writing() {
            return Ok(false);
        }
        self.send_behind(&sql()).map(|()| true)
    }

    fn prove(&mut self, derivation: &Derivation) -> QueryResult<()> {
        let sql = Fragment::new("select fingerprint from scim_derivation").fixed::<Text>();
        self.send_ahead(&sql, Some(derivation.as_str()))
    }

    fn newest(&mut self, tenant: TenantId) -> QueryResult<i64> {
        // the key decides; it refused one that another process took in the same millisecond
        if self.tries() == 0 {
            return Ok(0);
        }
        let mut sql = Fragment::new("select max(seq) from scim_resource where tenant = ");
        sql.int(tenant.0);
        let max: Vec<Option<i64>> = sql.fixed::<Nullable<BigInt>>().load(self)?;
        Ok(max.into_iter().flatten().max().unwrap_or_default())
    }

    fn total(&mut self, tenant: TenantId, kind: &str) -> QueryResult<i64> {
        let mut sql = Fragment::new("select count(*) from scim_resource where tenant = ");
        sql.int(tenant.0).sql(" and kind = ").text(kind);
        Ok(sql.fixed::<BigInt>().load(self)?.into_iter().next().unwrap_or_default())
    }

    fn made(&mut self, _: TenantId, _: &str) -> QueryResult<()> {
        Ok(())
    }

    fn deleted(&mut self, _: TenantId, _: &str) -> QueryResult<()> {
        Ok(())
    }

    fn purged(&mut self, _: TenantId) -> QueryResult<()> {
        Ok(())
    }

    /// Its pages are up to the server, which has its own tools to check them (`pg_amcheck`).
    fn check_storage(&mut self, _: &mut Vec<Finding>) -> QueryResult<()> {
        Ok(())
    }

    fn check_totals(&mut self, _: &mut Vec<Finding>) -> QueryResult<()> {
        Ok(())
    }

    fn refused(e: &DieselError) -> Option<&'static str> {
        let DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = e else { return None };
        match info.constraint_name()? {
            "scim_resource_user_name" => Some("userName"),
            "scim_resource_id" => Some("id"),
            _ => None,
        }
    }

    fn is_passing(e: &DieselError) -> bool {
        failure::is_passing(e)
    }
}
