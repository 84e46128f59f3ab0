//! Mail in the outbox: what queues it, what removes it, and how often an address is mailed.

use super::Storage;
use super::hook_tests::{Scene, TENANT, group, patch, scene, user};
use crate::access::AccountId;
use crate::audit::By;
use crate::clock::Timestamp;
use crate::jobs::{Content, JobName, JobState, Order, OutboxStore, Step};
use crate::organisations::{OrganisationChange, OrganisationStore};
use crate::organisations::EndingStore;
use crate::people::{InstanceKey, Invitation, InvitationStore, Mode, PeopleStore, Role, State, Unsent};
use serde_json::json;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

pub(super) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(10_000 + ms)
}

pub(super) fn key() -> InstanceKey {
    InstanceKey::new([7; 32])
}

/// Handles outbox rows until there is a mail to send, or nothing is due.
pub(super) async fn next(db: &Storage, now: Timestamp) -> Option<Order> {
    loop {
        let lease = Timestamp::from_millis(now.as_millis() + 3 * MINUTE_MS);
        match db.take_mail(key(), now, lease).await.expect("looked") {
            Step::Nothing => return None,
            Step::Settled => {}
            Step::Send(order) => return Some(*order),
        }
    }
}

/// Sends what is due and returns the addresses.
pub(super) async fn send(db: &Storage, now: Timestamp) -> Vec<String> {
    let mut sent = Vec::new();
    while let Some(order) = next(db, now).await {
        sent.push(order.to.to_string());
        db.mail_taken(By::worker(now), order).await.expect("marked");
    }
    sent
}

pub(super) async fn mode(db: &Storage, mode: Mode) {
    let change = OrganisationChange { invitations: Some(mode), ..OrganisationChange::default() };
    db.update_organisation(By::somebody(at(0)), "acme".parse().expect("a slug"), change).await.expect("changed");
}

pub(super) async fn state(db: &Storage, name: &str) -> (State, Invitation) {
    let details = db.member(TENANT, name.to_owned()).await.expect("a member");
    (details.member.state, details.invitation)
}

async fn names(db: &Storage) -> Vec<(String, JobState)> {
    let jobs = db.outbox(TENANT, JobState::ALL.to_vec(), 100).await.expect("listed");
    jobs.into_iter().map(|job| (job.name.0.split('/').next().expect("a kind").to_owned(), job.state)).collect()
}

pub(super) async fn create(s: &Scene, name: &str) -> String {
    let (status, id) = s.ask("POST", "/Users", &user(name)).await;
    assert_eq!(status, 201);
    format!("/Users/{id}")
}

async fn active(s: &Scene, path: &str, is_active: bool) {
    s.ask("PATCH", path, &patch("replace", "active", &json!(is_active))).await;
}

/// Seen to fail: with a mail for every activation, and with a mail to somebody who joined meanwhile.
#[tokio::test]
async fn a_person_who_is_assigned_gets_one_mail() {
    let s = scene().await;
    let ann = create(&s, "ann@example.com").await;
    assert_eq!(s.ask("POST", "/Users", &user("ann@example.com")).await.0, 409);
    assert_eq!(state(&s.db, "ann@example.com").await.1, Invitation::Waiting(Unsent::Due));
    assert_eq!(send(&s.db, at(0)).await, ["ann@example.com"]);
    let (is, invitation) = state(&s.db, "ann@example.com").await;
    let Invitation::Sent { to, ends } = invitation else { panic!("{invitation:?}") };
    assert_eq!((is, to.as_str(), ends), (State::Invited, "ann@example.com", at(7 * DAY_MS)));
    s.ask("PATCH", &ann, &patch("replace", "userName", &json!("anna@example.com"))).await;
    s.ask("PATCH", &ann, &patch("replace", "displayName", &json!("Anna"))).await;
    assert_eq!(send(&s.db, at(2 * HOUR_MS)).await, [""; 0]);
    // joined, un-assigned, assigned again
    let id = s.db.member(TENANT, "anna@example.com".to_owned()).await.expect("a member").member.id.expect("an id");
    super::hook_tests::join(&s, id, AccountId(5)).await;
    active(&s, &ann, false).await;
    active(&s, &ann, true).await;
    assert_eq!(state(&s.db, "anna@example.com").await.0, State::Joined);
    assert_eq!(send(&s.db, at(DAY_MS)).await, [""; 0]);
}

