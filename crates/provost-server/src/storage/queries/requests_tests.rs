//! What is kept of refused requests: how many, how long, and the values no longer than a day.

use super::hook_tests::{Scene, TENANT, scene};
use super::outbox_tests::at;
use crate::audit::By;
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
async fn kept(s: &Scene) -> Vec<String> {
    let found = s.db.kept_requests(TENANT, None, None, 1_000).await.expect("listed");
    let word = |request: Request| format!("{}{}", request.request_id, if request.whole.is_some() { "!" } else { "" });
    found.into_iter().map(word).collect()
}

async fn switch(s: &Scene, keep: KeepValues, ms: i64) {
    let change = OrganisationChange { keep_values: Some(keep), ..OrganisationChange::default() };
    let slug = "acme".parse().expect("a slug");
    s.db.update_organisation(By::somebody(at(ms)), slug, change).await.expect("changed");
}

/// Seen to fail: with values kept after the day, and with values that stay.
#[tokio::test]
async fn values_are_kept_for_a_day() {
    let s = scene().await;
    s.db.keep_requests(TENANT, vec![request(0, "before")]).await.expect("kept");
    switch(&s, KeepValues::ForADay, 10).await;
    let during = vec![request(11, "first"), request(10 + VALUES_MS - 1, "last"), request(10 + VALUES_MS, "after")];
    s.db.keep_requests(TENANT, during).await.expect("kept");
    assert_eq!(kept(&s).await, ["after", "last!", "first!", "before"]);
    assert!(!s.db.forget_requests(TENANT, at(11 + VALUES_MS)).await.expect("looked"));
    assert_eq!(kept(&s).await, ["after", "last!", "first!", "before"]);
    assert!(!s.db.forget_requests(TENANT, at(12 + VALUES_MS)).await.expect("removed"));
    assert_eq!(kept(&s).await, ["after", "last!", "first", "before"]);
    switch(&s, KeepValues::No, 20 + VALUES_MS).await;
    assert_eq!(kept(&s).await, ["after", "last", "first", "before"]);
}

/// Seen to fail: with old ones that stay, with more of them, and with those of another organisation removed.
#[tokio::test]
async fn the_newest_are_kept_for_thirty_days() {
    let s = scene().await;
    let one = vec![request(0, "old"), request(5, "new")];
    s.db.keep_requests(TENANT, one).await.expect("kept");
    assert!(!s.db.forget_requests(TENANT, at(1 + KEPT_MS)).await.expect("removed"));
    assert_eq!(kept(&s).await, ["new"]);
    let many = (0..MOST + 700).map(|n| request(10 + n, "many")).collect();
    s.db.keep_requests(TENANT, many).await.expect("kept");
    assert!(s.db.forget_requests(TENANT, at(20)).await.expect("removed"), "500 at once");
    assert!(!s.db.forget_requests(TENANT, at(20)).await.expect("removed"));
    let (mut count, mut before) = (0, None);
    loop {
        let page = s.db.kept_requests(TENANT, None, before, 1_000).await.expect("listed");
        let Some(last) = page.last() else { break };
        count += i64::try_from(page.len()).expect("few");
        before = Some(last.id.clone());
    }
    assert_eq!(count, MOST);
    let one = s.db.kept_requests(TENANT, Some("new".to_owned()), None, 10).await.expect("listed");
    assert!(one.is_empty(), "the oldest went");
    // of an organisation that is gone nothing is kept
    s.db.keep_requests(TenantId(99), vec![request(0, "nobody")]).await.expect("left out");
    assert!(s.db.kept_requests(TenantId(99), None, None, 10).await.expect("listed").is_empty());
}
