//! A store around a store, for tests that look at each call or put something in its way.

use provost_core::change::NewResource;
use provost_core::query::{Include, Page};
use provost_core::{Change, Id, Query, Resource, ResourceType, Version};
use provost_provider::{Context, Result, Store, Updated};
use std::future::{Future, ready};
use std::sync::Arc;

/// What a store is asked.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "they are the arguments of the store's methods")]
pub enum Call<'a> {
    /// [`Store::get`]
    Get { kind: &'a Arc<ResourceType>, id: &'a Id, include: Include },
    /// [`Store::find`]
    Find { kind: &'a Arc<ResourceType>, query: &'a Query },
    /// [`Store::create`]
    Create { kind: &'a Arc<ResourceType>, new: &'a NewResource, cx: &'a Context },
    /// [`Store::update`]
    Update { kind: &'a Arc<ResourceType>, id: &'a Id, change: &'a Change, include: Include, cx: &'a Context },
    /// [`Store::delete`]
    Delete { kind: &'a Arc<ResourceType>, id: &'a Id, expect: Option<Version>, cx: &'a Context },
}

/// What happens before a call is handed on. An error is the answer, and the store is not asked.
///
/// A function of the call is one; implement the trait where the store itself is needed.
pub trait Before<S>: Send + Sync + 'static {
    /// Happens before the call.
    fn before(&self, store: &S, call: Call<'_>) -> impl Future<Output = Result<()>> + Send;
}

impl<S, F: Fn(Call<'_>) -> Result<()> + Send + Sync + 'static> Before<S> for F {
    fn before(&self, _: &S, call: Call<'_>) -> impl Future<Output = Result<()>> + Send {
        ready(self(call))
    }
}

/// The store around a store.
#[derive(Debug, Clone)]
pub struct Around<S, B> {
    /// The store inside.
    pub store: S,
    /// What happens before each of its calls.
    pub before: B,
}

impl<S: Store, B: Before<S>> Around<S, B> {
    /// Puts something before each call of a store.
    pub fn new(store: S, before: B) -> Self {
        Self { store, before }
    }
}

impl<S: Store, B: Before<S>> Store for Around<S, B> {
    async fn get(&self, kind: &Arc<ResourceType>, id: &Id, include: Include) -> Result<Option<Resource>> {
        self.before.before(&self.store, Call::Get { kind, id, include }).await?;
        self.store.get(kind, id, include).await
    }

    async fn find(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page> {
        self.before.before(&self.store, Call::Find { kind, query }).await?;
        self.store.find(kind, query).await
    }

    fn scope(&self) -> String {
        self.store.scope()
    }

    async fn create(&self, kind: &Arc<ResourceType>, new: NewResource, cx: &Context) -> Result<Updated> {
        self.before.before(&self.store, Call::Create { kind, new: &new, cx }).await?;
        self.store.create(kind, new, cx).await
    }

    async fn update(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        change: Change,
        include: Include,
        cx: &Context,
    ) -> Result<Updated> {
        self.before.before(&self.store, Call::Update { kind, id, change: &change, include, cx }).await?;
        self.store.update(kind, id, change, include, cx).await
    }

    async fn delete(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        expect: Option<Version>,
        cx: &Context,
    ) -> Result<()> {
        self.before.before(&self.store, Call::Delete { kind, id, expect, cx }).await?;
        self.store.delete(kind, id, expect, cx).await
    }
}