/// Seen to fail: with unsent mail left behind by a deleted membership.
#[tokio::test]
async fn who_is_un_assigned_before_the_mail_gets_none() {
    let s = scene().await;
    let (ann, bob) = (create(&s, "ann@example.com").await, create(&s, "bob@example.com").await);
    active(&s, &ann, false).await;
    s.ask("DELETE", &bob, &serde_json::Value::Null).await;
    assert_eq!(names(&s.db).await, []);
    assert_eq!(send(&s.db, at(0)).await, [""; 0]);
    // while it is being sent
    active(&s, &ann, true).await;
    let order = next(&s.db, at(0)).await.expect("due");
    active(&s, &ann, false).await;
    s.db.mail_taken(By::worker(at(1)), order).await.expect("nothing to mark");
    assert_eq!(names(&s.db).await, []);
}

/// Seen to fail: without a limit for each address.
#[tokio::test]
async fn an_address_is_mailed_once_an_hour_however_often_it_is_assigned() {
    let s = scene().await;
    let ann = create(&s, "ann@example.com").await;
    assert_eq!(send(&s.db, at(0)).await, ["ann@example.com"]);
    for _ in 0..100 {
        active(&s, &ann, false).await;
        active(&s, &ann, true).await;
    }
    assert_eq!(send(&s.db, at(1)).await, [""; 0]);
    assert_eq!(send(&s.db, at(HOUR_MS - 1)).await, [""; 0]);
    assert_eq!(send(&s.db, at(HOUR_MS + 1)).await, ["ann@example.com"], "the membership is still there");
}

/// Seen to fail: with a new mode that mails people who were already here.
#[tokio::test]
async fn the_mode_says_who_is_mailed_and_invites_nobody_who_is_here() {
    let s = scene().await;
    mode(&s.db, Mode::Off).await;
    create(&s, "ann@example.com").await;
    assert_eq!(names(&s.db).await, []);
    mode(&s.db, Mode::Digest).await;
    create(&s, "bob@example.com").await;
    mode(&s.db, Mode::Team).await;
    let (_, cleo) = s.ask("POST", "/Users", &user("cleo@example.com")).await;
    mode(&s.db, Mode::Assignment).await;
    assert_eq!(names(&s.db).await, [], "whoever waited under the mode before waits for somebody");
    create(&s, "dan@example.com").await;
    assert_eq!(send(&s.db, at(0)).await, ["dan@example.com"]);
    assert_eq!(s.db.uninvited(TENANT).await.expect("counted"), 3);
    // a person asks, which every mode allows
    mode(&s.db, Mode::Off).await;
    assert_eq!(s.db.invite_waiting(By::somebody(at(5)), TENANT).await.expect("invited"), 3);
    assert_eq!(s.db.uninvited(TENANT).await.expect("counted"), 0);
    let mut sent = send(&s.db, at(5)).await;
    sent.sort();
    assert_eq!(sent, ["ann@example.com", "bob@example.com", "cleo@example.com"]);
    drop(cleo);
}

/// Seen to fail: with a sweep that wakes nobody.
#[tokio::test]
async fn in_the_mode_of_teams_the_first_one_sends_the_mail() {
    let s = scene().await;
    mode(&s.db, Mode::Team).await;
    let (_, ann) = s.ask("POST", "/Users", &user("ann@example.com")).await;
    create(&s, "bob@example.com").await;
    s.db.sweep(at(0)).await.expect("swept");
    assert_eq!(send(&s.db, at(0)).await, [""; 0]);
    assert_eq!(state(&s.db, "ann@example.com").await.1, Invitation::Waiting(Unsent::NoTeam));
    let (_, guides) = s.ask("POST", "/Groups", &group("Guides")).await;
    let members = patch("add", "members", &json!([{ "value": ann }]));
    s.ask("PATCH", &format!("/Groups/{guides}"), &members).await;
    s.db.sweep(at(1)).await.expect("swept");
    assert_eq!(send(&s.db, at(1)).await, ["ann@example.com"]);
}

/// Seen to fail: with a queued mail still subject to the mode after somebody asked for it.
#[tokio::test]
async fn what_somebody_asks_for_is_sent_in_every_mode() {
    let s = scene().await;
    mode(&s.db, Mode::Team).await;
    create(&s, "ann@example.com").await;
    assert_eq!(send(&s.db, at(0)).await, [""; 0]);
    let pressed = s.db.resend(By::somebody(at(1)), TENANT, "ann@example.com".to_owned()).await.expect("put in");
    assert!(pressed.was_waiting);
    mode(&s.db, Mode::Off).await;
    assert_eq!(send(&s.db, at(1)).await, ["ann@example.com"]);
}

