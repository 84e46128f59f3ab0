//! The storage contract.

use super::{Fixture, add, at, body, id, members, object, open, query, remove, resource};
use crate::database::{self, Conn, directory};
use provost_core::change::{MemberChange, MissingMembers, unique_keys};
use provost_core::query::Include;
use provost_core::resource::Body;
use provost_core::{AttrPath, AttrRef, Change, Version};
use provost_diesel::{HookError, TenantId};
use provost_provider::{Create, Delete, Find, Get, Store, StoreError, Update};

const BABS: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Babs","active":true,
    "emails":[{"value":"Babs@Example.com","type":"work","primary":true}]}"#;

#[tokio::test]
async fn what_was_made_is_read_back() {
    let t = open().await;
    let made = t.add_user(1, BABS).await.unwrap();
    assert!(made.changed && made.skipped.is_empty());
    assert_eq!(made.resource.version, Version::FIRST);
    assert_eq!(made.resource.created, made.resource.modified);
    assert_eq!(made.resource.created, at(1).at);
    let read = t.get_user(1).await.unwrap();
    assert!(matches!(&read.body, Body::Text(text) if **text == *object(BABS).to_string()), "{read:?}");
    assert_eq!((read.version, read.created, read.modified), (Version::FIRST, at(1).at, at(1).at));
    // another type, another id, another spelling of the id
    assert!(t.get_group(1).await.is_none());
    assert!(t.get_user(2).await.is_none());
    let upper =
        t.store.get(Get::new(&crate::store::service(), &t.user, &"ABCD".into(), Include::ALL)).await.unwrap();
    assert!(upper.is_none());
}

fn conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Conflict { attribute }) => attribute,
        other => panic!("expected a conflict: {other:?}"),
    }
}

