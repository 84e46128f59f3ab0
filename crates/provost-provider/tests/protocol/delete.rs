//! DELETE (RFC 7644 section 3.6).
//!
//! Planted and caught: a deleted user's name kept; the deleted user kept in groups; If-Match ignored.

use provost_testing::body::{group, patch, user};
use provost_testing::protocol::{both, strict};

#[tokio::test]
async fn what_is_deleted_is_gone_for_every_method() {
    for server in both() {
        let id = server.user("babs").await;
        let group = format!("/Groups/{}", server.group("staff", &[&id]).await);
        let one = format!("/Users/{id}");
        assert_eq!(server.send("DELETE", &one, "").await.is(), "204");
        for (method, body) in [
            ("GET", String::new()),
            ("PUT", user("x")),
            ("PATCH", patch(r#"{"op":"replace","path":"title","value":"x"}"#)),
            ("DELETE", String::new()),
        ] {
            assert_eq!(server.send(method, &one, &body).await.is(), "404", "{method}");
        }
        assert_eq!(server.send("GET", "/Users", "").await.at("totalResults").as_deref(), Some("0"));
        let left = server.send("GET", &group, "").await;
        assert_eq!((left.at("members"), left.etag()), (None, "W/\"2\""));
        server.user("babs").await;
    }
}

#[tokio::test]
async fn conditions_guard_the_version() {
    for server in both() {
        let id = server.user("babs").await;
        let one = format!("/Users/{id}");
        for (if_match, if_none_match, expected) in [
            (Some("W/\"2\""), None, "412"),
            (Some("W/\"2\", W/\"3\""), None, "412"),
            (Some("nonsense"), None, "412"),
            (None, Some("*"), "412"),
            (Some("W/\"3\", W/\"1\""), None, "204"),
            (Some("*"), None, "404"),
        ] {
            let answer = server
                .send_with("DELETE", &one, "", |r| (r.if_match, r.if_none_match) = (if_match, if_none_match))
                .await;
            assert_eq!(answer.is(), expected, "{if_match:?} {if_none_match:?}");
        }
        let id = server.user("jim").await;
        let exact =
            server.send_with("DELETE", &format!("/Users/{id}"), "", |r| r.if_match = Some("W/\"1\"")).await;
        assert_eq!(exact.is(), "204");
    }
}

// R-7644-3.6-01, R-7644-3.6-02, R-7644-3.6-03, R-7644-3.6-04, R-7643-3.1-02, R-own-del-01, R-interop-del
#[tokio::test]
async fn what_is_deleted_is_gone() {
    let s = strict();
    let id = s.user("babs").await;
    let inner = s.make("/Groups", &group("inner", &[&id])).await;
    let outer = s.make("/Groups", &group("outer", &[&inner, &id])).await;
    let at = format!("/Users/{id}");
    let deleted = s.send("DELETE", &at, "").await;
    assert_eq!((deleted.status(), deleted.text.as_str()), (204, ""));
    for (method, body) in [
        ("GET", String::new()),
        ("PUT", user("babs")),
        ("PATCH", patch(r#"{"op":"add","path":"title","value":"T"}"#)),
        ("DELETE", String::new()),
    ] {
        assert_eq!(s.send(method, &at, &body).await.is(), "404", "{method}");
    }
    assert_eq!(s.get("/Users").await.text("totalResults"), "0");
    assert_eq!(s.get("/Users?filter=userName+eq+%22babs%22").await.text("totalResults"), "0");
    assert_eq!(s.get(&format!("/Groups/{inner}")).await.value("members"), None);
    assert_eq!(s.get(&format!("/Groups/{outer}")).await.text("members.value"), inner);
    s.send("DELETE", &format!("/Groups/{inner}"), "").await;
    assert_eq!(s.get(&format!("/Groups/{outer}")).await.value("members"), None);
    assert_ne!(s.user("babs").await, id);
}
