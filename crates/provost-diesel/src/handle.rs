//! The handles for a directory and for one tenant in it. This file is compiled once for each kind of database, with the
//! `Database` and `Conn` of the parent module.

use super::{Conn, Database, directory};
use crate::derivation::Derivation;
use crate::finding::Finding;
use crate::hook::{Hook, TenantId};
use provost_core::SchemaSet;
use provost_provider::Result;
use std::fmt;
use std::sync::Arc;

/// A directory of users and groups in a [`Database`]: its tables, the schemas that are served, and the application's
/// hook. Cloning gives another handle.
pub struct Directory<H = ()> {
    pub(super) database: Database,
    pub(super) shared: Arc<Shared<H>>,
}

pub(super) struct Shared<H> {
    pub(super) schemas: Arc<SchemaSet>,
    pub(super) derivation: Derivation,
    pub(super) hook: H,
}

impl<H> Clone for Directory<H> {
    fn clone(&self) -> Self {
        Self { database: self.database.clone(), shared: self.shared.clone() }
    }
}

impl<H> fmt::Debug for Directory<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("database", &self.database).finish_non_exhaustive()
    }
}

impl<H: Hook<Conn>> Directory<H> {
    /// The directory in a database. [`Self::migrate`] creates its tables.
    #[must_use]
    pub fn new(database: Database, schemas: Arc<SchemaSet>, hook: H) -> Self {
        let derivation = Derivation::of(&schemas);
        Self { database, shared: Arc::new(Shared { schemas, derivation, hook }) }
    }

    /// Checks that the tables are consistent; returns up to `limit` findings. Reads everything.
    ///
    /// # Errors
    /// The database failed.
    pub async fn check(&self, limit: usize) -> Result<Vec<Finding>> {
        let schemas = self.shared.schemas.clone();
        Ok(self.database.scan(move |conn| directory::check(conn, &schemas, limit)).await?)
    }

    /// Resources whose names would be refused today; see [`directory::notices`].
    ///
    /// # Errors
    /// The database failed.
    pub async fn notices(&self, limit: usize) -> Result<Vec<Finding>> {
        Ok(self.database.scan(move |conn| directory::notices(conn, limit)).await?)
    }

    /// One tenant's store.
    #[must_use]
    pub fn tenant(&self, tenant: TenantId) -> TenantStore<H> {
        TenantStore { directory: self.clone(), tenant }
    }

    /// The database it is in, for the application's own tables.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The hook.
    #[must_use]
    pub fn hook(&self) -> &H {
        &self.shared.hook
    }

    /// The schemas and resource types.
    #[must_use]
    pub fn schemas(&self) -> &Arc<SchemaSet> {
        &self.shared.schemas
    }
}

/// One tenant's resources in a [`Directory`].
pub struct TenantStore<H = ()> {
    pub(super) directory: Directory<H>,
    pub(super) tenant: TenantId,
}

impl<H> TenantStore<H> {
    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Directory<H> {
        &self.directory
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }
}

impl<H> Clone for TenantStore<H> {
    fn clone(&self) -> Self {
        Self { directory: self.directory.clone(), tenant: self.tenant }
    }
}

impl<H> fmt::Debug for TenantStore<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantStore")
            .field("directory", &self.directory)
            .field("tenant", &self.tenant)
            .finish()
    }
}