#[tokio::test]
async fn unique_values_are_unique_folded_and_freed() {
    let t = open().await;
    t.add_user(1, r#"{"userName":"Übung"}"#).await.unwrap();
    assert_eq!(conflict(t.add_user(2, r#"{"userName":"ÜBUNG "}"#).await), "userName");
    assert!(t.get_user(2).await.is_none());
    // renaming frees the old name and takes the new one
    t.put_user(1, r#"{"userName":"other"}"#, 10).await.unwrap();
    t.add_user(2, r#"{"userName":"übung"}"#).await.unwrap();
    assert_eq!(conflict(t.put_user(2, r#"{"userName":"OTHER"}"#, 11).await), "userName");
    assert_eq!(t.get_user(2).await.unwrap().version, Version::FIRST);
    // its own name in another case is not a conflict
    t.put_user(1, r#"{"userName":"Other"}"#, 12).await.unwrap();
    t.store.delete(Delete::new(&t.user, &id(1), None, &at(13))).await.unwrap();
    t.add_user(3, r#"{"userName":"other"}"#).await.unwrap();
    // names of inactive users are taken too
    t.put_user(3, r#"{"userName":"other","active":false}"#, 14).await.unwrap();
    assert_eq!(conflict(t.add_user(4, r#"{"userName":"other"}"#).await), "userName");
}

#[tokio::test]
async fn switchable_keys_conflict_when_the_request_names_them() {
    let t = open().await;
    for (n, unique, ok) in
        [(1, false, true), (2, false, true), (3, true, true), (4, true, false), (5, false, true)]
    {
        let mut new = resource(&t.group, n, r#"{"displayName":"Sales"}"#);
        if unique {
            let path = AttrPath::parse("displayName").unwrap();
            new.unique = unique_keys(&t.group, &new.body, &[AttrRef::resolve(&path, &t.group).unwrap()]);
        }
        let made = t.store.create(Create::new(&t.group, new, &at(n.into()))).await;
        if ok {
            made.unwrap();
        } else {
            assert_eq!(conflict(made), "displayName");
        }
    }
    assert_eq!(conflict(t.add_group(1, "again", &[]).await), "id");
}

#[tokio::test]
async fn a_change_that_changes_nothing_keeps_the_version() {
    let t = open().await;
    t.add_user(1, r#"{"userName":"a","title":"x"}"#).await.unwrap();
    let same = t.put_user(1, r#"{"title":"x","userName":"a"}"#, 50).await.unwrap();
    assert!(!same.changed);
    assert_eq!((same.resource.version, same.resource.modified), (Version::FIRST, at(1).at));
    // a body given as changed that is the same
    let mut change = Change::default();
    change.body = Some(object(r#"{"userName":"a","title":"x"}"#));
    let same = t.store.update(Update::new(&t.user, &id(1), change, Include::BODY, &at(60))).await.unwrap();
    assert!(!same.changed && same.resource.version == Version::FIRST);
    let other = t.put_user(1, r#"{"userName":"a","title":"y"}"#, 70).await.unwrap();
    assert!(other.changed);
    assert_eq!((other.resource.version, other.resource.modified), (Version(2), at(70).at));
    assert_eq!(other.resource.created, at(1).at);
    assert_eq!(body(&t.get_user(1).await.unwrap()).str("title"), Some("y"));
}

#[tokio::test]
async fn time_never_goes_backward() {
    let t = open().await;
    t.add_user(100, r#"{"userName":"a"}"#).await.unwrap();
    let earlier = t.put_user(100, r#"{"userName":"b"}"#, 5).await.unwrap();
    assert_eq!(earlier.resource.modified.as_millis(), at(100).at.as_millis() + 1);
}

#[tokio::test]
async fn another_version_is_refused() {
    let t = open().await;
    t.add_user(1, r#"{"userName":"a"}"#).await.unwrap();
    let mut change = Change::default();
    change.body = Some(object(r#"{"userName":"b"}"#));
    change.expect = Some(Version(7));
    let refused = t.store.update(Update::new(&t.user, &id(1), change.clone(), Include::ALL, &at(9))).await;
    assert!(matches!(refused, Err(StoreError::VersionMismatch)), "{refused:?}");
    let refused = t.store.delete(Delete::new(&t.user, &id(1), Some(Version(2)), &at(9))).await;
    assert!(matches!(refused, Err(StoreError::VersionMismatch)), "{refused:?}");
    let absent = t.store.update(Update::new(&t.user, &id(2), change, Include::ALL, &at(9))).await;
    assert!(matches!(absent, Err(StoreError::NotFound)), "{absent:?}");
    t.store.delete(Delete::new(&t.user, &id(1), Some(Version(1)), &at(9))).await.unwrap();
    let absent = t.store.delete(Delete::new(&t.user, &id(1), None, &at(9))).await;
    assert!(matches!(absent, Err(StoreError::NotFound)), "{absent:?}");
}

#[tokio::test]
async fn members_come_and_go_one_by_one() {
    let t = open().await;
    for n in 1..=5 {
        t.add_user(n, &format!(r#"{{"userName":"u{n}","displayName":"User {n}"}}"#)).await.unwrap();
    }
    let made = t.add_group(10, "g", &[1, 2]).await.unwrap();
    assert_eq!(members(&made.resource), [1, 2]);
    let link = &made.resource.members[0];
    assert_eq!((&*link.resource_type, link.display.as_deref()), ("User", Some("User 1")));

    let added = t.change_members(10, add(&[2, 3])).await.unwrap();
    assert!(added.changed);
    assert_eq!((members(&added.resource), added.resource.version), (vec![1, 2, 3], Version(2)));
    let again = t.change_members(10, add(&[2, 3])).await.unwrap();
    assert!(!again.changed && again.resource.version == Version(2));
    let removed = t.change_members(10, remove(&[1, 5])).await.unwrap();
    assert_eq!((members(&removed.resource), removed.resource.version), (vec![2, 3], Version(3)));
    assert!(!t.change_members(10, remove(&[1, 99])).await.unwrap().changed);
    let replaced = t.change_members(10, MemberChange { clear: true, ..add(&[3, 4]) }).await.unwrap();
    assert_eq!((members(&replaced.resource), replaced.resource.version), (vec![3, 4], Version(4)));
    assert!(!t.change_members(10, MemberChange { clear: true, ..add(&[4, 3]) }).await.unwrap().changed);
    // seen from the other side
    let groups = t.get_user(3).await.unwrap().groups;
    assert_eq!(
        groups.iter().map(|l| (l.id.clone(), &*l.resource_type, l.display.as_deref())).collect::<Vec<_>>(),
        [(id(10), "Group", Some("g"))]
    );
    assert!(t.get_user(1).await.unwrap().groups.is_empty());
    assert!(t.change_members(10, MemberChange { clear: true, ..add(&[]) }).await.unwrap().changed);
    assert!(t.get_group(10).await.unwrap().members.is_empty());
}

#[tokio::test]
async fn many_members_go_through_in_chunks() {
    let t = open().await;
    let all: Vec<u32> = (1..=1_203).collect();
    for n in &all {
        t.add_user(*n, &format!(r#"{{"userName":"u{n}","displayName":"u{n}"}}"#)).await.unwrap();
    }
    let made = t.add_group(5_000, "big", &all).await.unwrap();
    assert_eq!(members(&made.resource), all);
    // more than are read inline
    assert_eq!(members(&t.get_group(5_000).await.unwrap()), all);
    let half: Vec<u32> = (1..=700).collect();
    let left = t.change_members(5_000, remove(&half)).await.unwrap();
    assert_eq!(members(&left.resource), (701..=1_203).collect::<Vec<_>>());
    let kept = t.change_members(5_000, MemberChange { clear: true, ..add(&all[..701]) }).await.unwrap();
    assert_eq!(members(&kept.resource), (1..=701).collect::<Vec<_>>());
    assert_eq!(kept.resource.members[0].display.as_deref(), Some("u1"));
}

#[tokio::test]
async fn members_that_do_not_exist_are_refused_or_skipped() {
    let t = open().await;
    t.add_user(1, r#"{"userName":"a"}"#).await.unwrap();
    let refused = t.add_group(10, "g", &[1, 77]).await;
    assert!(matches!(&refused, Err(StoreError::UnknownMembers(ids)) if *ids == [id(77)]), "{refused:?}");
    assert!(t.get_group(10).await.is_none());
    t.add_group(10, "g", &[]).await.unwrap();
    let refused = t.change_members(10, add(&[1, 77])).await;
    assert!(matches!(&refused, Err(StoreError::UnknownMembers(ids)) if *ids == [id(77)]), "{refused:?}");
    assert!(t.get_group(10).await.unwrap().members.is_empty());
    let skip = MemberChange { missing: MissingMembers::Skip, ..add(&[1, 77]) };
    let some = t.change_members(10, skip.clone()).await.unwrap();
    assert_eq!((members(&some.resource), some.skipped, some.changed), (vec![1], vec![id(77)], true));
    let none = t.change_members(10, skip).await.unwrap();
    assert_eq!((none.skipped, none.changed, none.resource.version), (vec![id(77)], false, Version(2)));
}

#[tokio::test]
async fn a_delete_takes_everything_along() {
    let t = open().await;
    t.add_user(1, BABS).await.unwrap();
    t.add_user(2, r#"{"userName":"b"}"#).await.unwrap();
    t.add_group(10, "g", &[1, 2]).await.unwrap();
    t.add_group(11, "outer", &[10]).await.unwrap();
    t.store.delete(Delete::new(&t.user, &id(1), None, &at(500))).await.unwrap();
    let group = t.get_group(10).await.unwrap();
    assert_eq!((members(&group), group.version, group.modified), (vec![2], Version(2), at(500).at));
    t.store.delete(Delete::new(&t.group, &id(10), None, &at(501))).await.unwrap();
    assert!(t.get_user(2).await.unwrap().groups.is_empty());
    assert_eq!(t.get_user(2).await.unwrap().version, Version::FIRST);
    assert!(t.get_group(11).await.unwrap().members.is_empty());
    t.store.delete(Delete::new(&t.user, &id(2), None, &at(502))).await.unwrap();
    t.store.delete(Delete::new(&t.group, &id(11), None, &at(503))).await.unwrap();
    for table in ["resource", "document", "member", "element", "unique_key"] {
        let left: i64 =
            database::read(&t.db, move |conn| rows(conn, &format!("select count(*) as n from scim_{table}")))
                .await;
        assert_eq!(left, 0, "{table}");
    }
    assert_eq!(t.find(&t.user, "").await, (0, vec![]));
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

fn rows(conn: &mut Conn, sql: &str) -> Result<i64, HookError> {
    use diesel::RunQueryDsl;
    Ok(diesel::sql_query(sql).get_result::<Count>(conn)?.n)
}

#[tokio::test]
async fn tenants_see_nothing_of_each_other() {
    let t = open().await;
    t.add_user(1, BABS).await.unwrap();
    t.add_group(10, "g", &[1]).await.unwrap();
    let other = t.directory.tenant(TenantId(2));
    assert!(
        other.get(Get::new(&crate::store::service(), &t.user, &id(1), Include::ALL)).await.unwrap().is_none()
    );
    for filter in ["", "userName eq \"babs\"", "emails.value eq \"babs@example.com\"", "userName pr"] {
        let page =
            other.find(Find::new(&crate::store::service(), &t.user, &query(&t.user, filter))).await.unwrap();
        assert_eq!((page.total, page.resources.len()), (0, 0), "{filter}");
    }
    let none = other.update(Update::new(&t.user, &id(1), Change::default(), Include::ALL, &at(2))).await;
    assert!(matches!(none, Err(StoreError::NotFound)), "{none:?}");
    let none = other.delete(Delete::new(&t.user, &id(1), None, &at(2))).await;
    assert!(matches!(none, Err(StoreError::NotFound)), "{none:?}");
    // the same name and id are free there, and their users cannot be our members
    other.create(Create::new(&t.user, resource(&t.user, 1, BABS), &at(3))).await.unwrap();
    other
        .create(Create::new(&t.user, resource(&t.user, 2, r#"{"userName":"theirs"}"#), &at(4)))
        .await
        .unwrap();
    let refused = t.change_members(10, add(&[2])).await;
    assert!(matches!(refused, Err(StoreError::UnknownMembers(_))), "{refused:?}");
    other.delete(Delete::new(&t.user, &id(1), None, &at(5))).await.unwrap();
    assert_eq!(members(&t.get_group(10).await.unwrap()), [1]);
    assert_eq!(t.find(&t.user, "").await.0, 1);
}

#[tokio::test]
async fn a_tenant_goes_as_a_whole_and_alone() {
    let t = open().await;
    let other = t.directory.tenant(TenantId(2));
    t.add_user(1, BABS).await.unwrap();
    t.add_group(10, "g", &[1]).await.unwrap();
    other.create(Create::new(&t.user, resource(&t.user, 1, BABS), &at(3))).await.unwrap();
    t.db.write(|conn| directory::purge(conn, TenantId(1)).map_err(HookError::from)).await.unwrap();
    assert_eq!(t.find(&t.user, "").await.0, 0);
    assert!(t.get_group(10).await.is_none());
    assert!(
        other.get(Get::new(&crate::store::service(), &t.user, &id(1), Include::ALL)).await.unwrap().is_some()
    );
    for (table, left) in [("resource", 1), ("document", 1), ("member", 0), ("element", 1), ("unique_key", 0)]
    {
        let found =
            database::read(&t.db, move |conn| rows(conn, &format!("select count(*) as n from scim_{table}")))
                .await;
        assert_eq!(found, left, "{table}");
    }
}

#[tokio::test]
async fn a_database_that_is_opened_again_holds_everything() {
    let t = open().await;
    t.add_user(1, BABS).await.unwrap();
    t.add_group(10, "g", &[1]).await.unwrap();
    let before = format!("{:?}{:?}", t.get_user(1).await, t.get_group(10).await);
    let Fixture { db, directory, store, place, .. } = t;
    drop((db, directory, store));
    let directory = database::open(&place, super::service(), ());
    assert!(directory.migrate().await.unwrap().is_empty());
    let t = super::fixture(place, directory).await;
    assert_eq!(format!("{:?}{:?}", t.get_user(1).await, t.get_group(10).await), before);
    assert_eq!(conflict(t.add_user(2, r#"{"userName":"BABS"}"#).await), "userName");
    assert_eq!(t.find(&t.user, "emails[type eq \"work\" and value co \"BABS\"]").await.0, 1);
}
