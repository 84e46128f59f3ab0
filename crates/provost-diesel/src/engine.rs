//! What a kind of database must say, so that the statements run on it: the words of its [`Dialect`], and what it does in its own
//! way. `queries` and `sql` know a database by these two pages alone, and the compiler asks each for all of it.

use crate::derivation::Derivation;
use crate::dialect::Dialect;
use crate::finding::Finding;
use crate::hook::TenantId;
use crate::sql::Statement;
use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::Error as DieselError;

/// A kind of database, by its connection.
pub(crate) trait Engine: diesel::Connection {
    const DIALECT: &'static Dialect;

    /// Reads of one moment.
    fn snapshot<T, E: From<DieselError>>(
        &mut self,
        reads: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>;

    /// Whether this is a transaction in which rows can be held; where nobody else writes, they need not be.
    fn holds(&mut self) -> bool;

    /// Runs a statement of which nobody needs the answer yet. It may be sent together with one after it, whose failure its own is
    /// then; statements after it see what it wrote.
    fn later<T: QueryFragment<Self::Backend> + QueryId>(&mut self, sql: T) -> QueryResult<()>;

    /// Waits until all statements of [`Self::later`] have succeeded.
    fn settle(&mut self) -> QueryResult<()>;

    /// Says that this statement will be asked for after the next one, of which it needs no answer. Whether it is sent along with
    /// that one, which spares a wait; where nobody waits for another machine, another statement may be the cheaper one.
    fn foresee<ST>(&mut self, sql: impl FnOnce() -> Statement<ST>) -> QueryResult<bool>;

    /// Holds that derived values are made in this way; if not, this fails, or a statement after it. The error holds what a store
    /// answers then ([`found`](crate::error::found)).
    fn prove(&mut self, derivation: &Derivation) -> QueryResult<()>;

    /// The greatest number of a row, where the next must be greater; 0 where the primary key alone decides.
    fn newest(&mut self, tenant: TenantId) -> QueryResult<i64>;

    /// How many resources of a type a tenant has.
    fn total(&mut self, tenant: TenantId, kind: &str) -> QueryResult<i64>;

    /// A resource was made. What is kept for [`Self::total`] is kept here.
    fn made(&mut self, tenant: TenantId, kind: &str) -> QueryResult<()>;

    /// A resource was deleted.
    fn deleted(&mut self, tenant: TenantId, kind: &str) -> QueryResult<()>;

    /// All resources of a tenant were deleted.
    fn purged(&mut self, tenant: TenantId) -> QueryResult<()>;

    /// Whether the database finds itself whole: its pages, its indices, what its constraints demand.
    fn check_storage(&mut self, found: &mut Vec<Finding>) -> QueryResult<()>;

    /// Whether what is kept for [`Self::total`] is right.
    fn check_totals(&mut self, found: &mut Vec<Finding>) -> QueryResult<()>;

    /// The attribute whose unique index refused a row, if that is what happened.
    fn refused(e: &DieselError) -> Option<&'static str>;

    /// Whether the same statement may succeed a little later: somebody else holds a lock, the disk is full, the
    /// connection broke.
    fn is_passing(e: &DieselError) -> bool;
}
