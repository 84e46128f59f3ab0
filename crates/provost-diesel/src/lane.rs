//! Lanes, in which writes wait.

use crate::hook::TenantId;

/// Where a write waits for those before it, so that a tenant that floods only delays itself.
///
/// On SQLite, writes wait for the single writing thread: those in a lane run in order, and lanes take turns by the time
/// their writes take. On PostgreSQL, they wait for a connection: a tenant gets at most half of those for writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lane {
    /// For no tenant: settings, migrations.
    Shared,
    /// A tenant's changes. The writes of its store wait here.
    Tenant(TenantId),
    /// Records about a tenant beside its changes, such as of a refused request. They do not wait behind those changes.
    Notes(TenantId),
}
