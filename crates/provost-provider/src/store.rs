//! The storage contract.

mod arguments;

pub use arguments::{Create, Delete, Find, Get, Update};

use crate::error::StoreError;
use crate::principal::Credential;
use crate::request::Origin;
use provost_core::policy::Notes;
use provost_core::query::Page;
use provost_core::{Id, Resource, Timestamp};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The result of a store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The methods of a store, written once: for the trait, the trait with boxed futures, and the type-erased store.
macro_rules! store {
    (
        $(#[$about:meta])* trait Store;
        $(#[$tenant:meta])* fn tenant_key;
        $($(#[$doc:meta])* fn $method:ident($Asked:ident) -> $Answer:ty;)*
    ) => {
        $(#[$about])*
        pub trait Store: Send + Sync + 'static {
            $($(#[$doc])* fn $method(&self, asked: $Asked<'_>) -> impl Future<Output = Result<$Answer>> + Send;)*

            $(#[$tenant])*
            fn tenant_key(&self) -> String {
                String::new()
            }
        }

        /// [`Store`] with boxed futures, so that it can be a trait object. Not implemented by hand.
        trait Erased: Send + Sync + 'static {
            $(fn $method<'a>(&'a self, asked: $Asked<'a>) -> Fut<'a, $Answer>;)*
            fn tenant_key(&self) -> String;
        }

        impl<S: Store> Erased for S {
            $(fn $method<'a>(&'a self, asked: $Asked<'a>) -> Fut<'a, $Answer> {
                Box::pin(Store::$method(self, asked))
            })*
            fn tenant_key(&self) -> String {
                Store::tenant_key(self)
            }
        }

        impl Store for AnyStore {
            $(async fn $method(&self, asked: $Asked<'_>) -> Result<$Answer> {
                self.0.$method(asked).await
            })*
            fn tenant_key(&self) -> String {
                self.0.tenant_key()
            }
        }
    };
}

store! {
    /// The resources of one tenant. A value is bound to its tenant: methods do not take one, so it cannot be forgotten.
    ///
    /// Implementors write plain `async fn`. A write is atomic: a resource, its members, its unique keys and whatever
    /// the store derives from them change together or not at all, and are durable before the answer.
    ///
    /// Filters and sorts are already resolved: a store never parses text, and cannot fail on names or types.
    ///
    /// The arguments of a method are a struct with public fields, which may gain more.
    trait Store;

    /// What the handle is bound to, as a text that is unique for each tenant: a cursor made for one tenant is refused
    /// for another. Empty for a store without tenants.
    fn tenant_key;

    /// A resource, or `None` if the tenant has none of that type and id.
    fn get(Get) -> Option<Resource>;

    /// A page of the matching resources. The order is stable: by creation time, then id, if there is no sort.
    ///
    /// A query with a [`seek`](provost_core::Query::seek) reads by cursor: the page begins after its mark, and says
    /// where the next one begins unless it is the last. Following cursors returns each resource that stays unchanged
    /// exactly once, whatever is added or removed meanwhile. A store without cursors returns
    /// [`StoreError::no_cursors`].
    fn find(Find) -> Page;

    /// Creates a resource with version 1, and with `context.at` as both times.
    ///
    /// [`StoreError::Conflict`] if a unique key is taken; [`StoreError::UnknownMembers`] if members do not exist and
    /// the request wants that refused. [`Updated::skipped`] lists those left out.
    fn create(Create) -> Updated;

    /// Changes a resource. If nothing changes in effect, for instance because all members were already there, version
    /// and time stay and the result says so. A change may be empty from the start if the profile dropped or rewrote
    /// part of the request: the [`notes`](Context::notes) in the context are for your audit trail then too.
    ///
    /// `change.expect` is the version the change is based on; if it is no longer current, the result is
    /// [`StoreError::VersionMismatch`]. Without it, the change applies to whatever is stored.
    fn update(Update) -> Updated;

    /// Deletes a resource and removes it from all groups. Its unique keys are free at once. `expect` is as in
    /// [`update`](Self::update).
    fn delete(Delete) -> ();
}

type Fut<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A type-erased store. Costs one allocation per call.
#[derive(Clone)]
pub struct AnyStore(Arc<dyn Erased>);

impl AnyStore {
    /// Erases a store.
    pub fn new(store: impl Store) -> Self {
        Self(Arc::new(store))
    }
}

impl std::fmt::Debug for AnyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AnyStore")
    }
}

/// Who makes a change, when, and what the profile did to the request: for audit records.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Context {
    /// The time of the change.
    pub at: Timestamp,
    /// Who makes it: the client's credential.
    pub credential: Credential,
    /// Further facts about the request, for logs and audit records.
    pub origin: Origin,
    /// The rules that fired, and what they dropped.
    pub notes: Notes,
}

impl Context {
    /// A context without notes.
    #[must_use]
    pub fn new(at: Timestamp, credential: Credential, origin: impl Into<Origin>) -> Self {
        Self { at, credential, origin: origin.into(), notes: Notes::default() }
    }

    /// The same with notes.
    #[must_use]
    pub fn with_notes(mut self, notes: Notes) -> Self {
        self.notes = notes;
        self
    }
}

/// The result of a write.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Updated {
    /// The resource as it is now.
    pub resource: Resource,
    /// Whether anything was changed.
    pub changed: bool,
    /// New members that were left out because they do not exist.
    pub skipped: Vec<Id>,
}

impl Updated {
    /// The result of a write that left nobody out.
    #[must_use]
    pub fn new(resource: Resource, changed: bool) -> Self {
        Self { resource, changed, skipped: Vec::new() }
    }

    /// The same with members that were left out.
    #[must_use]
    pub fn with_skipped(mut self, skipped: Vec<Id>) -> Self {
        self.skipped = skipped;
        self
    }
}
