//! What a hook is told, and that it shares the directory's transaction.

use super::{Fixture, add, at, id, open_with, remove, resource};
use crate::database::{self, Conn, directory};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use provost_core::change::{MemberChange, MissingMembers, NewResource};
use provost_core::query::Include;
use provost_core::value::parse_object;
use provost_core::{Change, Id};
use provost_diesel::{Decision, Event, Hook, HookError, Intent, TenantId, WriteContext, changed};
use provost_provider::{Create, Delete, Store, StoreError, Update};
use std::sync::Mutex;

diesel::table! {
    membership (seq) { seq -> BigInt, user_name -> Text, email -> Nullable<Text>, teams -> Text, }
}

/// Records every event, keeps memberships, and misbehaves for certain names.
#[derive(Default)]
struct Scribe {
    told: Mutex<Vec<String>>,
}

impl Scribe {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

fn short(id: &Id) -> String {
    id.as_str().get(..8).unwrap().trim_start_matches('0').to_owned()
}

fn list(members: &[provost_diesel::Member]) -> String {
    members.iter().map(|m| format!("{} {}", m.resource_type, short(&m.id))).collect::<Vec<_>>().join(", ")
}

impl Hook<Conn> for Scribe {
    fn guard(&self, _: &mut Conn, cx: &WriteContext, intent: Intent<'_>) -> Result<Decision, HookError> {
        assert_eq!(cx.tenant, TenantId(1));
        assert_eq!(&*cx.context.credential.id, "tester");
        let refused = match intent {
            Intent::Create { new, .. } => new.body.str("title") == Some("guarded"),
            Intent::Update { change, .. } => {
                change.body.as_ref().is_some_and(|b| b.str("title") == Some("guarded"))
            }
            Intent::Delete { row } => short(row.id) == "f",
            _ => false,
        };
        Ok(if refused { Decision::Refuse("the guard says no".to_owned()) } else { Decision::Allow })
    }

