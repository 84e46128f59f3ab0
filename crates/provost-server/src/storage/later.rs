//! Statements whose results nobody needs. SQLite runs each at once; PostgreSQL gets them together with the next
//! statement or the commit, which saves round trips.

use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};

/// A connection that can run a statement without waiting for its result.
pub(super) trait Later: diesel::Connection {
    /// Runs a statement. Later statements see what it wrote. If it fails, a later statement or the commit fails, and
    /// nothing is written.
    fn later<T: QueryFragment<Self::Backend> + QueryId>(&mut self, statement: T) -> QueryResult<()>;
}
