//! The memory store, called directly: what the protocol does not show.
//!
//! Planted and caught: an identical body counted as a change; a key that outlives its resource or a change; members to
//! be kept who leave; a time that goes back; a failed write that leaves something behind.

#![expect(clippy::unwrap_used, reason = "a test: a panic is its way to fail")]

use provost_core::change::{MemberChange, MissingMembers, NewResource, UniqueKey, unique_keys};
use provost_core::query::Include;

use provost_core::value::parse_object;
use provost_core::{Change, Id, Object, Query, ResourceType, SchemaSet, Timestamp, Version};
use provost_provider::{
    Context, Create, Credential, Delete, Find, Get, MemoryStore, Store, StoreError, Update, Updated,
};
use std::sync::Arc;

struct Bench {
    store: MemoryStore,
    user: Arc<ResourceType>,
    group: Arc<ResourceType>,
}

fn bench() -> Bench {
    let set = SchemaSet::builtin();
    let kind = |name| set.resource_type(name).unwrap().clone();
    let (user, group) = (kind("User"), kind("Group"));
    Bench { store: MemoryStore::new(), user, group }
}

fn cx(ms: i64) -> Context {
    Context::new(Timestamp::from_millis(ms), Credential::token("tester"), "request-1")
}

fn body(name: &str) -> Object {
    parse_object(&format!(r#"{{"userName":"{name}","displayName":"{name}"}}"#)).unwrap()
}

fn ids(list: &[&str]) -> Vec<Id> {
    list.iter().map(|id| Id::from(*id)).collect()
}

impl Bench {
    async fn user(&self, id: &str) {
        let mut new = NewResource::new(Id::from(id), body(id));
        new.unique = unique_keys(&self.user, &new.body, &[]);
        self.store.create(Create::new(&self.user, new, &cx(1000))).await.unwrap();
    }

    async fn group(&self, id: &str, members: &[&str]) {
        let mut new = NewResource::new(Id::from(id), body(id));
        new.members = ids(members);
        self.store.create(Create::new(&self.group, new, &cx(1000))).await.unwrap();
    }

    async fn change(&self, id: &str, members: MemberChange, at: i64) -> Result<Updated, StoreError> {
        let mut change = Change::default();
        change.members = members;
        self.store.update(Update::new(&self.group, &Id::from(id), change, Include::ALL, &cx(at))).await
    }

    async fn members(&self, id: &str) -> String {
        let found = self
            .store
            .get(Get::new(&provost_testing::protocol::service(), &self.group, &Id::from(id), Include::ALL))
            .await
            .unwrap()
            .unwrap();
        found.members.iter().map(|m| m.id.as_str()).collect::<Vec<_>>().join(" ")
    }
}

#[tokio::test]
async fn only_what_changes_something_makes_a_version() {
    let bench = bench();
    bench.user("a").await;
    let write = |text: Object, at| {
        let mut change = Change::default();
        change.unique = unique_keys(&bench.user, &text, &[]);
        change.body = Some(text);
        let (store, user) = (bench.store.clone(), bench.user.clone());
        async move {
            store.update(Update::new(&user, &Id::from("a"), change, Include::BODY, &cx(at))).await.unwrap()
        }
    };
    let same = write(body("a"), 2000).await;
    assert_eq!(
        (same.changed, same.resource.version, same.resource.modified.as_millis()),
        (false, Version(1), 1000)
    );
    let other = write(body("b"), 3000).await;
    assert_eq!(
        (other.changed, other.resource.version, other.resource.modified.as_millis()),
        (true, Version(2), 3000)
    );
    // the old name is free
    let mut new = NewResource::new(Id::from("other"), body("a"));
    new.unique = unique_keys(&bench.user, &new.body, &[]);
    assert!(bench.store.create(Create::new(&bench.user, new, &cx(1000))).await.is_ok());
    // the clock may go back, but the resource's time does not
    let back = write(body("c"), 500).await;
    assert_eq!((back.resource.version, back.resource.modified.as_millis()), (Version(3), 3000));
}

#[tokio::test]
async fn members_leave_before_they_join() {
    let bench = bench();
    for id in ["a", "b", "c", "d"] {
        bench.user(id).await;
    }
    bench.group("g", &["a", "b"]).await;
    let delta = |clear, add: &[&str], remove: &[&str]| MemberChange {
        clear,
        add: ids(add),
        remove: ids(remove),
        missing: MissingMembers::Refuse,
        ..MemberChange::default()
    };
    for (change, changed, members) in [
        (delta(false, &["a"], &["d", "nobody"]), false, "a b"),
        (delta(false, &["c"], &["a"]), true, "b c"),
        (delta(true, &["b", "c"], &[]), false, "b c"),
        (delta(true, &["d", "c"], &[]), true, "c d"),
        (delta(true, &[], &[]), true, ""),
        (delta(true, &[], &[]), false, ""),
        (delta(false, &["g", "a"], &[]), true, "a g"),
    ] {
        let outcome = bench.change("g", change, 2000).await.unwrap();
        assert_eq!((outcome.changed, bench.members("g").await.as_str()), (changed, members));
    }
}

#[tokio::test]
async fn a_write_that_fails_leaves_everything_as_it_was() {
    let bench = bench();
    bench.user("a").await;
    bench.user("b").await;
    bench.group("g", &["a"]).await;
    let refused =
        bench.change("g", MemberChange { add: ids(&["b", "nobody"]), ..MemberChange::default() }, 2000).await;
    assert!(matches!(refused, Err(StoreError::UnknownMembers(list)) if list == ids(&["nobody"])));
    assert_eq!(bench.members("g").await, "a");

    let mut change = Change::default();
    change.body = Some(body("x"));
    change.unique = vec![UniqueKey { attribute: "userName".to_owned(), key: "b".to_owned() }];
    let taken = bench
        .store
        .update(Update::new(&bench.user, &Id::from("a"), change.clone(), Include::BODY, &cx(2000)))
        .await;
    assert!(matches!(taken, Err(StoreError::Conflict { attribute }) if attribute == "userName"));
    change.unique.clear();
    change.expect = Some(Version(7));
    let stale =
        bench.store.update(Update::new(&bench.user, &Id::from("a"), change, Include::BODY, &cx(2000))).await;
    assert!(matches!(stale, Err(StoreError::VersionMismatch)));
    let a = bench
        .store
        .get(Get::new(&provost_testing::protocol::service(), &bench.user, &Id::from("a"), Include::ALL))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((a.version, a.body.into_object().unwrap()), (Version(1), body("a")));
}

#[tokio::test]
async fn nothing_of_a_deleted_resource_is_left() {
    let bench = bench();
    bench.user("a").await;
    bench.user("b").await;
    bench.group("g", &["a", "b"]).await;
    bench.store.delete(Delete::new(&bench.user, &Id::from("a"), None, &cx(2000))).await.unwrap();
    assert_eq!(bench.members("g").await, "b");
    // not even for a resource with the same id
    bench.user("a").await;
    assert_eq!(bench.members("g").await, "b");
    bench.store.delete(Delete::new(&bench.group, &Id::from("g"), Some(Version(2)), &cx(3000))).await.unwrap();
    bench.group("g", &[]).await;
    let b = bench
        .store
        .get(Get::new(&provost_testing::protocol::service(), &bench.user, &Id::from("b"), Include::ALL))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((b.groups.len(), b.version), (0, Version(1)));
}

#[tokio::test]
async fn a_list_without_a_sort_is_in_the_order_of_creation() {
    let bench = bench();
    for id in ["c", "a", "b"] {
        bench.user(id).await;
    }
    bench.group("0", &["c"]).await;
    let page = bench
        .store
        .find(Find::new(&provost_testing::protocol::service(), &bench.user, &Query::default()))
        .await
        .unwrap();
    let ids: Vec<&str> = page.resources.iter().map(|r| r.id.as_str()).collect();
    assert_eq!((page.total, ids), (3, vec!["c", "a", "b"]));
}

#[test]
fn a_handle_shows_its_tenant_and_nothing_else() {
    assert_eq!(format!("{:?}", bench().store.tenant("acme")), r#"MemoryStore { tenant: "acme", .. }"#);
}