    fn on(&self, conn: &mut Conn, cx: &WriteContext, event: Event<'_>) -> Result<(), HookError> {
        let said = match event {
            Event::Created { row, body } => {
                format!("created {} {} {}", row.resource_type, short(row.id), body.len())
            }
            Event::Updated { row, attributes, .. } => {
                let rename = changed(attributes, "userName").map(|a| format!(" to {:?}", a.new));
                format!("updated {}{}", short(row.id), rename.unwrap_or_default())
            }
            Event::Activated { row, body, is_new } => {
                let user = directory::UserRow::new(row.seq, row.id.clone(), body.clone());
                let groups = directory::groups_of(conn, cx.tenant, row.seq)?;
                let teams: Vec<String> = groups.into_iter().map(|g| g.display_name).collect();
                diesel::insert_into(membership::table)
                    .values((
                        membership::seq.eq(user.seq),
                        membership::user_name.eq(user.user_name()),
                        membership::email.eq(user.email()),
                        membership::teams.eq(teams.join(",")),
                    ))
                    .execute(conn)?;
                format!("{} {}", if is_new { "born" } else { "activated" }, short(row.id))
            }
            Event::Deactivated { row, .. } => {
                diesel::delete(membership::table.find(row.seq)).execute(conn)?;
                format!("deactivated {}", short(row.id))
            }
            Event::MembersAdded { group, members } => format!("{} + {}", short(group.id), list(members)),
            Event::MembersRemoved { group, members } => format!("{} - {}", short(group.id), list(members)),
            Event::Secrets { row, secrets } => format!("secrets {} {secrets:?}", short(row.id)),
            Event::Deleted { row, body } => {
                diesel::delete(membership::table.find(row.seq)).execute(conn)?;
                format!("deleted {} {}", short(row.id), body.is_some())
            }
            Event::Written(w) => {
                let names: Vec<String> = w.attributes.iter().map(|a| a.attribute.to_string()).collect();
                let said = format!(
                    "written {} {} {} {} [{}] +{} -{} skipped {}",
                    w.operation.as_str(),
                    short(w.row.id),
                    w.version,
                    w.changed,
                    names.join(" "),
                    w.added.len(),
                    w.removed.len(),
                    w.skipped.len()
                );
                match short(w.row.id).as_str() {
                    "bad0" => return Err(HookError::Refused("no room left".to_owned())),
                    "bad1" => {
                        diesel::sql_query("insert into no_such_table values (1)").execute(conn)?;
                    }
                    "bad2" => panic!("planted"),
                    "bad3" => {
                        return conn
                            .transaction(|conn| conn.transaction(|_| panic!("planted, two levels down")));
                    }
                    _ => {}
                }
                said
            }
            other => format!("{other:?}"),
        };
        self.told.lock().unwrap().push(said);
        Ok(())
    }
}

async fn open() -> Fixture<Scribe> {
    let t = open_with(Scribe::default()).await;
    t.db.write(|conn| {
        conn.batch_execute(
            "create table membership (seq bigint primary key, user_name text, email text, teams text)",
        )
        .map_err(HookError::from)
    })
    .await
    .unwrap();
    t
}

async fn memberships(t: &Fixture<Scribe>) -> Vec<(String, Option<String>, String)> {
    let all = membership::table
        .select((membership::user_name, membership::email, membership::teams))
        .order(membership::seq);
    database::read(&t.db, move |conn| Ok(all.load(conn)?)).await
}

#[tokio::test]
async fn facts_are_told_in_order_and_only_when_true() {
    let t = open().await;
    t.add_user(
        1,
        r#"{"active":true,"userName":"a","emails":[{"value":"x@x"},{"value":"y@x","primary":true}]}"#,
    )
    .await
    .unwrap();
    assert_eq!(
        t.directory.hook().take(),
        ["created User 1 3", "born 1", "written create 1 W/\"1\" true [] +0 -0 skipped 0"]
    );
    t.add_user(2, r#"{"userName":"b","active":false}"#).await.unwrap();
    assert_eq!(
        t.directory.hook().take(),
        ["created User 2 2", "written create 2 W/\"1\" true [] +0 -0 skipped 0"]
    );
    // ids are written in hexadecimal
    t.add_group(16, "g", &[1, 2]).await.unwrap();
    assert_eq!(
        t.directory.hook().take(),
        ["created Group 10 1", "10 + User 1, User 2", "written create 10 W/\"1\" true [] +2 -0 skipped 0"]
    );
    // a member who is already there is not reported again, and one who is not there does not leave
    t.change_members(16, add(&[1])).await.unwrap();
    assert_eq!(t.directory.hook().take(), ["written update 10 W/\"1\" false [] +0 -0 skipped 0"]);
    let mixed = MemberChange { remove: vec![id(1), id(99)], missing: MissingMembers::Skip, ..add(&[2, 98]) };
    t.change_members(16, mixed).await.unwrap();
    assert_eq!(
        t.directory.hook().take(),
        ["10 - User 1", "written update 10 W/\"2\" true [] +0 -1 skipped 1"]
    );
    // a rename, and a switch of `active` back and forth
    t.put_user(2, r#"{"userName":"B2","active":true}"#, 20).await.unwrap();
    assert_eq!(
        t.directory.hook().take(),
        [
            "updated 2 to Some(String(\"B2\"))",
            "activated 2",
            "written update 2 W/\"2\" true [userName active] +0 -0 skipped 0"
        ]
    );
    t.put_user(2, r#"{"userName":"B2","active":false}"#, 21).await.unwrap();
    assert_eq!(
        t.directory.hook().take(),
        ["updated 2", "deactivated 2", "written update 2 W/\"3\" true [active] +0 -0 skipped 0"]
    );
    // no value means not active: no event for an inactive user, but a deactivation for an active one
    t.put_user(2, r#"{"userName":"B2"}"#, 22).await.unwrap();
    assert_eq!(t.directory.hook().take().len(), 2);
    t.put_user(2, r#"{"userName":"B2","active":true}"#, 23).await.unwrap();
    assert_eq!(t.directory.hook().take()[1], "activated 2");
    t.put_user(2, r#"{"userName":"B2"}"#, 24).await.unwrap();
    assert_eq!(t.directory.hook().take()[1], "deactivated 2");
    // removed from its groups first, then deleted
    t.store.delete(Delete::new(&t.user, &id(2), None, &at(30))).await.unwrap();
    assert_eq!(
        t.directory.hook().take(),
        ["10 - User 2", "deleted 2 true", "written delete 2 W/\"6\" true [] +0 -0 skipped 0"]
    );
    t.store.delete(Delete::new(&t.group, &id(16), None, &at(31))).await.unwrap();
    assert_eq!(
        t.directory.hook().take(),
        ["deleted 10 true", "written delete 10 W/\"3\" true [] +0 -0 skipped 0"]
    );
}

#[tokio::test]
async fn secrets_are_handed_on_and_kept_out_of_sight() {
    let t = open().await;
    let mut new = resource(&t.user, 1, r#"{"active":true,"userName":"a"}"#);
    new.secrets = parse_object(r#"{"password":"hunter2"}"#).unwrap();
    t.store.create(Create::new(&t.user, new, &at(1))).await.unwrap();
    assert_eq!(t.directory.hook().take()[2], r#"secrets 1 {"password"}"#);
    let mut change = Change::default();
    change.secrets = parse_object(r#"{"password":"hunter3"}"#).unwrap();
    let updated = t.store.update(Update::new(&t.user, &id(1), change, Include::ALL, &at(2))).await.unwrap();
    assert!(!updated.changed);
    assert_eq!(t.directory.hook().take()[0], r#"secrets 1 {"password"}"#);
    drop(t.store);
    let file = t.place.bytes();
    assert!(!file.windows(7).any(|w| w == b"hunter2" || w == b"hunter3"));
}

#[tokio::test]
async fn memberships_follow_activation_with_names_and_teams() {
    let t = open().await;
    t.add_user(
        1,
        r#"{"active":true,"userName":"a","emails":[{"value":"x@x"},{"value":"y@x","primary":true}]}"#,
    )
    .await
    .unwrap();
    t.add_user(2, r#"{"userName":"b","displayName":"Bea","active":false,"emails":[{"value":"b@x"}]}"#)
        .await
        .unwrap();
    t.add_group(16, "sales", &[1, 2]).await.unwrap();
    t.add_group(17, "ops", &[2, 16]).await.unwrap();
    assert_eq!(memberships(&t).await, [("a".to_owned(), Some("y@x".to_owned()), String::new())]);
    t.put_user(2, r#"{"active":true,"userName":"b","displayName":"Bea","emails":[{"value":"b@x"}]}"#, 50)
        .await
        .unwrap();
    assert_eq!(memberships(&t).await[1], ("b".to_owned(), Some("b@x".to_owned()), "sales,ops".to_owned()));
    // what a hook looks up
    database::read(&t.db, |conn| {
        let tenant = TenantId(1);
        let user = directory::user_by_id(conn, tenant, id(2).as_str())?.unwrap();
        assert_eq!((user.body.str("displayName"), user.is_active()), (Some("Bea"), true));
        assert_eq!(directory::user_by_id(conn, TenantId(2), id(2).as_str())?, None);
        let groups = directory::groups_of(conn, tenant, user.seq)?;
        assert_eq!(groups.iter().map(|g| &*g.display_name).collect::<Vec<_>>(), ["sales", "ops"]);
        let names = |users: Vec<directory::UserRow>| {
            users.into_iter().map(|u| u.user_name().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(directory::active_users_of(conn, tenant, groups[0].seq)?), ["a", "b"]);
        assert_eq!(names(directory::active_users_of(conn, tenant, groups[1].seq)?), ["b"]);
        assert_eq!(names(directory::active_users(conn, tenant, 0, 10)?), ["a", "b"]);
        assert_eq!(names(directory::active_users(conn, tenant, 0, 1)?), ["a"]);
        assert!(directory::active_users_of(conn, TenantId(2), groups[0].seq)?.is_empty());
        assert_eq!(directory::all_groups(conn, tenant, 0, 10)?, groups);
        assert_eq!(directory::all_groups(conn, tenant, groups[0].seq, 10)?, groups[1..]);
        assert_eq!(directory::all_groups(conn, tenant, 0, 1)?, groups[..1]);
        assert!(directory::all_groups(conn, TenantId(2), 0, 10)?.is_empty());
        assert!(directory::members_of(conn, TenantId(2), groups[0].seq)?.is_empty());
        assert!(directory::members_of(conn, tenant, groups[0].seq)?.contains(&user.seq));
        assert_eq!(directory::tenants(conn)?, [tenant]);
        assert_eq!(
            (directory::count(conn, tenant, "Group")?, directory::count(conn, TenantId(2), "Group")?),
            (2, 0)
        );
        Ok(())
    })
    .await;
    t.put_user(1, r#"{"userName":"a","active":false}"#, 51).await.unwrap();
    database::read(&t.db, |conn| {
        let tenant = TenantId(1);
        let groups = directory::all_groups(conn, tenant, 0, 10)?;
        let seqs: Vec<i64> = groups.iter().map(|g| g.seq).collect();
        assert_eq!(directory::inactive_members(conn, tenant, &seqs)?, [(seqs[0], 1)]);
        assert_eq!(directory::inactive_members(conn, tenant, &seqs[1..])?, []);
        assert_eq!(directory::inactive_members(conn, TenantId(2), &seqs)?, []);
        let inactive = directory::inactive_users_of(conn, tenant, seqs[0], 10)?;
        assert_eq!(inactive.iter().map(directory::UserRow::user_name).collect::<Vec<_>>(), ["a"]);
        assert!(directory::inactive_users_of(conn, tenant, seqs[0], 0)?.is_empty());
        assert!(directory::inactive_users_of(conn, TenantId(2), seqs[0], 10)?.is_empty());
        Ok(())
    })
    .await;
    t.store.delete(Delete::new(&t.user, &id(2), None, &at(52))).await.unwrap();
    assert!(memberships(&t).await.is_empty());
}

#[tokio::test]
async fn a_guard_refuses_before_anything_is_written() {
    let t = open().await;
    t.add_user(1, r#"{"active":true,"userName":"a"}"#).await.unwrap();
    t.add_user(15, r#"{"active":true,"userName":"f"}"#).await.unwrap();
    t.directory.hook().take();
    let new: NewResource = resource(&t.user, 2, r#"{"active":true,"userName":"b","title":"guarded"}"#);
    let refusals = [
        t.store.create(Create::new(&t.user, new, &at(1))).await.map(drop),
        t.put_user(1, r#"{"active":true,"userName":"a","title":"guarded"}"#, 9).await.map(drop),
        t.store.delete(Delete::new(&t.user, &id(15), None, &at(9))).await,
    ];
    for refused in refusals {
        assert!(
            matches!(&refused, Err(StoreError::Refused(why)) if why == "the guard says no"),
            "{refused:?}"
        );
    }
    assert!(t.directory.hook().take().is_empty());
    assert_eq!(t.find(&t.user, "").await.0, 2);
}

#[tokio::test]
async fn a_hook_that_fails_or_panics_undoes_its_request_and_no_other() {
    let t = open().await;
    for (n, name) in [(0xbad0, "refuses"), (0xbad1, "fails"), (0xbad2, "panics"), (0xbad3, "panics deep")] {
        let outcome = t.add_user(n, &format!(r#"{{"userName":"{name}"}}"#)).await;
        match n {
            0xbad0 => {
                assert!(matches!(&outcome, Err(StoreError::Refused(w)) if w == "no room left"), "{outcome:?}")
            }
            _ => assert!(matches!(outcome, Err(StoreError::Backend(_))), "{outcome:?}"),
        }
        assert!(t.get_user(n).await.is_none());
        assert_eq!(memberships(&t).await, [], "{name}");
        // the name is free, and the next write works
        t.add_user(1, &format!(r#"{{"userName":"{name}"}}"#)).await.unwrap();
        t.store.delete(Delete::new(&t.user, &id(1), None, &at(5))).await.unwrap();
    }
    database::survived(&t.db, 2);
    t.add_user(1, r#"{"active":true,"userName":"a"}"#).await.unwrap();
    t.add_group(0xbad0, "g", &[]).await.unwrap_err();
    t.add_group(16, "g", &[1]).await.unwrap();
    t.change_members(16, remove(&[1])).await.unwrap();
    assert_eq!(t.find(&t.user, "").await.0, 1);
}
