//! What a kind of database must provide so that the statements run on it: the SQL in its [`Dialect`], and operations
//! that it does in its own way. `queries` and `sql` depend on nothing else of a database, and the compiler requires all
//! of it.

use crate::derivation::Derivation;
use crate::dialect::Dialect;
use crate::finding::Finding;
use crate::hook::TenantId;
use crate::sql::Statement;
use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::Error as DieselError;

/// A kind of database, identified by its connection type.
pub(crate) trait Engine: diesel::Connection {
    const DIALECT: &'static Dialect;

    /// Runs reads in one snapshot.
    fn snapshot<T, E: From<DieselError>>(
        &mut self,
        reads: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>;

    /// Whether rows can be locked in this transaction. Without concurrent writers that is not necessary.
    fn holds(&mut self) -> bool;

    /// Runs a statement whose result is not needed yet. It may be sent together with a later one, which then reports
    /// its failure. Later statements see what it wrote.
    fn later<T: QueryFragment<Self::Backend> + QueryId>(&mut self, sql: T) -> QueryResult<()>;

    /// Waits until all statements of [`Self::later`] have succeeded.
    fn settle(&mut self) -> QueryResult<()>;

    /// Announces a statement that will be needed after the next one. Returns whether it is sent along with that, which
    /// saves a round trip. Where there are no round trips, another statement may be cheaper.
    fn foresee<ST>(&mut self, sql: impl FnOnce() -> Statement<ST>) -> QueryResult<bool>;

    /// Ensures that values are derived in this way. If not, this or a later statement fails with an error that contains
    /// the store's answer ([`found`](crate::error::found)).
    fn prove(&mut self, derivation: &Derivation) -> QueryResult<()>;

    /// The largest row number, if the next one must be larger; 0 if the primary key alone decides.
    fn newest(&mut self, tenant: TenantId) -> QueryResult<i64>;

    /// How many resources of a type a tenant has.
    fn total(&mut self, tenant: TenantId, kind: &str) -> QueryResult<i64>;

    /// A resource was created. Updates what is stored for [`Self::total`].
    fn made(&mut self, tenant: TenantId, kind: &str) -> QueryResult<()>;

    /// A resource was deleted.
    fn deleted(&mut self, tenant: TenantId, kind: &str) -> QueryResult<()>;

    /// All resources of a tenant were deleted.
    fn purged(&mut self, tenant: TenantId) -> QueryResult<()>;

    /// Whether the database considers itself intact: its pages, indices and constraints.
    fn check_storage(&mut self, found: &mut Vec<Finding>) -> QueryResult<()>;

    /// Whether what is stored for [`Self::total`] is correct.
    fn check_totals(&mut self, found: &mut Vec<Finding>) -> QueryResult<()>;

    /// The attribute whose unique index refused a row, if that was the failure.
    fn refused(e: &DieselError) -> Option<&'static str>;

    /// Whether the same statement may succeed a little later, because of a lock, a full disk or a broken connection.
    fn is_passing(e: &DieselError) -> bool;
}
