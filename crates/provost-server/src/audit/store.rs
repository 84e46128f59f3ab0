//! What is asked of the database about the audit trail.

use super::Record;
use crate::storage::Result;

pub(crate) trait AuditStore {
    /// Adds to the audit trail of an organisation; it is durable when this is done. It does not wait behind the changes of
    /// any.
    async fn record(&self, records: Vec<Record>) -> Result<()>;
}
