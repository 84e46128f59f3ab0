//! Versions and conditional requests (RFC 7644 section 3.14, RFC 9110 section 13).
//!
//! Seen to fail: with If-None-Match ignored on writes, and without the version in the header.

use provost_testing::body::{group, patch, user, user_with};
use provost_testing::protocol::{Answer, strict};

// R-7644-3.14-01, R-7644-3.14-02, R-7644-3.14-03, R-9110-15.4.5-01
#[tokio::test]
async fn who_has_the_version_is_told_so() {
    let s = strict();
    let at = format!("/Users/{}", s.user("babs").await);
    let read = s.get(&at).await;
    let tag = read.header("etag").unwrap();
    assert_eq!(tag, read.text("meta.version"));
    let again = s.send_with("GET", &at, "", |r| r.if_none_match = Some(&tag)).await;
    assert_eq!((again.status(), again.text.as_str()), (304, ""));
    assert_eq!(again.header("etag"), Some(tag.clone()));
    assert_eq!(again.header("content-location"), read.header("content-location"));
    let other = s.send_with("GET", &at, "", |r| r.if_none_match = Some("W/\"77\"")).await;
    assert_eq!((other.status(), other.text), (200, read.text));
    assert_eq!(s.get("/ServiceProviderConfig").await.text("etag.supported"), "true");
}

// R-7644-3.14-04, R-9110-13.1.1-01, R-9110-13.1.1-02, R-9110-13.1.1-03, R-9110-13.1.2-01
#[tokio::test]
async fn a_condition_that_fails_changes_nothing() {
    let s = strict();
    let at = format!("/Users/{}", s.user("babs").await);
    let before = s.get(&at).await;
    let tag = before.header("etag").unwrap();
    let (put, change) =
        (user_with("babs", r#""title":"T""#), patch(r#"{"op":"add","path":"title","value":"T"}"#));
    for (method, body) in [("PUT", put.as_str()), ("PATCH", change.as_str()), ("DELETE", "")] {
        for stale in ["W/\"77\"", "\"77\"", "W/\"77\", W/\"78\""] {
            let answer = s.send_with(method, &at, body, |r| r.if_match = Some(stale)).await;
            assert_eq!(answer.status(), 412, "{method} {stale}");
        }
        for taken in ["*", &tag] {
            let answer = s.send_with(method, &at, body, |r| r.if_none_match = Some(taken)).await;
            assert_eq!(answer.status(), 412, "{method} If-None-Match {taken}");
        }
        assert_eq!(s.get(&at).await.text, before.text);
    }
    // a PUT that would change nothing is refused for a stale version too
    let same = user("babs");
    assert_eq!(s.send_with("PUT", &at, &same, |r| r.if_match = Some("W/\"77\"")).await.status(), 412);
    for fitting in ["*", &tag, &format!("W/\"5\", {tag}")] {
        let answer = s.send_with("PUT", &at, &same, |r| r.if_match = Some(fitting)).await;
        assert_eq!(answer.status(), 200, "{fitting}");
    }
    assert_eq!(s.send_with("PUT", "/Users/nobody", &same, |r| r.if_match = Some("*")).await.status(), 404);
    let deleted = s.send_with("DELETE", &at, "", |r| r.if_match = Some(&tag)).await;
    assert_eq!(deleted.status(), 204);
}

// R-7644-3.14-05
#[tokio::test]
async fn membership_changes_the_groups_version_and_nothing_else() {
    let s = strict();
    let id = s.user("babs").await;
    let at = format!("/Groups/{}", s.make("/Groups", &group("g", &[])).await);
    let tag = |a: &Answer| a.header("etag").unwrap();
    let (empty, user_before) = (tag(&s.get(&at).await), tag(&s.get(&format!("/Users/{id}")).await));
    let add = patch(&format!(r#"{{"op":"add","path":"members","value":[{{"value":"{id}"}}]}}"#));
    let added = tag(&s.send("PATCH", &at, &add).await);
    assert_ne!(added, empty);
    assert_eq!(tag(&s.send("PATCH", &at, &add).await), added);
    assert_eq!(tag(&s.get(&format!("/Users/{id}")).await), user_before);
}
