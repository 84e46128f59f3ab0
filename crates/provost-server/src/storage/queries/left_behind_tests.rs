//! Members by hand whose address was un-assigned: who is told, how often, and when that ends.

use super::hook_tests::{Scene, TENANT, join, patch, scene, user};
use super::outbox_tests::{at, mode, next, send};
use crate::access::AccountId;
use crate::audit::{AuditStore, By, Filter};
use crate::jobs::{Content, JobState, OutboxStore};
use crate::people::{LeftBehindStore, MembershipId, Mode, PeopleStore, Role};
use crate::storage::StorageError;
use serde_json::{Value, json};

/// A member by hand who has joined.
async fn by_hand(s: &Scene, email: &str, role: Role, account: i64) -> MembershipId {
    let address = email.parse().expect("an address");
    let id = s.db.invite(By::somebody(at(0)), TENANT, address, None, role).await.expect("invited");
    join(s, id, AccountId(account)).await;
    id
}

/// An organisation with two joined owners and one who has not joined, with no other mail in the outbox.
async fn owned() -> Scene {
    let s = scene().await;
    mode(&s.db, Mode::Off).await;
    by_hand(&s, "ines@example.com", Role::Owner, 1).await;
    by_hand(&s, "theo@example.com", Role::Owner, 2).await;
    let eve = "eve@example.com".parse().expect("an address");
    s.db.invite(By::somebody(at(0)), TENANT, eve, None, Role::Owner).await.expect("invited");
    send(&s.db, at(0)).await;
    s
}

/// A SCIM user with an address.
async fn assigned(s: &Scene, name: &str, email: &str) -> String {
    let mut body = user(name);
    body["emails"] = json!([{ "type": "work", "value": email }]);
    let (status, id) = s.ask("POST", "/Users", &body).await;
    assert_eq!(status, 201);
    format!("/Users/{id}")
}

async fn active(s: &Scene, path: &str, is_active: bool) {
    let (status, _) = s.ask("PATCH", path, &patch("replace", "active", &json!(is_active))).await;
    assert_eq!(status, 200);
}

async fn left(s: &Scene) -> Vec<String> {
    let left = s.db.scan_at_once(|conn| super::left_behind::first(conn, TENANT, 10)).await.expect("listed");
    left.first.into_iter().map(|one| one.name).collect()
}

async fn keep(s: &Scene, name: &str) -> Result<(), StorageError> {
    s.db.keep_member(By::somebody(at(1)), TENANT, name.to_owned()).await.map(drop)
}

/// The recipients of the mail, sorted.
async fn mailed(s: &Scene) -> Vec<String> {
    let mut to = send(&s.db, at(2)).await;
    to.sort();
    let jobs = s.db.outbox(TENANT, JobState::ALL.to_vec(), 99).await.expect("listed");
    assert_eq!(jobs.iter().filter(|job| job.kind == "left-behind").count(), to.len(), "{jobs:?}");
    // the directory's clock stands still in this test, so the same mail would not be queued twice
    s.break_by_hand("delete from outbox");
    to
}

const OWNERS: [&str; 2] = ["ines@example.com", "theo@example.com"];
const NOBODY: [&str; 0] = [];

/// Seen to fail: with a mail to owners who have not joined, with a note for a deleted user who no longer had access,
/// and with an assignment that does not clear the note.
#[tokio::test]
async fn owners_are_told_once_each_time_until_one_says_keep() {
    let s = owned().await;
    by_hand(&s, "max@example.com", Role::Member, 3).await;
    let max = assigned(&s, "max", "MAX@example.com").await;
    assert_eq!(mailed(&s).await, NOBODY);
    active(&s, &max, false).await;
    assert_eq!((left(&s).await, mailed(&s).await), (vec!["max@example.com".to_owned()], OWNERS.map(str::to_owned).to_vec()));
    // still the same un-assignment
    s.ask("PATCH", &max, &patch("replace", "title", &json!("gone"))).await;
    assert_eq!(mailed(&s).await, NOBODY);
    // assigned and un-assigned again
    active(&s, &max, true).await;
    assert_eq!(left(&s).await, NOBODY);
    active(&s, &max, false).await;
    assert_eq!((left(&s).await.len(), mailed(&s).await.len()), (1, 2));
    // an owner's decision holds, whatever becomes of the record
    keep(&s, "max@example.com").await.expect("kept");
    assert_eq!(left(&s).await, NOBODY);
    assert_eq!(s.ask("DELETE", &max, &Value::Null).await.0, 204);
    assert_eq!((left(&s).await.len(), mailed(&s).await.len()), (0, 0));
    // until the person is assigned again
    let max = assigned(&s, "max", "max@example.com").await;
    assert_eq!(left(&s).await, NOBODY);
    active(&s, &max, false).await;
    assert_eq!((left(&s).await.len(), mailed(&s).await.len()), (1, 2));
}