/// Seen to fail: with only the first 500 invited.
#[tokio::test]
async fn all_who_wait_are_invited_however_many() {
    let s = scene().await;
    mode(&s.db, Mode::Off).await;
    for n in 0..501 {
        create(&s, &format!("p{n}@example.com")).await;
    }
    assert_eq!(s.db.invite_waiting(By::somebody(at(0)), TENANT).await.expect("invited"), 501);
    assert_eq!(s.db.uninvited(TENANT).await.expect("counted"), 0);
}

/// Seen to fail: with the failure of one row returned to every worker that looks.
#[tokio::test]
async fn a_mail_that_cannot_be_read_holds_up_no_other() {
    for broken in ["detail = '{'", "kind = 'x'", "membership = null"] {
        let s = scene().await;
        create(&s, "ann@example.com").await;
        s.break_by_hand(&format!("update outbox set {broken}"));
        create(&s, "bob@example.com").await;
        assert_eq!(send(&s.db, at(0)).await, ["bob@example.com"], "{broken}");
        let failed = s.db.outbox(TENANT, vec![JobState::Failed], 9).await.expect("listed");
        assert!(failed[0].error.as_ref().expect("said").contains("damaged"), "{failed:?}");
    }
}

/// Seen to fail: with queued mail kept.
#[tokio::test]
async fn a_restored_backup_sends_nothing_that_waited_in_it() {
    let s = scene().await;
    create(&s, "ann@example.com").await;
    send(&s.db, at(0)).await;
    create(&s, "bob@example.com").await;
    s.db.mark_restored(By::somebody(at(1))).await.expect("marked");
    assert_eq!(names(&s.db).await, [("invitation".to_owned(), JobState::Sent)]);
    assert_eq!(s.db.uninvited(TENANT).await.expect("counted"), 1, "who can be invited by hand");
}

/// Seen to fail: with the first address taken, and with an empty one.
#[tokio::test]
async fn the_address_is_the_primary_one_else_that_for_work_else_the_first() {
    let s = scene().await;
    for (name, emails, expected) in [
        ("a", json!([{ "value": "a@home.example", "type": "home" }, { "value": "a@work.example", "type": "Work" }]), "a@work.example"),
        ("b", json!([{ "value": "b@work.example", "type": "work" }, { "value": "b@home.example", "primary": true }]), "b@home.example"),
        ("c", json!([{ "value": "", "type": "work" }, { "value": "c@home.example", "type": "home" }]), "c@home.example"),
        ("d", json!([{ "value": " ", "primary": true }, { "value": "d@work.example", "type": "work" }]), "d@work.example"),
        ("e@example.com", json!([{ "value": "", "type": "work" }]), "e@example.com"),
    ] {
        let mut body = user(name);
        body["emails"] = emails;
        assert_eq!(s.ask("POST", "/Users", &body).await.0, 201, "{name}");
        assert_eq!(send(&s.db, at(0)).await, [expected], "{name}");
    }
}

/// Seen to fail: with a refused mail tried again, and with a corrected address ignored.
#[tokio::test]
async fn what_a_server_refuses_is_not_sent_again_until_the_address_is_another() {
    let s = scene().await;
    let ann = create(&s, "ann@example.com").await;
    create(&s, "bob@example.com").await;
    let order = next(&s.db, at(0)).await.expect("due");
    assert_eq!(order.to.as_str(), "ann@example.com");
    s.db.mail_refused(By::worker(at(0)), order, "550 no such user".to_owned()).await.expect("marked");
    assert_eq!(send(&s.db, at(0)).await, ["bob@example.com"], "one that is refused blocks nobody");
    let bounced = Invitation::Bounced { to: "ann@example.com".into(), error: "550 no such user".into() };
    assert_eq!(state(&s.db, "ann@example.com").await, (State::Provisioned, bounced));
    assert_eq!(send(&s.db, at(DAY_MS)).await, [""; 0]);
    s.ask("PATCH", &ann, &patch("replace", "userName", &json!("anna@example.com"))).await;
    assert_eq!(send(&s.db, at(2 * DAY_MS)).await, ["anna@example.com"]);
    assert_eq!(state(&s.db, "anna@example.com").await.0, State::Invited);
}

