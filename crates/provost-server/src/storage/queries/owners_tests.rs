//! Who is told that somebody became an owner or stopped being one.

use super::hook_tests::{Scene, TENANT, join, patch, scene, user};
use super::outbox_tests::at;
use crate::access::AccountId;
use crate::audit::By;
use crate::jobs::{JobState, OutboxStore};
use crate::people::{MembershipId, PeopleStore, Role};
use provost::Id;
use serde_json::json;

/// The mails since the last call: whose account, whether it is now an owner's, and the recipients.
async fn told(s: &Scene) -> Vec<String> {
    let jobs = s.db.outbox(TENANT, JobState::ALL.to_vec(), 1_000).await.expect("listed");
    let mut told = Vec::new();
    for job in jobs.iter().filter(|job| job.kind == "owner-changed") {
        let [_, account, _, is_owner, to] = job.name.0.split('/').collect::<Vec<_>>()[..] else { panic!("{job:?}") };
        let word = if is_owner == "true" { "made" } else { "taken" };
        told.push(format!("{account} {word}, to {to}"));
        s.db.drop_mail(By::somebody(at(0)), TENANT, job.name.clone()).await.expect("dropped");
    }
    told.sort();
    told
}

async fn id_of(s: &Scene, name: &str) -> MembershipId {
    s.db.member(TENANT, name.to_owned()).await.expect(name).member.id.expect("an id")
}

async fn give(s: &Scene, name: &str, role: Role, ms: i64) {
    s.db.give_role(By::somebody(at(ms)), TENANT, name.to_owned(), role).await.expect("given");
}

async fn invite(s: &Scene, email: &str, role: Role) -> MembershipId {
    let email = email.parse().expect("an address");
    s.db.invite(By::somebody(at(1)), TENANT, email, None, role).await.expect("invited")
}

#[tokio::test]
async fn all_owners_and_the_person_are_told_once() {
    let s = scene().await;
    let eve = invite(&s, "eve@example.com", Role::Owner).await;
    assert!(told(&s).await.is_empty(), "who is invited is no owner yet");
    join(&s, eve, AccountId(1)).await;
    assert_eq!(told(&s).await, ["1 made, to 1"]);
    let (_, ann) = s.ask("POST", "/Users", &user("ann")).await;
    join(&s, id_of(&s, "ann").await, AccountId(2)).await;
    give(&s, "ann", Role::Manager, 1).await;
    let guest = invite(&s, "guest@example.com", Role::Owner).await;
    assert!(told(&s).await.is_empty());
    give(&s, "ann", Role::Owner, 2).await;
    assert_eq!(told(&s).await, ["2 made, to 1", "2 made, to 2"]);
    give(&s, "ann", Role::Owner, 3).await;
    assert!(told(&s).await.is_empty(), "she was one");
    give(&s, "ann", Role::Member, 4).await;
    assert_eq!(told(&s).await, ["2 taken, to 1", "2 taken, to 2"]);
    give(&s, "ann", Role::Owner, 5).await;
    told(&s).await;
    s.ask("PATCH", &format!("/Users/{ann}"), &patch("replace", "active", &json!(false))).await;
    assert_eq!(told(&s).await, ["2 taken, to 1", "2 taken, to 2"], "un-assigned");
    s.db.remove_member(By::somebody(at(6)), TENANT, guest.to_string()).await.expect("removed");
    assert!(told(&s).await.is_empty(), "an invitation was withdrawn");
    let bob = invite(&s, "bob@example.com", Role::Member).await;
    join(&s, bob, AccountId(3)).await;
    give(&s, "bob@example.com", Role::Owner, 7).await;
    told(&s).await;
    s.db.remove_member(By::somebody(at(8)), TENANT, bob.to_string()).await.expect("removed");
    assert_eq!(told(&s).await, ["3 taken, to 1", "3 taken, to 3"]);
}

#[tokio::test]
async fn who_is_merged_and_stays_an_owner_is_not_news() {
    let s = scene().await;
    for (email, account) in [("eve@example.com", 1), ("bob@example.com", 2)] {
        let id = invite(&s, email, Role::Owner).await;
        join(&s, id, AccountId(account)).await;
    }
    let kept = id_of(&s, "bob@example.com").await;
    told(&s).await;
    let mut twin = user("twin");
    twin["emails"] = json!([{ "value": "bob@example.com" }]);
    let (_, twin) = s.ask("POST", "/Users", &twin).await;
    s.db.merge(By::somebody(at(3)), TENANT, kept.to_string(), Id::from(twin), true).await.expect("merged");
    assert!(told(&s).await.is_empty());
}
