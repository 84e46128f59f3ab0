//! A directory in a database file, and the store for one of its tenants.

use super::cost::Cost;
use super::handle::{Directory, TenantStore};
use super::inline::TooLarge;
use super::queries::{self, Reading, Room, Writing};
use super::walk::Walk;
use super::{Conn, Migrations, directory, inline, pages};
use crate::error::HookError;
use crate::finding::Refreshed;
use crate::hook::{Hook, WriteContext};
use crate::lane::Lane;
use diesel_migrations::MigrationHarness;
use provost_core::query::Page;
use provost_core::resource::Service;
use provost_core::{Query, Resource, ResourceType};
use provost_provider::{Context, Create, Delete, Find, Get, Result, Store, StoreError, Update, Updated};
use std::sync::Arc;
use std::time::{Duration, Instant};

impl<H: Hook<Conn>> Directory<H> {
    /// Creates or changes the directory's tables for this version and the schemas, and returns the names of the
    /// migrations it ran. If two processes do so at once, one waits for the other. If their schemas or indices differ,
    /// the later one wins, and from then on the stores of the other return [`StoreError::Unfit`].
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        let schemas = self.shared.schemas.clone();
        let work = move |conn: &mut Conn| -> Result<Vec<String>, HookError> {
            let applied = conn.run_pending_migrations(Migrations).map_err(HookError::Other)?;
            let applied = applied.iter().map(ToString::to_string).collect();
            let Refreshed { derived, activated } = directory::refresh(conn, &schemas)?;
            if activated > 0 {
                tracing::info!(resources = activated, "resources without `active` got `active: true`");
            }
            if derived > 0 {
                tracing::info!(resources = derived, "filter values were made anew");
            }
            Ok(applied)
        };
        Ok(self.database.write(work).await?)
    }
}

