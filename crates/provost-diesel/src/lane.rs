//! Where a write waits.

use crate::hook::TenantId;

/// Where a write waits for those before it, so that a tenant that floods waits for itself.
///
/// On SQLite, for the one thread that writes: those of a lane are done in the order in which they came, and lanes take turns by
/// the time that their writes take. On PostgreSQL, for a connection: a tenant has no more than half of those that write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lane {
    /// Of no tenant: settings, migrations.
    Shared,
    /// What a tenant changes. The writes of its store wait here.
    Tenant(TenantId),
    /// What is written down about a tenant beside its changes, such as a record of what it was refused: it does not wait
    /// behind those changes.
    Notes(TenantId),
}
