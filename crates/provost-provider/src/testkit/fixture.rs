//! What a check works with: a fresh store, its schemas, and a counter for time and identifiers.

use super::dialect::accepted;
use super::verdict::{CheckResult, During, Stop, fail, holds, same};
use super::{Handles, Options};
use crate::principal::Credential;
use crate::store::{Context, Create, Delete, Find, Get, Result as StoreResult, Store, Update, Updated};
use provost_core::change::{MissingMembers, NewResource, UniqueKey, unique_keys};
use provost_core::query::{Include, Page, Seek};
use provost_core::resource::Service;
use provost_core::value::Value;
use provost_core::{AttrRef, Change, Id, Object, Query, Resource, ResourceType, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) struct Fixture<S> {
    pub(super) store: Arc<S>,
    other: Option<Arc<S>>,
    pub(super) service: Service,
    pub(super) user: Arc<ResourceType>,
    pub(super) group: Arc<ResourceType>,
    pub(super) options: Options,
    pub(super) notes: Notes,
    ticks: Arc<AtomicU64>,
}

impl<S> Clone for Fixture<S> {
    fn clone(&self) -> Self {
        Self {
            store: self.store.clone(),
            other: self.other.clone(),
            service: self.service.clone(),
            user: self.user.clone(),
            group: self.group.clone(),
            options: self.options,
            notes: self.notes.clone(),
            ticks: self.ticks.clone(),
        }
    }
}

/// What a check reports besides its verdict.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub(super) fn add(&self, note: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// 2026-01-01T00:00:00Z. Each instant in a run is a second after the previous one.
const BEGIN_MS: u64 = 1_767_225_600_000;

impl<S: Store> Fixture<S> {
    pub(super) fn new(handles: Handles<S>, service: &Service, options: Options) -> CheckResult<Self> {
        let kind = |name: &str| service.schemas.resource_type(name).cloned();
        let user = kind("User").during("the resource type `User` of the service's schemas")?;
        let group = kind("Group").filter(|g| g.members().is_some());
        let group = group.during("the resource type `Group`, with `members`, of the service's schemas")?;
        Ok(Self {
            store: Arc::new(handles.store),
            other: handles.other.map(Arc::new),
            service: service.clone(),
            user,
            group,
            options,
            notes: Notes::default(),
            ticks: Arc::default(),
        })
    }

    /// The same storage seen from the other tenant.
    pub(super) fn elsewhere(&self) -> CheckResult<Self> {
        match &self.other {
            Some(other) => Ok(Self { store: other.clone(), other: None, ..self.clone() }),
            None => Err(Stop::Skipped("the store was made for one tenant only")),
        }
    }

    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    pub(super) fn id(&self) -> Id {
        Id::from(format!("00000000-0000-7000-8000-{:012x}", self.tick()))
    }

