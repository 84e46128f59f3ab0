//! What is kept of refused requests: how many, how long, and the values no longer than a day.

use super::hook_tests::{Scene, TENANT, scene};
use super::outbox_tests::at;
use crate::audit::erasure::Person;
use crate::audit::{AuditStore, By};
use crate::organisations::{OrganisationChange, OrganisationStore};
use crate::requests::{KEPT_MS, KeepValues, MOST, Request, RequestStore, VALUES_MS};
use provost::hook::TenantId;
use serde_json::json;

pub(super) fn request(ms: i64, id: &str) -> Request {
    Request {
        id: String::new(),
        at: at(ms),
        request_id: id.to_owned(),
        key_id: "key".to_owned(),
        method: "POST".to_owned(),
        target: "/Users".to_owned(),
        status: 400,
        refusals: json!([]),
        notes: json!({}),
        shape: Some("{}".to_owned()),
        shape_ends: None,
        whole: Some("{}".to_owned()),
    }
}

/// Ids of those that are kept, newest first, with `!` where there are values.
async fn kept(s: &Scene, ms: i64) -> Vec<String> {
    let found = s.db.kept_requests(TENANT, None, None, 1_000, at(ms)).await.expect("listed");
    let word = |request: Request| format!("{}{}", request.request_id, if request.whole.is_some() { "!" } else { "" });
    found.into_iter().map(word).collect()
}

async fn switch(s: &Scene, keep: KeepValues, ms: i64) {
    let change = OrganisationChange { keep_values: Some(keep), ..OrganisationChange::default() };
    let slug = "acme".parse().expect("a slug");
    s.db.update_organisation(By::somebody(at(ms)), slug, change).await.expect("changed");
}

/// Seen to fail: with values kept after the day, with values that stay, with those of requests from before, and with values
/// shown that nobody has removed yet.
#[tokio::test]
async fn values_are_kept_for_a_day() {
    let s = scene().await;
    switch(&s, KeepValues::ForADay, 10).await;
    let came = |ms, id| request(ms, id);
    let all = vec![came(9, "before"), came(11, "first"), came(9 + VALUES_MS, "last"), came(10 + VALUES_MS, "after")];
    s.db.keep_requests(TENANT, all).await.expect("kept");
    for (ms, keeps) in [(9, false), (10, true), (9 + VALUES_MS, true), (10 + VALUES_MS, false)] {
        assert_eq!(s.db.keeps_values(TENANT, at(ms)).await.expect("looked"), keeps, "{ms}");
    }
    assert_eq!(kept(&s, 11 + VALUES_MS).await, ["after", "last!", "first!", "before"]);
    assert_eq!(kept(&s, 12 + VALUES_MS).await, ["after", "last!", "first", "before"], "too old to be shown");
    assert_eq!(kept(&s, 0).await, ["after", "last!", "first!", "before"]);
    assert!(!s.db.forget_requests(TENANT, at(11 + VALUES_MS)).await.expect("looked"));
    assert_eq!(kept(&s, 0).await, ["after", "last!", "first!", "before"]);
    assert!(!s.db.forget_requests(TENANT, at(12 + VALUES_MS)).await.expect("removed"));
    assert_eq!(kept(&s, 0).await, ["after", "last!", "first", "before"]);
    switch(&s, KeepValues::No, 20 + VALUES_MS).await;
    assert_eq!(kept(&s, 0).await, ["after", "last", "first", "before"]);
}

/// Seen to fail: with old ones that stay, with more of them, and with old ones shown that nobody has removed yet.
#[tokio::test]
async fn the_newest_are_kept_for_thirty_days() {
    let s = scene().await;
    s.db.keep_requests(TENANT, vec![request(0, "old"), request(5, "new")]).await.expect("kept");
    assert_eq!(kept(&s, 1 + KEPT_MS).await, ["new"]);
    assert_eq!(kept(&s, 0).await, ["new", "old"]);
    assert!(!s.db.forget_requests(TENANT, at(1 + KEPT_MS)).await.expect("removed"));
    assert_eq!(kept(&s, 0).await, ["new"]);
    for from in (0..MOST + 400).step_by(100) {
        let many = (from..from + 100).map(|n| request(10 + n, "many")).collect();
        s.db.keep_requests(TENANT, many).await.expect("kept");
    }
    let (mut count, mut before) = (0, None);
    loop {
        let page = s.db.kept_requests(TENANT, None, before, 1_000, at(0)).await.expect("listed");
        let Some(last) = page.last() else { break };
        count += i64::try_from(page.len()).expect("few");
        before = Some(last.id.clone());
    }
    assert_eq!(count, MOST);
    let one = s.db.kept_requests(TENANT, Some("new".to_owned()), None, 10, at(0)).await.expect("listed");
    assert!(one.is_empty(), "the oldest went");
}

/// Seen to fail: with requests stored that came before an erasure, and for an organisation that is gone.
#[tokio::test]
async fn what_waited_while_a_person_was_erased_is_not_kept() {
    let s = scene().await;
    s.db.keep_requests(TENANT, vec![request(0, "before")]).await.expect("kept");
    let somebody = Person::called(&["maren@example.com".to_owned()]);
    s.db.unlink_erased(By::somebody(at(100)), TENANT, somebody).await.expect("erased");
    assert!(kept(&s, 0).await.is_empty());
    s.db.keep_requests(TENANT, vec![request(99, "waited"), request(20_000, "later")]).await.expect("kept");
    assert_eq!(kept(&s, 0).await, ["later"]);
    s.db.keep_requests(TenantId(99), vec![request(0, "nobody")]).await.expect("left out");
    assert!(s.db.kept_requests(TenantId(99), None, None, 10, at(0)).await.expect("listed").is_empty());
}
