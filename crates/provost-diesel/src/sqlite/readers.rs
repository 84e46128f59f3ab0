//! Connections that read.

use super::Conn;
use super::connection::File;
use crate::error;
use crate::hook::TenantId;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use provost_provider::{Full, Gate, Pass, Result, StoreError};
use std::sync::Mutex;
use std::time::Duration;

/// Read-only connections: as many as were ever needed at once.
pub(super) struct Readers {
    file: File,
    idle: Mutex<Vec<Conn>>,
    /// Limits what runs on the blocking pool, and so the number of connections.
    gate: Gate<TenantId>,
    /// Where lists wait before they wait there, so that a tenant has no more of them in that queue than it may read at
    /// once. Reads of single resources thus wait behind only a few lists, however many there are.
    lists: Gate<TenantId>,
    /// Limits the lists being walked through, and so the memory they use between windows.
    walks: Gate<TenantId>,
}

/// How long a read waits for those before it.
const WAIT: Duration = Duration::from_secs(3);

/// How many lists may be walked through at once, for each concurrent large read: their windows alternate.
const WALKS: usize = 2;

impl Readers {
    pub(super) fn new(file: File, scans: usize) -> Self {
        let walks = Gate::new(scans.saturating_mul(WALKS));
        Self { file, idle: Mutex::default(), gate: Gate::new(scans), lists: Gate::new(scans), walks }
    }

    /// Runs `f` with an idle or a new connection, on this thread.
    pub(super) fn with<T, E: From<StoreError>>(
        &self,
        f: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        self.file.condition().in_place()?;
        let idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        let mut conn = match idle {
            Some(conn) => conn,
            None => self.file.reader()?,
        };
        let result = f(&mut conn);
        // one left inside a transaction is not used again; a panic drops it
        let depth = AnsiTransactionManager::transaction_manager_status_mut(&mut conn).transaction_depth();
        if matches!(depth, Ok(None)) {
            self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(conn);
        }
        result
    }

    /// Permission for a large read.
    pub(super) async fn pass(&self, tenant: Option<TenantId>) -> Result<Pass> {
        within(self.gate.pass(tenant)).await
    }

    /// Permission to queue for reading a list.
    pub(super) async fn list_pass(&self, tenant: Option<TenantId>) -> Result<Pass> {
        within(self.lists.pass(tenant)).await
    }

    /// Permission to walk through a list.
    pub(super) async fn walk_pass(&self, tenant: Option<TenantId>) -> Result<Pass> {
        within(self.walks.pass(tenant)).await
    }
}

async fn within(pass: impl Future<Output = Result<Pass, Full>>) -> Result<Pass> {
    match tokio::time::timeout(WAIT, pass).await {
        Ok(Ok(pass)) => Ok(pass),
        _ => Err(error::unavailable()),
    }
}