/// Seen to fail: with an attempt that is not counted.
#[tokio::test]
async fn what_cannot_be_sent_is_tried_for_two_days_and_shown_then() {
    let s = scene().await;
    create(&s, "ann@example.com").await;
    let mut now = 0;
    let mut tries = 0;
    let waits = loop {
        let Some(order) = next(&s.db, at(now)).await else { break now };
        tries += 1;
        assert_eq!(order.attempts, tries);
        s.db.mail_failed(order, "the mail server is away".to_owned(), at(now)).await.expect("marked");
        now += HOUR_MS;
    };
    assert_eq!((tries, waits), (54, 54 * HOUR_MS), "an hour apart, which is later than each is due");
    let given_up = Invitation::Waiting(Unsent::GivenUp("the mail server is away".into()));
    assert_eq!(state(&s.db, "ann@example.com").await, (State::Provisioned, given_up));
    let figures = s.db.outbox_figures(at(now)).await.expect("counted");
    assert_eq!((figures.waiting, figures.failed), (0, 1));
    // a person asks again
    let job = s.db.outbox(TENANT, vec![JobState::Failed], 9).await.expect("listed").remove(0);
    s.db.retry_mail(By::somebody(at(now)), TENANT, job.name).await.expect("put in again");
    assert_eq!(send(&s.db, at(now)).await, ["ann@example.com"]);
    let unknown = s.db.drop_mail(By::somebody(at(now)), TENANT, JobName("x".into())).await;
    assert!(unknown.is_err());
}

/// Seen to fail: with nothing but the mail that was tried put off, and with one put back that was sent meanwhile.
#[tokio::test]
async fn what_is_due_fails_together_where_the_mail_server_is_away() {
    let s = scene().await;
    for name in ["ann@example.com", "bea@example.com", "cleo@example.com"] {
        create(&s, name).await;
    }
    let first = next(&s.db, at(0)).await.expect("due");
    let sent_elsewhere = next(&s.db, at(0)).await.expect("due");
    s.db.mail_failed(first, "away".to_owned(), at(0)).await.expect("marked");
    s.db.mail_is_away("away".to_owned(), at(0)).await.expect("marked");
    assert!(next(&s.db, at(MINUTE_MS - 1)).await.is_none());
    let jobs = s.db.outbox(TENANT, vec![JobState::Waiting], 9).await.expect("listed");
    let said: Vec<_> = jobs.iter().map(|job| (job.attempts, job.error.as_deref())).collect();
    assert_eq!(said, [(1, Some("away")), (1, Some("away"))], "what another server sends is left alone");
    s.db.mail_taken(By::somebody(at(0)), sent_elsewhere.clone()).await.expect("marked");
    // another server sent it between the look and the change
    let stale = vec![(TENANT.0, sent_elsewhere.name.0, Some(at(0).as_millis()), 0)];
    s.db.unrecorded(move |conn| Ok(super::mail::postpone(conn, stale.clone(), "away", at(0))?)).await.expect("done");
    assert_eq!(s.db.outbox(TENANT, vec![JobState::Sent], 9).await.expect("listed").len(), 1);
    // each is given up in its time
    let mut now = MINUTE_MS;
    for _ in 1..54 {
        s.db.mail_is_away("away".to_owned(), at(now)).await.expect("marked");
        now += HOUR_MS;
    }
    assert_eq!(s.db.outbox(TENANT, vec![JobState::Failed], 9).await.expect("listed").len(), 2);
}

