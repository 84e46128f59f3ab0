//! What the methods of a store are asked: a struct for each, so that one more argument breaks no store.

use super::Context;
use provost_core::change::NewResource;
use provost_core::query::Include;
use provost_core::resource::Service;
use provost_core::{Change, Id, Query, ResourceType, Version};
use std::sync::Arc;

/// What [`Store::get`](super::Store::get) is asked.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Get<'a> {
    /// Where resources are served, and which types there are: for the URLs that an answer or a filter holds.
    pub service: &'a Service,
    /// Of which type.
    pub resource_type: &'a Arc<ResourceType>,
    /// Which one.
    pub id: &'a Id,
    /// What the answer must hold.
    pub include: Include,
}

impl<'a> Get<'a> {
    /// The resource of that type and id.
    #[must_use]
    pub fn new(
        service: &'a Service,
        resource_type: &'a Arc<ResourceType>,
        id: &'a Id,
        include: Include,
    ) -> Self {
        Self { service, resource_type, id, include }
    }
}

/// What [`Store::find`](super::Store::find) is asked.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Find<'a> {
    /// As in [`Get`].
    pub service: &'a Service,
    /// Of which type.
    pub resource_type: &'a Arc<ResourceType>,
    /// Filter, sort and page.
    pub query: &'a Query,
}

impl<'a> Find<'a> {
    /// The resources of that type that the query means.
    #[must_use]
    pub fn new(service: &'a Service, resource_type: &'a Arc<ResourceType>, query: &'a Query) -> Self {
        Self { service, resource_type, query }
    }
}

/// What [`Store::create`](super::Store::create) is asked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Create<'a> {
    /// Of which type.
    pub resource_type: &'a Arc<ResourceType>,
    /// The resource, by value: a store that hands it to another thread need not copy it.
    pub new: NewResource,
    /// Who makes it, and when.
    pub context: &'a Context,
}

impl<'a> Create<'a> {
    /// A resource of that type.
    #[must_use]
    pub fn new(resource_type: &'a Arc<ResourceType>, new: NewResource, context: &'a Context) -> Self {
        Self { resource_type, new, context }
    }
}

/// What [`Store::update`](super::Store::update) is asked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Update<'a> {
    /// Of which type.
    pub resource_type: &'a Arc<ResourceType>,
    /// Which one.
    pub id: &'a Id,
    /// The change, by value as the new resource of [`Create`] is.
    pub change: Change,
    /// What the resource in the answer must hold.
    pub include: Include,
    /// Who changes it, and when.
    pub context: &'a Context,
}

impl<'a> Update<'a> {
    /// A change of the resource of that type and id.
    #[must_use]
    pub fn new(
        resource_type: &'a Arc<ResourceType>,
        id: &'a Id,
        change: Change,
        include: Include,
        context: &'a Context,
    ) -> Self {
        Self { resource_type, id, change, include, context }
    }
}

/// What [`Store::delete`](super::Store::delete) is asked.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Delete<'a> {
    /// Of which type.
    pub resource_type: &'a Arc<ResourceType>,
    /// Which one.
    pub id: &'a Id,
    /// The version that it must have, if any.
    pub expect: Option<Version>,
    /// Who removes it, and when.
    pub context: &'a Context,
}

impl<'a> Delete<'a> {
    /// The end of the resource of that type and id.
    #[must_use]
    pub fn new(
        resource_type: &'a Arc<ResourceType>,
        id: &'a Id,
        expect: Option<Version>,
        context: &'a Context,
    ) -> Self {
        Self { resource_type, id, expect, context }
    }
}
