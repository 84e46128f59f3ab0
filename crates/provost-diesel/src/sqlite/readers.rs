//! Connections that read.

use super::Conn;
use super::connection::File;
use crate::error;
use crate::hook::TenantId;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use provost_provider::{Full, Gate, Pass, Result, StoreError};
use std::sync::Mutex;
use std::time::Duration;

/// Read-only connections: as many as ever were busy at once.
pub(super) struct Readers {
    file: File,
    idle: Mutex<Vec<Conn>>,
    /// Bounds what runs on the blocking pool, and so the connections.
    gate: Gate<TenantId>,
    /// Where lists wait before they wait there. No tenant has more of them in that queue than it may read at once: what reads
    /// one resource waits behind these few, however many more there are.
    lists: Gate<TenantId>,
    /// Bounds the lists that are looked through, and so what they keep in memory between two windows.
    walks: Gate<TenantId>,
}

/// How long a read waits for those before it.
const WAIT: Duration = Duration::from_secs(3);

/// Lists that are looked through at once, for each read of many rows: the windows of one come between those of the others.
const WALKS: usize = 2;

impl Readers {
    pub(super) fn new(file: File, scans: usize) -> Self {
        let walks = Gate::new(scans.saturating_mul(WALKS));
        Self { file, idle: Mutex::default(), gate: Gate::new(scans), lists: Gate::new(scans), walks }
    }

    /// Runs `f` on an idle connection or a new one, on this thread.
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
        // one that was left in a transaction is not handed to the next one; a panic drops it on its way
        let depth = AnsiTransactionManager::transaction_manager_status_mut(&mut conn).transaction_depth();
        if matches!(depth, Ok(None)) {
            self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(conn);
        }
        result
    }

    /// Leave for a read of many rows.
    pub(super) async fn pass(&self, tenant: Option<TenantId>) -> Result<Pass> {
        within(self.gate.pass(tenant)).await
    }

    /// Leave to ask for leave to read a list.
    pub(super) async fn list_pass(&self, tenant: Option<TenantId>) -> Result<Pass> {
        within(self.lists.pass(tenant)).await
    }

    /// Leave to look through a list.
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