/// Seen to fail: with a lease that anybody can take over, with a new number for the mail, and with one that is tried again although another
/// server is sending it or has sent it.
#[tokio::test]
async fn a_mail_that_is_taken_over_carries_the_same_link() {
    let s = scene().await;
    create(&s, "ann@example.com").await;
    let first = next(&s.db, at(0)).await.expect("due");
    assert!(next(&s.db, at(MINUTE_MS)).await.is_none(), "somebody is sending it");
    let second = next(&s.db, at(4 * MINUTE_MS)).await.expect("taken over");
    let link = |order: &Order| match &order.content {
        Content::Invitation { link, .. } => link.reveal().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!((link(&first), &first.name), (link(&second), &second.name));
    // whoever was too slow hears that it failed
    let count = async |state| s.db.outbox(TENANT, vec![state], 9).await.expect("listed").len();
    let late = at(5 * MINUTE_MS);
    s.db.mail_failed(first, "away".to_owned(), late).await.expect("marked");
    assert_eq!((count(JobState::Sending).await, count(JobState::Waiting).await), (1, 0));
    s.db.mail_taken(By::somebody(late), second.clone()).await.expect("marked");
    s.db.mail_failed(second, "away".to_owned(), late).await.expect("marked");
    assert_eq!((count(JobState::Sent).await, count(JobState::Waiting).await), (1, 0));
}

/// Seen to fail: with a guest's user name used as an address.
#[tokio::test]
async fn without_an_address_nothing_is_sent_and_that_is_said() {
    let s = scene().await;
    mode(&s.db, Mode::Assignment).await;
    create(&s, "ann").await;
    create(&s, "bob_example.com#EXT#@contoso.onmicrosoft.com").await;
    let mut long = "x".repeat(300);
    long.push_str("@example.com");
    create(&s, &long).await;
    let broken = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "cleo",
        "emails": [{ "value": "cleo@example.com\r\nBcc: all@example.com", "primary": true }],
    });
    assert_eq!(s.ask("POST", "/Users", &broken).await.0, 201);
    assert_eq!(send(&s.db, at(0)).await, [""; 0]);
    for name in ["ann", "bob_example.com#EXT#@contoso.onmicrosoft.com", "cleo"] {
        assert_eq!(state(&s.db, name).await, (State::Provisioned, Invitation::Waiting(Unsent::NoAddress)), "{name}");
    }
    assert_eq!(s.db.uninvited(TENANT).await.expect("counted"), 0, "they are told of apart");
}

/// Seen to fail: with a digest at each sweep, and with members told.
#[tokio::test]
async fn managers_are_told_once_a_day_who_waits() {
    let s = scene().await;
    mode(&s.db, Mode::Digest).await;
    create(&s, "ann@example.com").await;
    for (n, role) in [(1, Role::Owner), (2, Role::Manager), (3, Role::Member)] {
        let email = format!("{role}@example.com").parse().expect("an address");
        let id = s.db.invite(By::somebody(at(0)), TENANT, email, None, role).await.expect("invited");
        super::hook_tests::join(&s, id, AccountId(n)).await;
    }
    send(&s.db, at(0)).await;
    let morning = |day: i64| Timestamp::from_millis(day * DAY_MS + 7 * HOUR_MS);
    s.db.sweep(Timestamp::from_millis(10 * DAY_MS + HOUR_MS)).await.expect("swept");
    assert_eq!(send(&s.db, morning(10)).await, [""; 0], "it is night");
    for _ in 0..3 {
        s.db.sweep(morning(10)).await.expect("swept");
    }
    let mut told = send(&s.db, morning(10)).await;
    told.sort();
    assert_eq!(told, ["manager@example.com", "owner@example.com"]);
    s.db.sweep(morning(11)).await.expect("swept");
    assert_eq!(send(&s.db, morning(11)).await.len(), 2);
    s.db.invite_waiting(By::somebody(morning(11)), TENANT).await.expect("invited");
    s.db.sweep(morning(12)).await.expect("swept");
    assert_eq!(send(&s.db, morning(12)).await, ["ann@example.com"], "nobody waits any more");
}

/// Seen to fail: with a failed mail kept for ever.
#[tokio::test]
async fn what_failed_and_goes_with_no_membership_is_forgotten_after_a_month() {
    let s = scene().await;
    create(&s, "ann@example.com").await;
    s.break_by_hand("update outbox set membership = null");
    assert_eq!(send(&s.db, at(0)).await, [""; 0]);
    for (days, left) in [(29, 1), (32, 0)] {
        s.db.sweep(at(days * DAY_MS)).await.expect("swept");
        assert_eq!(names(&s.db).await.len(), left, "{days} days");
    }
}

/// Seen to fail: with an organisation's rows left behind.
#[tokio::test]
async fn mail_goes_with_its_organisation_and_is_forgotten_after_a_month() {
    let s = scene().await;
    create(&s, "ann@example.com").await;
    send(&s.db, at(0)).await;
    s.db.sweep(at(29 * DAY_MS)).await.expect("swept");
    assert_eq!(names(&s.db).await, [("invitation".to_owned(), JobState::Sent)]);
    s.db.sweep(at(31 * DAY_MS)).await.expect("swept");
    assert_eq!(names(&s.db).await, []);
    create(&s, "bob@example.com").await;
    s.db.delete_organisation(By::somebody(at(0)), "acme".parse().expect("a slug")).await.expect("deleted");
    assert_eq!(names(&s.db).await, []);
}