    pub(super) fn now(&self) -> Timestamp {
        let ms = self.tick().saturating_mul(1_000).saturating_add(BEGIN_MS);
        Timestamp::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    pub(super) fn cx(&self) -> Context {
        Context::new(self.now(), Credential::token("the contract suite"), "request")
    }

    /// A resource to be created, from the body of a request.
    pub(super) fn draft(&self, kind: &ResourceType, mut body: Object) -> CheckResult<NewResource> {
        if !body.contains("schemas") {
            body.insert("schemas", vec![Value::from(kind.schema.id.as_str())]);
        }
        let accepted = accepted(body, kind)?;
        let mut new = NewResource::new(self.id(), accepted.body);
        new.members = accepted.members.unwrap_or_default();
        new.missing = MissingMembers::Refuse;
        new.unique = accepted.unique;
        new.secrets = accepted.secrets;
        Ok(new)
    }

    pub(super) fn new_user(&self, name: &str) -> CheckResult<NewResource> {
        self.draft(&self.user, Object::from_iter([("userName", name), ("displayName", name)]))
    }

    pub(super) fn new_group(&self, name: &str, members: &[&Id]) -> CheckResult<NewResource> {
        let mut new = self.draft(&self.group, Object::from_iter([("displayName", name)]))?;
        new.members = members.iter().map(|id| (*id).clone()).collect();
        Ok(new)
    }

    pub(super) async fn create(&self, kind: &Arc<ResourceType>, new: NewResource) -> StoreResult<Updated> {
        self.store.create(Create::new(kind, new, &self.cx())).await
    }

    pub(super) async fn user(&self, name: &str) -> CheckResult<Resource> {
        let new = self.new_user(name)?;
        let made = self.create(&self.user, new).await.during(format!("creating the user `{name}`"))?;
        Ok(made.resource)
    }

    pub(super) async fn group(&self, name: &str, members: &[&Id]) -> CheckResult<Resource> {
        let new = self.new_group(name, members)?;
        let made = self.create(&self.group, new).await.during(format!("creating the group `{name}`"))?;
        Ok(made.resource)
    }

    /// A resource that must exist.
    pub(super) async fn read(&self, kind: &Arc<ResourceType>, id: &Id) -> CheckResult<Resource> {
        self.get(kind, id).await?.during(format!("reading the {} {id}", kind.name))
    }

    pub(super) async fn get(&self, kind: &Arc<ResourceType>, id: &Id) -> CheckResult<Option<Resource>> {
        self.store
            .get(Get::new(&self.service, kind, id, Include::ALL))
            .await
            .during(format!("reading the {} {id}", kind.name))
    }

    pub(super) async fn update(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        change: Change,
    ) -> StoreResult<Updated> {
        self.store.update(Update::new(kind, id, change, Include::ALL, &self.cx())).await
    }

    pub(super) async fn delete(&self, kind: &Arc<ResourceType>, id: &Id) -> StoreResult<()> {
        self.store.delete(Delete::new(kind, id, None, &self.cx())).await
    }

    /// Reads a resource and computes what `edit` makes of its body, as PUT and PATCH do.
    pub(super) async fn edit(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        edit: impl FnOnce(&mut Object),
    ) -> CheckResult<Change> {
        let current = self.read(kind, id).await?;
        let before = body(&current)?;
        let mut after = before.clone();
        edit(&mut after);
        let mut change = Change::default();
        change.unique = self.keys(kind, &after);
        change.set_body(kind, &before, after);
        change.expect = Some(current.version);
        Ok(change)
    }

    /// [`edit`](Self::edit), followed by the update.
    pub(super) async fn write(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        edit: impl FnOnce(&mut Object),
    ) -> CheckResult<Resource> {
        let change = self.edit(kind, id, edit).await?;
        let updated = self.update(kind, id, change).await.during(format!("updating the {} {id}", kind.name));
        Ok(updated?.resource)
    }

    /// The unique keys of a body, including the name of a group.
    pub(super) fn keys(&self, kind: &ResourceType, body: &Object) -> Vec<UniqueKey> {
        let name = kind.members().and_then(|_| kind.schema.attribute("displayName"));
        unique_keys(kind, body, name.map(|a| AttrRef::core(a.clone())).as_slice())
    }

    pub(super) async fn find(&self, kind: &Arc<ResourceType>, query: &Query) -> CheckResult<Page> {
        self.store
            .find(Find::new(&self.service, kind, query))
            .await
            .during(format!("listing {}", asked(kind, query)))
    }

    pub(super) async fn page(&self, kind: &Arc<ResourceType>, start: u64, count: u64) -> CheckResult<Page> {
        let mut query = Query::default();
        (query.start, query.count) = (start, count);
        self.find(kind, &query).await
    }

    /// The query for the first page by cursor.
    pub(super) fn first(&self, query: &Query) -> Query {
        let mut first = query.clone();
        first.seek = Some(Seek::First);
        first
    }

    /// The ids on all pages by cursor.
    pub(super) async fn walk(&self, kind: &Arc<ResourceType>, query: &Query) -> CheckResult<Vec<Id>> {
        let (mut query, mut seen) = (self.first(query), Vec::new());
        loop {
            let page = self.find(kind, &query).await?;
            let what = format!("a page by cursor of {}", asked(kind, &query));
            holds(what, "no more than `count`", count(&page.resources) <= query.count)?;
            seen.extend(ids(&page.resources));
            let Some(next) = page.next else { return Ok(seen) };
            let what = format!("a page by cursor that says there are more {}s behind it", kind.name);
            holds(what, "at least one", !page.resources.is_empty())?;
            holds("a walk by cursor", "an end", seen.len() < 10_000)?;
            query.seek = Some(Seek::After(next));
        }
    }

    /// All resources of a type, in order.
    pub(super) async fn all(&self, kind: &Arc<ResourceType>) -> CheckResult<Vec<Resource>> {
        let page = self.page(kind, 1, 1_000).await?;
        same(
            format!("`totalResults` of all of type {} on one page", kind.name),
            &count(&page.resources),
            &page.total,
        )?;
        Ok(page.resources)
    }

    /// Checks that the resource in the answer to a write is the one read afterwards.
    pub(super) async fn as_read(
        &self,
        what: &str,
        kind: &Arc<ResourceType>,
        answer: &Resource,
    ) -> CheckResult<Resource> {
        let read = self.read(kind, &answer.id).await?;
        same_resource(what, answer, &read)?;
        Ok(read)
    }
}

/// A change of members alone.
pub(super) fn delta(add: &[&Id], remove: &[&Id]) -> Change {
    let mut change = Change::default();
    change.members.add = add.iter().map(|id| (*id).clone()).collect();
    change.members.remove = remove.iter().map(|id| (*id).clone()).collect();
    change
}

/// A replacement of all members.
pub(super) fn replacement(by: &[&Id]) -> Change {
    let mut change = delta(by, &[]);
    change.members.clear = true;
    change
}

pub(super) fn body(resource: &Resource) -> CheckResult<Object> {
    resource.body.clone().into_object().during(format!("the body of {}", resource.id))
}

/// The ids of the members, in order.
pub(super) fn members(resource: &Resource) -> Vec<Id> {
    resource.members.iter().map(|link| link.id.clone()).collect()
}

/// Compares members in any order.
pub(super) fn same_members(what: &str, expected: &[&Id], group: &Resource) -> CheckResult {
    let mut expected: Vec<&Id> = expected.to_vec();
    let mut found: Vec<&Id> = group.members.iter().map(|link| &link.id).collect();
    expected.sort_unstable();
    found.sort_unstable();
    same(what, &expected, &found)
}

pub(super) fn ids(resources: &[Resource]) -> Vec<Id> {
    resources.iter().map(|r| r.id.clone()).collect()
}

pub(super) fn count<T>(of: &[T]) -> u64 {
    u64::try_from(of.len()).unwrap_or(u64::MAX)
}

pub(super) fn asked(kind: &ResourceType, query: &Query) -> String {
    let sorted = query.sort.as_ref().map_or_else(String::new, |s| {
        format!(" sorted by `{}`{}", s.by, if s.descending { " descending" } else { "" })
    });
    format!("{}s {} to {}{sorted}", kind.name, query.start, query.start.saturating_add(query.count))
}

/// Compares two views of one resource.
pub(super) fn same_resource(what: &str, expected: &Resource, found: &Resource) -> CheckResult {
    let of = |part: &str| format!("{part} of {what}");
    same(of("the id"), &expected.id, &found.id)?;
    same(of("the version"), &expected.version, &found.version)?;
    same(of("the time of creation"), &expected.created, &found.created)?;
    same(of("the time of the last change"), &expected.modified, &found.modified)?;
    same_body(what, &body(expected)?, &body(found)?)?;
    same(of("the members"), &expected.members, &found.members)?;
    same(of("the groups"), &expected.groups, &found.groups)
}

/// Compares two bodies attribute by attribute.
pub(super) fn same_body(what: &str, expected: &Object, found: &Object) -> CheckResult {
    has_body(what, expected, found)?;
    has_body(what, found, expected)
}

/// Checks that what was written is there. A store may show more, such as an application's defaults.
pub(super) fn has_body(what: &str, written: &Object, found: &Object) -> CheckResult {
    for (name, value) in written.iter() {
        let there = found.get(name.as_str());
        match (value, there) {
            (Value::Object(inner), Some(Value::Object(there))) => {
                has_body(&format!("{what}, in `{name}`"), inner, there)?;
            }
            (Value::Array(urns), Some(there)) if name.is("schemas") => {
                let all = urns.iter().all(|urn| there.elements().contains(urn));
                holds(format!("`schemas` of {what}"), value, all)?;
            }
            (value, Some(there)) if value == there => {}
            (value, there) => {
                let there = there.map_or_else(|| "nothing".to_owned(), ToString::to_string);
                return fail(format!("`{name}` of {what}"), value, there);
            }
        }
    }
    Ok(())
}
