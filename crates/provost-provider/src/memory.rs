//! A store in memory.

mod table;

use crate::error::StoreError;
use crate::store::{Create, Delete, Find, Get, Result, Store, Update, Updated};
use provost_core::query::Page;
use provost_core::{Resource, Version};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use table::Tenant;

/// A store in memory, for tests and first steps. It fulfils the whole contract, but keeps nothing when the process
/// ends.
/// A value is bound to one tenant; [`tenant`](Self::tenant) returns a handle for another one in the same memory.
/// writeOnly attributes are dropped.
#[derive(Clone)]
pub struct MemoryStore {
    tenants: Arc<Mutex<HashMap<Arc<str>, Tenant>>>,
    tenant: Arc<str>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self { tenants: Arc::default(), tenant: "default".into() }
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A handle for the tenant of this name, which need not exist yet.
    #[must_use]
    pub fn tenant(&self, name: &str) -> Self {
        Self { tenants: self.tenants.clone(), tenant: name.into() }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Tenant) -> T) -> T {
        // a panic while the lock was held cannot have left half a change, since every check comes before the first
        // write
        let mut tenants: MutexGuard<'_, _> = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        work(tenants.entry(self.tenant.clone()).or_default())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    async fn get(&self, asked: Get<'_>) -> Result<Option<Resource>> {
        Ok(self.with(|tenant| tenant.get(asked)))
    }

    async fn find(&self, asked: Find<'_>) -> Result<Page> {
        self.with(|tenant| tenant.find(asked))
    }

    fn tenant_key(&self) -> String {
        self.tenant.to_string()
    }

    async fn create(&self, asked: Create<'_>) -> Result<Updated> {
        self.with(|tenant| tenant.create(asked))
    }

    async fn update(&self, asked: Update<'_>) -> Result<Updated> {
        self.with(|tenant| tenant.update(asked))
    }

    async fn delete(&self, asked: Delete<'_>) -> Result<()> {
        self.with(|tenant| tenant.delete(asked))
    }
}

/// Checks that the version a write is based on is still the current one.
fn check(expect: Option<Version>, current: Version) -> Result<()> {
    match expect {
        Some(expected) if expected != current => Err(StoreError::VersionMismatch),
        _ => Ok(()),
    }
}
