//! The storage contract.

use super::queries::{self, Reading, Writing};
use super::{Conn, Shared, SqliteStore};
use crate::error::HookError;
use crate::hook::{Cx, Hook};
use provost_core::change::NewResource;
use provost_core::query::{Fields, Page};
use provost_core::{Change, Id, Query, Resource, ResourceType, Version};
use provost_provider::{Context, Result, Store, StoreError, Updated};
use std::sync::Arc;

impl<H: Hook<Conn>> SqliteStore<H> {
    fn reading<'a>(&'a self, kind: &'a ResourceType) -> Reading<'a> {
        let Shared { site, derivation, marks, .. } = &*self.db.shared;
        Reading { tenant: self.tenant, kind, site, derivation, marks: Some(marks) }
    }

    async fn in_transaction<T: Send + 'static>(
        &self,
        cx: &Context,
        f: impl Fn(&mut Conn, &Writing<'_, H>) -> Result<T, HookError> + Send + 'static,
    ) -> Result<T> {
        let cx = Cx::new(self.tenant, cx.clone());
        let (hook, derivation) = (self.db.shared.hook.clone(), self.db.shared.derivation.clone());
        let run = move |conn: &mut Conn| {
            queries::prove(conn, &derivation)?;
            f(conn, &Writing { hook: &*hook, cx: &cx })
        };
        self.db.noted(self.db.write(move |conn| run(conn).map_err(StoreError::from)).await)
    }

    async fn look_up(&self, kind: &Arc<ResourceType>, id: &Id, want: Fields) -> Result<Option<Resource>> {
        let quick = self.db.read(|conn| queries::get(conn, self.reading(kind), id, want, true))?;
        if let Ok(resource) = quick {
            return Ok(resource);
        }
        let (store, kind, id) = (self.clone(), kind.clone(), id.clone());
        let slow = move |conn: &mut Conn| queries::get(conn, store.reading(&kind), &id, want, false);
        Ok(self.db.scan(slow).await?.unwrap_or_default())
    }

    async fn search(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page> {
        let reading = self.reading(kind);
        if reading.is_quick(query) {
            return Ok(self.db.read(|conn| queries::find(conn, reading, query))?);
        }
        let (store, kind, query) = (self.clone(), kind.clone(), query.clone());
        let scan = move |conn: &mut Conn| queries::find(conn, store.reading(&kind), &query);
        Ok(self.db.scan(scan).await?)
    }
}

impl<H: Hook<Conn>> Store for SqliteStore<H> {
    async fn get(&self, kind: &Arc<ResourceType>, id: &Id, want: Fields) -> Result<Option<Resource>> {
        self.db.noted(self.look_up(kind, id, want).await)
    }

    async fn find(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page> {
        self.db.noted(self.search(kind, query).await)
    }

    fn scope(&self) -> String {
        self.tenant.0.to_string()
    }

    async fn create(&self, kind: &Arc<ResourceType>, new: NewResource, cx: &Context) -> Result<Updated> {
        let kind = kind.clone();
        self.in_transaction(cx, move |conn, with| queries::create(conn, with, &kind, &new)).await
    }

    async fn update(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        change: Change,
        want: Fields,
        cx: &Context,
    ) -> Result<Updated> {
        let (kind, id) = (kind.clone(), id.clone());
        self.in_transaction(cx, move |conn, with| queries::update(conn, with, &kind, &id, &change, want))
            .await
    }

    async fn delete(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        expect: Option<Version>,
        cx: &Context,
    ) -> Result<()> {
        let (kind, id) = (kind.clone(), id.clone());
        self.in_transaction(cx, move |conn, with| queries::delete(conn, with, &kind, &id, expect)).await
    }
}
