//! A store around a store, for tests that watch calls or interfere with them.

use provost_core::Resource;
use provost_core::query::Page;
use provost_provider::{Create, Delete, Find, Get, Result, Store, Update, Updated};
use std::future::{Future, ready};

/// A call of the store.
#[derive(Debug, Clone, Copy)]
pub enum Call<'a> {
    /// [`Store::get`]
    Get(Get<'a>),
    /// [`Store::find`]
    Find(Find<'a>),
    /// [`Store::create`]
    Create(&'a Create<'a>),
    /// [`Store::update`]
    Update(&'a Update<'a>),
    /// [`Store::delete`]
    Delete(Delete<'a>),
}

/// What happens before a call is passed on. An error becomes the answer, and the store is not called.
///
/// A function that takes the call will do; implement the trait if the store itself is needed.
pub trait Before<S>: Send + Sync + 'static {
    /// Happens before the call.
    fn before(&self, store: &S, call: Call<'_>) -> impl Future<Output = Result<()>> + Send;
}

impl<S, F: Fn(Call<'_>) -> Result<()> + Send + Sync + 'static> Before<S> for F {
    fn before(&self, _: &S, call: Call<'_>) -> impl Future<Output = Result<()>> + Send {
        ready(self(call))
    }
}

/// A store around a store.
#[derive(Debug, Clone)]
pub struct Around<S, B> {
    /// The store inside.
    pub store: S,
    /// What happens before each call.
    pub before: B,
}

impl<S: Store, B: Before<S>> Around<S, B> {
    /// Puts something before each call of a store.
    pub fn new(store: S, before: B) -> Self {
        Self { store, before }
    }
}

impl<S: Store, B: Before<S>> Store for Around<S, B> {
    async fn get(&self, asked: Get<'_>) -> Result<Option<Resource>> {
        self.before.before(&self.store, Call::Get(asked)).await?;
        self.store.get(asked).await
    }

    async fn find(&self, asked: Find<'_>) -> Result<Page> {
        self.before.before(&self.store, Call::Find(asked)).await?;
        self.store.find(asked).await
    }

    fn tenant_key(&self) -> String {
        self.store.tenant_key()
    }

    async fn create(&self, asked: Create<'_>) -> Result<Updated> {
        self.before.before(&self.store, Call::Create(&asked)).await?;
        self.store.create(asked).await
    }

    async fn update(&self, asked: Update<'_>) -> Result<Updated> {
        self.before.before(&self.store, Call::Update(&asked)).await?;
        self.store.update(asked).await
    }

    async fn delete(&self, asked: Delete<'_>) -> Result<()> {
        self.before.before(&self.store, Call::Delete(asked)).await?;
        self.store.delete(asked).await
    }
}
