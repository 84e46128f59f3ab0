//! A directory in a database on a server, and the store for one of its tenants.

use super::handle::{Directory, TenantStore};
use super::queries::{self, Listed, Portion, Reading, Room, Slice, Writing};
use super::{Conn, migrations};
use crate::engine::Engine;
use crate::error::HookError;
use crate::hook::{Hook, WriteContext};
use crate::lane::Lane;
use provost_core::query::Page;
use provost_core::resource::Service;
use provost_core::{Query, Resource, ResourceType};
use provost_provider::{Context, Create, Delete, Find, Get, Result, Store, Update, Updated};

impl<H: Hook<Conn>> Directory<H> {
    /// Checks that the database is usable, creates or changes the directory's tables for this version and the schemas,
    /// and returns the names of the migrations it ran. If several processes do so at once, the others wait for the
    /// first. If their schemas or indices differ, the last one wins, and from then on the stores of the others return
    /// [`StoreError::Unfit`](provost_provider::StoreError::Unfit).
    ///
    /// # Errors
    /// As for [`Database::prove_fit`](super::Database::prove_fit); or the database failed. Then nothing is changed.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        self.database.prove_fit().await?;
        let schemas = self.shared.schemas.clone();
        Ok(self.database.upkeep(move |conn| migrations::apply(conn, &schemas)).await?)
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

/// A page of all resources of the type, in order of creation.
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

/// Whether a query looks up one value in an index, resources by id, or asks for a page of all there are.
fn is_quick(reading: Reading<'_>, query: &Query) -> bool {
    let members = query.include.members && reading.kind.members().is_some();
    match &query.filter {
        Some(filter) => {
            let scope = reading.scope();
            query.sort.is_none() && (scope.look_up(filter).is_some() || scope.names_each(filter))
        }
        None => query.sort.is_none() && !members,
    }
}
