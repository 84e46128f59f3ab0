//! A directory in a database on a server, and the storage contract for one tenant of it.

use super::queries::{self, Listed, Portion, Reading, Room, Slice, Writing};
use super::{Conn, Database, directory, migrations};
use crate::derivation::Derivation;
use crate::engine::Engine;
use crate::error::HookError;
use crate::finding::Finding;
use crate::hook::{Hook, TenantId, WriteContext};
use crate::lane::Lane;
use provost_core::query::Page;
use provost_core::resource::Service;
use provost_core::{Query, Resource, ResourceType, SchemaSet};
use provost_provider::{Context, Create, Delete, Find, Get, Result, Store, Update, Updated};
use std::fmt;
use std::sync::Arc;

/// A directory of users and groups in a [`Database`]: its tables, with the schemas that are served and the application's
/// part in each write. A clone is another handle.
pub struct Directory<H = ()> {
    database: Database,
    shared: Arc<Shared<H>>,
}

struct Shared<H> {
    schemas: Arc<SchemaSet>,
    derivation: Derivation,
    hook: H,
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
    /// The directory of a database. Its tables are [`Self::migrate`]'s business.
    #[must_use]
    pub fn new(database: Database, schemas: Arc<SchemaSet>, hook: H) -> Self {
        let derivation = Derivation::of(&schemas);
        Self { database, shared: Arc::new(Shared { schemas, derivation, hook }) }
    }

    /// Proves that the database is fit, makes or changes the directory's tables as this version and the schemas need them, and gives
    /// the names of the migrations it applied. Several processes may do it at once: the others wait for the first. If their schemas
    /// or indices differ, the last one has its way, and the stores of the earlier answer
    /// [`StoreError::Unfit`](provost_provider::StoreError::Unfit) from then on.
    ///
    /// # Errors
    /// As [`Database::prove_fit`]; a failure of the database. Nothing is changed then.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        self.database.prove_fit().await?;
        let schemas = self.shared.schemas.clone();
        Ok(self.database.upkeep(move |conn| migrations::apply(conn, &schemas)).await?)
    }

    /// Whether the tables agree with each other: what is wrong, up to `limit` findings. It reads everything.
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn check(&self, limit: usize) -> Result<Vec<Finding>> {
        let schemas = self.shared.schemas.clone();
        Ok(self.database.scan(move |conn| directory::check(conn, &schemas, limit)).await?)
    }

    /// Resources whose names would not be taken today: see [`directory::notices`].
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn notices(&self, limit: usize) -> Result<Vec<Finding>> {
        Ok(self.database.scan(move |conn| directory::notices(conn, limit)).await?)
    }

    /// One tenant's store.
    #[must_use]
    pub fn tenant(&self, tenant: TenantId) -> TenantStore<H> {
        TenantStore { directory: self.clone(), tenant }
    }

    /// Where it lies, for the application's own tables.
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
    directory: Directory<H>,
    tenant: TenantId,
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

impl<H: Hook<Conn>> TenantStore<H> {
    fn reading<'a>(&'a self, service: &'a Service, kind: &'a ResourceType) -> Reading<'a> {
        Reading { tenant: self.tenant, kind, service, derivation: &self.directory.shared.derivation }
    }

    async fn in_transaction<T: Send + 'static>(
        &self,
        cx: &Context,
        f: impl Fn(&mut Conn, &Writing<'_, H>) -> Result<T, HookError> + Send + 'static,
    ) -> Result<T> {
        let cx = WriteContext::new(self.tenant, cx.clone());
        let shared = self.directory.shared.clone();
        let work = move |conn: &mut Conn| {
            conn.prove(&shared.derivation)?;
            f(conn, &Writing { hook: &shared.hook, cx: &cx })
        };
        Ok(self.directory.database.write_in(Lane::Tenant(self.tenant), work).await?)
    }
}

/// A page of all resources of the type, in the order of creation.
fn in_order_of_creation(
    conn: &mut Conn,
    reading: Reading<'_>,
    Slice { offset, limit }: Slice,
    room: &mut Room,
) -> Result<Listed, HookError> {
    let total = conn.total(reading.tenant, reading.kind.name.as_str())?;
    if limit == 0 || offset >= total {
        return Ok((Vec::new(), total, None));
    }
    let (condition, order) = (reading.scope().condition(None), reading.scope().order(None));
    let part = Portion { condition: &condition, order: &order, limit, offset, common: true };
    let page = match offset {
        0 => part.rows(conn, reading, room)?,
        _ => part.rows_by_key(conn, reading, room)?,
    };
    Ok((page, total, None))
}

impl<H: Hook<Conn>> Store for TenantStore<H> {
    async fn get(&self, asked: Get<'_>) -> Result<Option<Resource>> {
        let Get { service, resource_type: kind, id, include, .. } = asked;
        let (store, service, kind, id) = (self.clone(), service.clone(), kind.clone(), id.clone());
        let get = move |conn: &mut Conn| queries::get(conn, store.reading(&service, &kind), &id, include);
        Ok(self.directory.database.read(get).await?)
    }

    async fn find(&self, asked: Find<'_>) -> Result<Page> {
        let Find { service, resource_type: kind, query, .. } = asked;
        let reading = self.reading(service, kind);
        let is_quick = is_quick(reading, query);
        let (store, service, kind, query) = (self.clone(), service.clone(), kind.clone(), query.clone());
        let find = move |conn: &mut Conn| -> Result<Page, HookError> {
            let reading = store.reading(&service, &kind);
            if !is_quick {
                queries::check_scan(conn, reading, &query)?;
            }
            queries::find(conn, reading, &query, &mut Room::of(&query), |conn, asked, room| {
                in_order_of_creation(conn, reading, asked, room)
            })
        };
        Ok(match is_quick {
            true => self.directory.database.read(find).await?,
            false => self.directory.database.scan_of(self.tenant, find).await?,
        })
    }

    fn tenant_key(&self) -> String {
        self.tenant.0.to_string()
    }

    async fn create(&self, asked: Create<'_>) -> Result<Updated> {
        let (kind, new) = (asked.resource_type.clone(), asked.new);
        self.in_transaction(asked.context, move |conn, with| queries::create(conn, with, &kind, &new)).await
    }

    async fn update(&self, asked: Update<'_>) -> Result<Updated> {
        let Update { change, include, .. } = asked;
        let (kind, id) = (asked.resource_type.clone(), asked.id.clone());
        let work = move |conn: &mut Conn, with: &Writing<'_, H>| {
            queries::update(conn, with, &kind, &id, &change, include)
        };
        self.in_transaction(asked.context, work).await
    }

    async fn delete(&self, asked: Delete<'_>) -> Result<()> {
        let (kind, id, expect) = (asked.resource_type.clone(), asked.id.clone(), asked.expect);
        let work =
            move |conn: &mut Conn, with: &Writing<'_, H>| queries::delete(conn, with, &kind, &id, expect);
        self.in_transaction(asked.context, work).await
    }
}

/// Whether a query looks up one value in an index, or asks for a page of all there are.
fn is_quick(reading: Reading<'_>, query: &Query) -> bool {
    let members = query.include.members && reading.kind.members().is_some();
    match &query.filter {
        Some(filter) => query.sort.is_none() && reading.scope().look_up(filter).is_some(),
        None => query.sort.is_none() && !members,
    }
}
