//! PUT (RFC 7644 section 3.5.1).
//!
//! Planted and caught: 204 instead of the resource; a new version for a PUT that changes nothing; If-Match ignored; a
//! PUT that merges.

use provost_core::value::parse_value;
use provost_testing::body::{user, user_with};
use provost_testing::protocol::{both, strict};

#[tokio::test]
async fn what_is_absent_is_cleared_and_what_is_read_only_stays() {
    for server in both() {
        let body = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs","title":"x",
            "active":false,"nickName":"b"}"#;
        let id = server.make("/Users", body).await;
        let one = format!("/Users/{id}");
        let new = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Babs","nickName":"b",
            "id":"other","meta":{"created":"2001-01-01T00:00:00Z"}}"#;
        let put = server.send("PUT", &one, new).await;
        assert_eq!((put.is().as_str(), put.etag()), ("200", "W/\"2\""));
        assert_eq!(
            (put.at("id"), put.at("title"), put.at("nickName").as_deref()),
            (Some(id), None, Some("b"))
        );
        // neither suspends nor reactivates
        assert_eq!(put.at("active").as_deref(), Some("false"));
        assert_eq!(put.response.location, put.at("meta.location"));
        assert_ne!(put.at("meta.created"), put.at("meta.lastModified"));

        let same = server.send("PUT", &one, new).await;
        assert_eq!((same.is().as_str(), same.text.as_str()), ("200", put.text.as_str()));
        assert_eq!(server.send("GET", &one, "").await.text, put.text);
    }
}

#[tokio::test]
async fn what_cannot_be_replaced_is_refused() {
    for server in both() {
        let id = server.user("babs").await;
        server.user("jim").await;
        let one = format!("/Users/{id}");
        for (target, body, expected) in [
            ("/Users/nope", user("x"), "404"),
            (&one, user("JIM"), "409 uniqueness"),
            (&one, "{}".to_owned(), "400"),
            (&one, String::new(), "4"),
        ] {
            let answer = server.send("PUT", target, &body).await;
            assert!(answer.is().starts_with(expected), "{body}: {}", answer.is());
        }
        let missing =
            server.send("PUT", &one, r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}"#).await;
        assert_eq!(
            (missing.is().as_str(), missing.detail().as_str()),
            ("400 invalidValue", "the attribute `userName` is required")
        );
        assert_eq!(server.send("GET", &one, "").await.etag(), "W/\"1\"");
    }
}

#[tokio::test]
async fn conditions_guard_the_version() {
    for server in both() {
        let id = server.user("v1").await;
        let one = format!("/Users/{id}");
        for (if_match, if_none_match, expected, now) in [
            (Some("W/\"9\""), None, "412", "v1"),
            (Some("nonsense"), None, "412", "v1"),
            (None, Some("*"), "412", "v1"),
            (None, Some("W/\"1\""), "412", "v1"),
            (Some("W/\"1\""), None, "200", "v2"),
            (Some("\"2\""), None, "200", "v3"),
            (Some("*"), None, "200", "v4"),
            (Some("W/\"1\", W/\"4\""), None, "200", "v5"),
            (None, Some("W/\"1\""), "200", "v6"),
        ] {
            let body = user(&format!("v{}", now.strip_prefix('v').unwrap()));
            let body = if expected == "412" { user("lost") } else { body };
            let put = server
                .send_with("PUT", &one, &body, |r| (r.if_match, r.if_none_match) = (if_match, if_none_match))
                .await;
            assert_eq!(put.is(), expected, "{if_match:?} {if_none_match:?}");
            assert_eq!(server.send("GET", &one, "").await.at("userName").as_deref(), Some(now));
        }
        // the missing resource is reported, not the condition
        let body = user("x");
        assert_eq!(
            server.send_with("PUT", "/Users/nope", &body, |r| r.if_match = Some("*")).await.is(),
            "404"
        );
    }
}

// R-7644-3.2-01, R-7644-3.5.1-01
#[tokio::test]
async fn put_never_creates() {
    let s = strict();
    assert_eq!(s.send("PUT", "/Users/nobody", &user("babs")).await.is(), "404");
    assert_eq!(s.get("/Users").await.text("totalResults"), "0");
}

// R-7644-3.5-01, R-7644-3.5.1-08, R-7644-3.14-05
#[tokio::test]
async fn put_replaces_and_answers_with_the_whole() {
    let s = strict();
    let made = s
        .send(
            "POST",
            "/Users",
            &user_with("babs", r#""title":"T","name":{"givenName":"B","familyName":"J"}"#),
        )
        .await;
    let at = format!("/Users/{}", made.text("id"));
    let put = s.send("PUT", &at, &user_with("babs", r#""name":{"givenName":"C"}"#)).await;
    assert_eq!(put.status(), 200);
    assert_eq!(put.value("name").unwrap(), parse_value(r#"{"givenName":"C"}"#).unwrap());
    assert_eq!(put.value("title"), None);
    assert_eq!(put.header("location"), Some(put.text("meta.location")));
    assert_eq!(put.header("etag"), Some(put.text("meta.version")));
    assert_ne!(put.text("meta.version"), made.text("meta.version"));
    assert_ne!(put.text("meta.lastModified"), made.text("meta.lastModified"));
    assert_eq!(put.text("meta.created"), made.text("meta.created"));
    // repeating it changes nothing
    let again = s.send("PUT", &at, &user_with("babs", r#""name":{"givenName":"C"}"#)).await;
    assert_eq!((again.status(), &again.text), (200, &put.text));
}
