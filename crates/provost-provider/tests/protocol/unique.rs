//! Unique values: `userName`, and `externalId` if a tenant wants that, for every verb, in every profile.
//!
//! Seen to fail: with the setting ignored where POST, PUT and PATCH compute their keys, one after the other, and with
//! empty texts among the keys.

use provost_core::Profile;
use provost_testing::body::{patch, user, user_with};
use provost_testing::protocol::{Answer, server, strict};

fn holder(name: &str, external_id: &str) -> String {
    let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
    format!(r#"{{"schemas":["{schema}"],"userName":"{name}","externalId":"{external_id}","active":true}}"#)
}

fn team(name: &str, external_id: &str) -> String {
    let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
    format!(r#"{{"schemas":["{schema}"],"displayName":"{name}","externalId":"{external_id}"}}"#)
}

fn profiles() -> [Profile; 4] {
    [Profile::strict(), Profile::entra(), Profile::okta(), Profile::interop()]
}

#[tokio::test]
async fn an_external_id_has_one_holder_where_the_tenant_says_so() {
    for profile in profiles() {
        let server = server(profile.with_unique_external_id(true));
        let taken = |answer: &Answer| {
            assert_eq!(answer.is(), "409 uniqueness", "{}", answer.text);
            assert!(answer.detail().contains("`externalId`"), "{}", answer.detail());
        };
        let ann = server.make("/Users", &holder("ann", "x1")).await;
        let bob = server.make("/Users", &holder("bob", "x2")).await;
        let path = format!("/Users/{bob}");
        taken(&server.send("POST", "/Users", &holder("eve", "x1")).await);
        taken(&server.send("PUT", &path, &holder("bob", "x1")).await);
        let ops = [
            r#"{"op":"replace","path":"externalId","value":"x1"}"#,
            r#"{"op":"add","value":{"externalId":"x1"}}"#,
        ];
        for op in ops {
            taken(&server.send("PATCH", &path, &patch(op)).await);
        }
        let bulk = format!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
                {{"method":"POST","path":"/Users","bulkId":"a","data":{}}},
                {{"method":"PUT","path":"{path}","data":{}}}]}}"#,
            holder("eve", "x1"),
            holder("bob", "x1")
        );
        let done = server.send("POST", "/Bulk", &bulk).await.text;
        assert_eq!(done.matches(r#""status":"409""#).count(), 4, "two operations, two bodies: {done}");
        // its own value, another case (externalId is caseExact), another type, no value
        assert_eq!(server.send("PUT", &path, &holder("bob", "x2")).await.is(), "200");
        server.make("/Users", &holder("cid", "X1")).await;
        server.make("/Groups", &team("eng", "x1")).await;
        taken(&server.send("POST", "/Groups", &team("ops", "x1")).await);
        for name in ["dan", "dora"] {
            server.make("/Users", &holder(name, "")).await;
            server.make("/Users", &user(&format!("{name}2"))).await;
        }
        // a value that was given up is free
        let gone = patch(r#"{"op":"remove","path":"externalId"}"#);
        assert_eq!(server.send("PATCH", &format!("/Users/{ann}"), &gone).await.is(), "200");
        assert_eq!(server.send("PUT", &path, &holder("bob", "x1")).await.is(), "200");
    }
}

/// okta's POST with the name of an inactive user takes that user over, but nobody's `externalId`.
#[tokio::test]
async fn who_comes_back_takes_nobodys_external_id() {
    let server = server(Profile::okta().with_unique_external_id(true));
    let ann = server.make("/Users", &holder("ann", "x1")).await;
    server.make("/Users", &holder("bob", "x2")).await;
    let off = patch(r#"{"op":"replace","path":"active","value":false}"#);
    assert_eq!(server.send("PATCH", &format!("/Users/{ann}"), &off).await.is(), "200");
    let refused = server.send("POST", "/Users", &holder("ann", "x2")).await;
    assert_eq!(refused.is(), "409 uniqueness");
    assert!(refused.detail().contains("`externalId`"), "{}", refused.detail());
    // nor does an externalId bring anybody back
    assert_eq!(server.send("POST", "/Users", &holder("eve", "x1")).await.is(), "409 uniqueness");
    let back = server.send("POST", "/Users", &holder("ann", "x1")).await;
    assert_eq!((back.is().as_str(), back.at("id")), ("201", Some(ann)));
}

#[tokio::test]
async fn elsewhere_an_external_id_may_repeat() {
    for profile in profiles() {
        let server = server(profile);
        server.make("/Users", &holder("ann", "x1")).await;
        let bob = server.make("/Users", &holder("bob", "x1")).await;
        assert_eq!(server.send("PUT", &format!("/Users/{bob}"), &holder("bob", "x1")).await.is(), "200");
    }
}

// R-7644-3.3-05, R-7643-4.1.1-01, R-7644-5-01, R-7644-3.5.1-10
#[tokio::test]
async fn user_names_are_unique_however_they_are_spelt() {
    let s = strict();
    s.user("Ümit").await;
    let other = s.user("other").await;
    for name in ["Ümit", "ümit", "ÜMIT", "U\u{308}mit", "Ｕ\u{308}ｍｉｔ"] {
        let twice = s.send("POST", "/Users", &user(name)).await;
        assert_eq!(twice.is(), "409 uniqueness", "{name}");
        assert!(twice.text("detail").contains("userName"));
        let put = s.send("PUT", &format!("/Users/{other}"), &user(name)).await;
        assert_eq!(put.is(), "409 uniqueness", "{name}");
        let change = patch(&format!(r#"{{"op":"replace","path":"userName","value":"{name}"}}"#));
        assert_eq!(
            s.send("PATCH", &format!("/Users/{other}"), &change).await.is(),
            "409 uniqueness",
            "{name}"
        );
    }
    // a resource does not conflict with itself
    assert_eq!(s.send("PUT", &format!("/Users/{other}"), &user("OTHER")).await.status(), 200);
}

// R-7643-3.1-04
#[tokio::test]
async fn an_external_id_is_the_clients() {
    let s = strict();
    for name in ["a", "b"] {
        let made = s.send("POST", "/Users", &user_with(name, r#""externalId":"same""#)).await;
        assert_eq!((made.status(), made.text("externalId")), (201, "same".to_owned()));
    }
    assert_eq!(s.send("POST", "/Users", &user("c")).await.value("externalId"), None);
    assert_eq!(s.get("/Users?filter=externalId+eq+%22same%22").await.text("totalResults"), "2");
    assert_eq!(s.get("/Users?filter=externalId+eq+%22SAME%22").await.text("totalResults"), "0");
}
