//! The arguments of a store's methods: a struct for each, so that adding an argument breaks no store.

use super::Context;
use provost_core::change::NewResource;
use provost_core::query::Include;
use provost_core::resource::Service;
use provost_core::{Change, Id, Query, ResourceType, Version};
use std::sync::Arc;

/// The arguments of [`Store::get`](super::Store::get).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Get<'a> {
    /// Where resources are served, and which types there are: for the URLs in an answer or a filter.
    pub service: &'a Service,
    /// The type of the resource.
    pub resource_type: &'a Arc<ResourceType>,
    /// Its id.
    pub id: &'a Id,
    /// What the answer must include.
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

/// The arguments of [`Store::find`](super::Store::find).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Find<'a> {
    /// As in [`Get`].
    pub service: &'a Service,
    /// The type of the resources.
    pub resource_type: &'a Arc<ResourceType>,
    /// Filter, sort and page.
    pub query: &'a Query,
}

impl<'a> Find<'a> {
    /// The resources of that type that match the query.
    #[must_use]
    pub fn new(service: &'a Service, resource_type: &'a Arc<ResourceType>, query: &'a Query) -> Self {
        Self { service, resource_type, query }
    }
}

/// The arguments of [`Store::create`](super::Store::create).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Create<'a> {
    /// The type of the resource.
    pub resource_type: &'a Arc<ResourceType>,
    /// The resource, by value, so that a store can pass it to another thread without copying.
    pub new: NewResource,
    /// Who creates it, and when.
    pub context: &'a Context,
}

impl<'a> Create<'a> {
    /// A resource of that type.
    #[must_use]
    pub fn new(resource_type: &'a Arc<ResourceType>, new: NewResource, context: &'a Context) -> Self {
        Self { resource_type, new, context }
    }
}

/// The arguments of [`Store::update`](super::Store::update).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Update<'a> {
    /// The type of the resource.
    pub resource_type: &'a Arc<ResourceType>,
    /// Its id.
    pub id: &'a Id,
    /// The change, by value like the new resource in [`Create`].
    pub change: Change,
    /// What the resource in the answer must include.
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

/// The arguments of [`Store::delete`](super::Store::delete).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Delete<'a> {
    /// The type of the resource.
    pub resource_type: &'a Arc<ResourceType>,
    /// Its id.
    pub id: &'a Id,
    /// The version it must have, if any.
    pub expect: Option<Version>,
    /// Who deletes it, and when.
    pub context: &'a Context,
}

impl<'a> Delete<'a> {
    /// Deletes the resource of that type and id.
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
