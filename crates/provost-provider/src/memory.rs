//! A store in memory.

mod table;

use crate::error::StoreError;
use crate::store::{Create, Delete, Find, Get, Result, Store, Update, Updated};
use provost_core::query::Page;
use provost_core::resource::Service;
use provost_core::{Resource, Version};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use table::Tenant;

/// A store in memory, for tests and first steps. It keeps the whole contract, and nothing when the process ends.
///
/// A value is bound to one tenant; [`tenant`](Self::tenant) gives a handle of another one in the same memory.
/// writeOnly attributes are dropped.
#[derive(Clone)]
pub struct MemoryStore {
    shared: Arc<Shared>,
    tenant: Arc<str>,
}

struct Shared {
    service: Service,
    tenants: Mutex<HashMap<Arc<str>, Tenant>>,
}

impl MemoryStore {
    /// An empty store. `service` is needed because a filter may ask for `meta.location`.
    #[must_use]
    pub fn new(service: Service) -> Self {
        Self { shared: Arc::new(Shared { service, tenants: Mutex::default() }), tenant: "default".into() }
    }

    /// A handle of that tenant, which need not exist yet.
    #[must_use]
    pub fn tenant(&self, name: &str) -> Self {
        Self { shared: self.shared.clone(), tenant: name.into() }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Tenant, &Service) -> T) -> T {
        // a panic while the lock was held cannot have left half a change: every check comes before the first write
        let mut tenants: MutexGuard<'_, _> =
            self.shared.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        work(tenants.entry(self.tenant.clone()).or_default(), &self.shared.service)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    async fn get(&self, asked: Get<'_>) -> Result<Option<Resource>> {
        Ok(self.with(|tenant, _| tenant.get(asked)))
    }

    async fn find(&self, asked: Find<'_>) -> Result<Page> {
        self.with(|tenant, service| tenant.find(asked, service))
    }

    fn tenant_key(&self) -> String {
        self.tenant.to_string()
    }

    async fn create(&self, asked: Create<'_>) -> Result<Updated> {
        self.with(|tenant, _| tenant.create(asked))
    }

    async fn update(&self, asked: Update<'_>) -> Result<Updated> {
        self.with(|tenant, _| tenant.update(asked))
    }

    async fn delete(&self, asked: Delete<'_>) -> Result<()> {
        self.with(|tenant, _| tenant.delete(asked))
    }
}

/// The version that a write is based on is still the current one.
fn check(expect: Option<Version>, current: Version) -> Result<()> {
    match expect {
        Some(expected) if expected != current => Err(StoreError::VersionMismatch),
        _ => Ok(()),
    }
}
