//! Connections that read.

use super::Conn;
use super::connection::File;
use super::gate::{Gate, Pass};
use crate::hook::TenantId;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use provost_provider::{Result, StoreError};
use std::sync::Mutex;

/// Read-only connections: as many as ever were busy at once.
pub(super) struct Readers {
    file: File,
    idle: Mutex<Vec<Conn>>,
    /// Bounds what runs on the blocking pool, and so the connections.
    gate: Gate,
}

impl Readers {
    pub(super) fn new(file: File, scans: usize) -> Self {
        Self { file, idle: Mutex::default(), gate: Gate::new(scans) }
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
        // a connection that failed, or was left in a transaction, is not handed to the next one; a panic drops it on
        // its way
        let depth = AnsiTransactionManager::transaction_manager_status_mut(&mut conn).transaction_depth();
        if result.is_ok() && matches!(depth, Ok(None)) {
            self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(conn);
        }
        result
    }

    /// Leave for a read of many rows.
    pub(super) async fn pass(&self, tenant: Option<TenantId>) -> Result<Pass> {
        self.gate.pass(tenant).await
    }
}
