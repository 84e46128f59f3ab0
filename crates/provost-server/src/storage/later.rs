//! Statements whose answers nobody needs. A file does each at once; a server gets them together with the next one, or with the
//! end of the transaction, so that nobody waits for each.

use diesel::QueryResult;
use diesel::query_builder::{QueryFragment, QueryId};

/// A connection on which a statement need not be waited for.
pub(super) trait Later: diesel::Connection {
    /// Runs a statement. Those after it see what it wrote. Where it fails, so does one after it or the whole transaction, and
    /// nothing of that is written.
    fn later<T: QueryFragment<Self::Backend> + QueryId>(&mut self, statement: T) -> QueryResult<()>;
}
