//! What the tests share: a separate database, users and groups.

use crate::database::{self, Conn, Database, Directory, Place, TenantStore};
use provost_core::change::{MemberChange, NewResource, unique_keys};
use provost_core::query::Include;
use provost_core::resource::{Body, Service};
use provost_core::value::parse_object;
use provost_core::{Change, Filter, Id, Object, Query, Resource, ResourceType, SchemaSet, Timestamp};
use provost_diesel::{Hook, TenantId};
use provost_provider::{Context, Create, Credential, Find, Get, Store, StoreError, Update, Updated};
use std::sync::Arc;

/// A store in a separate database.
pub(crate) struct Fixture<H: Hook<Conn> = ()> {
    pub(crate) db: Database,
    pub(crate) directory: Directory<H>,
    pub(crate) store: TenantStore<H>,
    pub(crate) user: Arc<ResourceType>,
    pub(crate) group: Arc<ResourceType>,
    pub(crate) place: Place,
}

pub(crate) fn service() -> Service {
    Service::new("https://scim.example.com/scim/v2", Arc::new(SchemaSet::builtin()))
}

pub(crate) async fn open() -> Fixture {
    open_with(()).await
}

pub(crate) async fn open_with<H: Hook<Conn>>(hook: H) -> Fixture<H> {
    let place = Place::new();
    let directory = database::open(&place, service(), hook);
    fixture(place, directory).await
}

/// Prepares a database.
pub(crate) async fn fixture<H: Hook<Conn>>(place: Place, directory: Directory<H>) -> Fixture<H> {
    directory.migrate().await.unwrap();
    let kind = |name| directory.schemas().resource_type(name).unwrap().clone();
    let (user, group) = (kind("User"), kind("Group"));
    let (db, store) = (directory.database().clone(), directory.tenant(TenantId(1)));
    Fixture { db, directory, store, user, group, place }
}

/// A time, in seconds after 2026-01-01.
pub(crate) fn at(seconds: i64) -> Context {
    Context::new(
        Timestamp::from_millis(1_767_225_600_000 + seconds * 1_000),
        Credential::token("tester"),
        "request-1",
    )
}

pub(crate) fn id(n: u32) -> Id {
    format!("{n:08x}-0000-7000-8000-000000000000").into()
}

/// The number from which an id was made.
pub(crate) fn number(id: &Id) -> u32 {
    u32::from_str_radix(id.as_str().get(..8).unwrap(), 16).unwrap()
}

pub(crate) fn object(json: &str) -> Object {
    parse_object(json).unwrap()
}

/// A resource with the unique keys of its schema.
pub(crate) fn resource(kind: &ResourceType, n: u32, json: &str) -> NewResource {
    let body = object(json);
    let unique = unique_keys(kind, &body, &[]);
    let mut new = NewResource::new(id(n), body);
    new.unique = unique;
    new
}

impl<H: Hook<Conn>> Fixture<H> {
    pub(crate) async fn add_user(&self, n: u32, json: &str) -> Result<Updated, StoreError> {
        self.store.create(Create::new(&self.user, resource(&self.user, n, json), &at(n.into()))).await
    }

    pub(crate) async fn add_group(&self, n: u32, name: &str, members: &[u32]) -> Result<Updated, StoreError> {
        let mut new = resource(&self.group, n, &format!(r#"{{"displayName":"{name}"}}"#));
        new.members = members.iter().map(|n| id(*n)).collect();
        self.store.create(Create::new(&self.group, new, &at(n.into()))).await
    }

    pub(crate) async fn get_user(&self, n: u32) -> Option<Resource> {
        self.store.get(Get::new(&service(), &self.user, &id(n), Include::ALL)).await.unwrap()
    }

    pub(crate) async fn get_group(&self, n: u32) -> Option<Resource> {
        self.store.get(Get::new(&service(), &self.group, &id(n), Include::ALL)).await.unwrap()
    }

    /// A change to another body, computed as the provider does.
    pub(crate) async fn put_user(&self, n: u32, json: &str, seconds: i64) -> Result<Updated, StoreError> {
        let current = self.get_user(n).await.ok_or(StoreError::NotFound)?;
        let mut change = Change::default();
        let after = object(json);
        change.unique = unique_keys(&self.user, &after, &[]);
        change.set_body(&self.user, &body(&current), after);
        change.expect = Some(current.version);
        self.store.update(Update::new(&self.user, &id(n), change, Include::ALL, &at(seconds))).await
    }

    pub(crate) async fn change_members(&self, n: u32, members: MemberChange) -> Result<Updated, StoreError> {
        let mut change = Change::default();
        change.members = members;
        self.store.update(Update::new(&self.group, &id(n), change, Include::ALL, &at(1_000))).await
    }

    /// The total, and the ids of the users that a filter finds, in order.
    pub(crate) async fn find(&self, kind: &Arc<ResourceType>, filter: &str) -> (u64, Vec<String>) {
        let page = self.store.find(Find::new(&service(), kind, &query(kind, filter))).await.unwrap();
        (page.total, page.resources.iter().map(|r| r.id.to_string()).collect())
    }
}

pub(crate) fn query(kind: &ResourceType, filter: &str) -> Query {
    let mut query = Query::default();
    if !filter.is_empty() {
        let parsed: Filter = filter.parse().unwrap();
        query.filter = Some(parsed.resolve(kind, Default::default()).unwrap());
    }
    query.count = 1_000;
    query
}

pub(crate) fn body(resource: &Resource) -> Object {
    match resource.body.clone() {
        Body::Text(text) => parse_object(&text).unwrap(),
        Body::Object(object) => object,
    }
}

pub(crate) fn add(ids: &[u32]) -> MemberChange {
    MemberChange { add: ids.iter().map(|n| id(*n)).collect(), ..MemberChange::default() }
}

pub(crate) fn remove(ids: &[u32]) -> MemberChange {
    MemberChange { remove: ids.iter().map(|n| id(*n)).collect(), ..MemberChange::default() }
}

/// The ids of the members, without their constant part.
pub(crate) fn members(resource: &Resource) -> Vec<u32> {
    let mut all: Vec<u32> = resource.members.iter().map(|l| number(&l.id)).collect();
    all.sort_unstable();
    all
}