impl<H: Hook<Conn>> TenantStore<H> {
    fn reading<'a>(&'a self, service: &'a Service, kind: &'a ResourceType) -> Reading<'a> {
        Reading { tenant: self.tenant, kind, service, derivation: &self.directory.shared.derivation }
    }

    /// Passes the answer on, and remembers a failure which means that the file is damaged.
    fn noted<T>(&self, answer: Result<T>) -> Result<T> {
        answer.inspect_err(|e| self.directory.database.condition().note(e))
    }

    async fn in_transaction<T: Send + 'static>(
        &self,
        cx: &Context,
        cost: Cost,
        f: impl Fn(&mut Conn, &Writing<'_, H>) -> Result<T, HookError> + Send + 'static,
    ) -> Result<T> {
        let cx = WriteContext::new(self.tenant, cx.clone());
        // not the directory itself: a queued write must not keep the writer alive, which waits for it at its end
        let shared = self.directory.shared.clone();
        let run = move |conn: &mut Conn| {
            queries::prove(conn, &shared.derivation)?;
            f(conn, &Writing { hook: &shared.hook, cx: &cx })
        };
        let work = move |conn: &mut Conn| run(conn).map_err(StoreError::from);
        self.noted(self.directory.database.submit(Lane::Tenant(self.tenant), cost, work).await)
    }

    async fn look_up(
        &self,
        Get { service, resource_type: kind, id, include, .. }: Get<'_>,
    ) -> Result<Option<Resource>> {
        let database = &self.directory.database;
        let quick = database.read(|conn| inline::get(conn, self.reading(service, kind), id, include))?;
        if let Ok(resource) = quick {
            return Ok(resource);
        }
        let (store, service, kind, id) = (self.clone(), service.clone(), kind.clone(), id.clone());
        Ok(database
            .scan_of(Some(self.tenant), move |conn| {
                queries::get(conn, store.reading(&service, &kind), &id, include)
            })
            .await?)
    }

    async fn search(&self, Find { service, resource_type: kind, query, .. }: Find<'_>) -> Result<Page> {
        let database = &self.directory.database;
        let reading = self.reading(service, kind);
        let quick = |conn: &mut Conn| match inline::is_small_page(reading, query) {
            true => inline::within(query, |room| self.page(conn, reading, query, room)),
            false => inline::look_up(conn, reading, query),
        };
        let too_large = match database.read(quick)? {
            Ok(page) => return Ok(page),
            Err(too_large) => too_large,
        };
        let is_walk = Walk::is_needed(reading, query);
        let asked = Arc::new((service.clone(), kind.clone(), query.clone()));
        if is_walk {
            return Ok(self.walk(&asked).await?);
        }
        let list = match too_large {
            TooLarge::Few => None,
            TooLarge::Many => Some(database.list_pass(self.tenant).await?),
        };
        let (store, tenant) = (self.clone(), Some(self.tenant));
        let page = move |conn: &mut Conn| {
            let _until_it_is_read = list;
            let (service, kind, query) = &*asked;
            let reading = store.reading(service, kind);
            queries::check_scan(conn, reading, query)?;
            store.page(conn, reading, query, &mut Room::of(query))
        };
        Ok(database.scan_of(tenant, page).await?)
    }

    /// Examines all rows, in windows between which others get their turn.
    async fn walk(&self, asked: &Arc<(Service, Arc<ResourceType>, Query)>) -> Result<Page, HookError> {
        let database = &self.directory.database;
        let _pass = database.walk_pass(self.tenant).await?;
        let begun = Instant::now();
        let (mut walk, mut worked, mut is_first) = (Walk::new(), Duration::ZERO, true);
        loop {
            database.log_is_short().await?;
            let (store, asked) = (self.clone(), asked.clone());
            let window = move |conn: &mut Conn| -> Result<(Walk, bool, Duration), HookError> {
                let begun = Instant::now();
                let (service, kind, query) = &*asked;
                let reading = store.reading(service, kind);
                if is_first {
                    queries::check_scan(conn, reading, query)?;
                }
                let more = walk.go_on(conn, reading, query)?;
                Ok((walk, more, begun.elapsed()))
            };
            let (more, took);
            (walk, more, took) = database.scan_of(Some(self.tenant), window).await?;
            is_first = false;
            worked = worked.saturating_add(took);
            if !more {
                break;
            }
            database.may_go_on(worked, begun.elapsed())?;
        }
        let (store, asked) = (self.clone(), asked.clone());
        let page = move |conn: &mut Conn| {
            let (service, kind, query) = &*asked;
            walk.page(conn, store.reading(service, kind), query)
        };
        database.scan_of(Some(self.tenant), page).await
    }

    fn page(
        &self,
        conn: &mut Conn,
        reading: Reading<'_>,
        query: &Query,
        room: &mut Room,
    ) -> Result<Page, HookError> {
        let offsets = self.directory.database.offsets();
        queries::find(conn, reading, query, room, |conn, asked, room| {
            pages::in_order_of_creation(conn, reading, asked, room, offsets)
        })
    }
}

impl<H: Hook<Conn>> Store for TenantStore<H> {
    async fn get(&self, asked: Get<'_>) -> Result<Option<Resource>> {
        self.noted(self.look_up(asked).await)
    }

    async fn find(&self, asked: Find<'_>) -> Result<Page> {
        self.noted(self.search(asked).await)
    }

    fn tenant_key(&self) -> String {
        self.tenant.0.to_string()
    }

    async fn create(&self, asked: Create<'_>) -> Result<Updated> {
        let (kind, new) = (asked.resource_type.clone(), asked.new);
        let cost = Cost::of_new(&new);
        let work = move |conn: &mut Conn, with: &Writing<'_, H>| queries::create(conn, with, &kind, &new);
        self.in_transaction(asked.context, cost, work).await
    }

    async fn update(&self, asked: Update<'_>) -> Result<Updated> {
        let Update { change, include, .. } = asked;
        let (kind, id) = (asked.resource_type.clone(), asked.id.clone());
        let cost = Cost::of_change(&change.members);
        let work = move |conn: &mut Conn, with: &Writing<'_, H>| {
            queries::update(conn, with, &kind, &id, &change, include)
        };
        self.in_transaction(asked.context, cost, work).await
    }

    async fn delete(&self, asked: Delete<'_>) -> Result<()> {
        let (kind, id, expect) = (asked.resource_type.clone(), asked.id.clone(), asked.expect);
        let work =
            move |conn: &mut Conn, with: &Writing<'_, H>| queries::delete(conn, with, &kind, &id, expect);
        self.in_transaction(asked.context, Cost::WRITE, work).await
    }
}
