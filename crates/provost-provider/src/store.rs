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

/// The methods of a store, written once: the trait, the trait with boxed futures, and the store without a type.
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

        /// [`Store`] with boxed futures, so that it can be a trait object. Nobody implements it by hand.
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
    /// Resources of one tenant. A value is bound to its tenant: no method takes one, so none can forget it.
    ///
    /// Implementors write plain `async fn`. A write is atomic: a resource, its members, its unique keys and whatever
    /// the store derives from them change together or not at all, and an answer is given after they are durable.
    ///
    /// Filters and sorts come resolved: a store never parses text and cannot fail on names or types.
    ///
    /// What a method is asked is a struct with public fields, which may get more of them.
    trait Store;

    /// What the handle is bound to, in a text of its own for each tenant: a cursor that was made for one tenant is
    /// refused to another. A store that knows no tenants gives the empty text.
    fn tenant_key;

    /// A resource, or `None` where the tenant has none of that type and id.
    fn get(Get) -> Option<Resource>;

    /// A page of the resources that match. The order is stable: creation, then id, where no sort is given.
    ///
    /// A query with a [`seek`](provost_core::Query::seek) is one by cursor: the page begins after its mark, and says
    /// where the next one begins unless it is the last. Of the resources that stay as they are, a walk by cursor meets
    /// each exactly once, whatever comes and goes meanwhile. A store without cursors answers
    /// [`StoreError::no_cursors`].
    fn find(Find) -> Page;

    /// Makes a resource, with version 1 and both times `context.at`.
    ///
    /// Refuses with [`StoreError::Conflict`] when a unique key is taken, with [`StoreError::UnknownMembers`] when
    /// members do not exist and the request says to refuse them. What was left out is in [`Updated::skipped`].
    fn create(Create) -> Updated;

    /// Changes a resource. A change that comes to nothing (members who are there already, for instance) leaves
    /// version and time alone and says so. One that is empty from the start comes where the profile left something out
    /// of the request or rewrote it: the [`notes`](Context::notes) of the context are for your audit trail then too.
    ///
    /// `change.expect` is the version that the change was worked out from: refused with
    /// [`StoreError::VersionMismatch`] when it is not that any more. Without one it is applied to whatever is there.
    fn update(Update) -> Updated;

    /// Removes a resource and takes it out of all members. Its keys are free at once. `expect` is as in
    /// [`update`](Self::update).
    fn delete(Delete) -> ();
}

type Fut<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A store whose type was erased. It costs one allocation a call.
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

/// Who changes something, when, and what the request's profile did to it: for audit records.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Context {
    /// The instant of the change.
    pub at: Timestamp,
    /// Who: what the client was known by.
    pub credential: Credential,
    /// What is known of the request besides, for logs and audit records.
    pub origin: Origin,
    /// The rules that fired, and what they left out.
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

/// What a write came to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Updated {
    /// The resource as it is now.
    pub resource: Resource,
    /// Whether anything was changed.
    pub changed: bool,
    /// New members that do not exist and were left out.
    pub skipped: Vec<Id>,
}

impl Updated {
    /// The outcome of a write that left nothing out.
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