/// Seen to fail: without looking for a second user with the address, and without looking at a new address.
#[tokio::test]
async fn nobody_is_left_behind_whom_another_user_brings() {
    let s = owned().await;
    by_hand(&s, "max@example.com", Role::Member, 3).await;
    let (one, two) = (assigned(&s, "one", "max@example.com").await, assigned(&s, "two", "max@example.com").await);
    active(&s, &one, false).await;
    assert_eq!((left(&s).await.len(), mailed(&s).await.len()), (0, 0));
    active(&s, &two, false).await;
    assert_eq!((left(&s).await.len(), mailed(&s).await.len()), (1, 2));
    // an active user takes the address
    let three = assigned(&s, "three", "three@example.com").await;
    assert_eq!(left(&s).await.len(), 1);
    let emails = json!([{ "type": "work", "value": "Max@Example.com" }]);
    s.ask("PATCH", &three, &patch("replace", "emails", &emails)).await;
    assert_eq!(left(&s).await, NOBODY);
    // inviting somebody by hand while the user is inactive is a deliberate choice
    let mut off = user("off");
    (off["active"], off["emails"]) = (json!(false), json!([{ "value": "zoe@example.com" }]));
    let (_, off) = s.ask("POST", "/Users", &off).await;
    by_hand(&s, "zoe@example.com", Role::Member, 4).await;
    s.ask("DELETE", &format!("/Users/{off}"), &Value::Null).await;
    assert_eq!((left(&s).await.len(), mailed(&s).await.len()), (0, 0));
}

/// What happened since is checked when the mail is sent.
///
/// Seen to fail: without comparing the note, and without checking the recipient's role.
#[tokio::test]
async fn what_was_settled_before_it_is_sent_is_not_mailed() {
    let s = owned().await;
    let id = by_hand(&s, "max@example.com", Role::Manager, 3).await;
    let max = assigned(&s, "max", "max@example.com").await;
    active(&s, &max, false).await;
    let order = next(&s.db, at(2)).await.expect("due");
    let Content::LeftBehind { id: about, name, role, .. } = &order.content else { panic!("{order:?}") };
    assert_eq!((*about, name.as_str(), *role), (id, "max@example.com", Role::Manager));
    s.db.mail_failed(order, "later".to_owned(), at(2)).await.expect("marked");
    let hour = at(3_600_000);
    for settled in ["keep", "assign", "remove", "demote"] {
        s.break_by_hand("delete from outbox; update membership set unassigned = null");
        active(&s, &max, true).await;
        active(&s, &max, false).await;
        match settled {
            "keep" => keep(&s, "max@example.com").await.expect("kept"),
            "assign" => active(&s, &max, true).await,
            "demote" => {
                let theo = "theo@example.com".to_owned();
                s.db.give_role(By::somebody(at(1)), TENANT, theo, Role::Member).await.map(drop).expect("given")
            }
            _ => s.db.remove_member(By::somebody(at(1)), TENANT, "max@example.com".to_owned()).await.map(drop).expect("removed"),
        }
        let told = send(&s.db, hour).await;
        assert_eq!(told, if settled == "demote" { vec!["ines@example.com"] } else { vec![] }, "{settled}");
        if settled == "remove" {
            by_hand(&s, "max@example.com", Role::Manager, 3).await;
        }
    }
}

/// Seen to fail: with a list that is cut without saying so, and with a decision about somebody nobody un-assigned.
#[tokio::test]
async fn the_first_are_named_and_each_is_decided_once() {
    let s = owned().await;
    for n in 0..4 {
        let email = format!("p{n}@example.com");
        by_hand(&s, &email, Role::Member, 10 + n).await;
        let path = assigned(&s, &format!("p{n}"), &email).await;
        active(&s, &path, false).await;
    }
    let first = s.db.scan_at_once(|conn| super::left_behind::first(conn, TENANT, 3)).await.expect("listed");
    assert_eq!((first.first.len(), first.has_more), (3, true));
    let all = s.db.scan_at_once(|conn| super::left_behind::first(conn, TENANT, 4)).await.expect("listed");
    assert_eq!((all.first.len(), all.has_more), (4, false));
    keep(&s, "p1@example.com").await.expect("kept");
    for name in ["p1@example.com", "ines@example.com"] {
        let refused = keep(&s, name).await.expect_err(name).to_string();
        assert!(refused.contains(&format!("nobody with the address of {name} was un-assigned")), "{refused}");
    }
    let records = s.db.audited(TENANT, Filter::default(), None, 200).await.expect("listed");
    assert_eq!(records.iter().filter(|record| record.operation == "keep").count(), 1);
    assert_eq!(s.db.scan_at_once(|conn| super::left_behind::first(conn, TENANT, 3)).await.expect("listed").first.len(), 3);
}
