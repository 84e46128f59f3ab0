//! `/Me` (RFC 7644 section 3.11).
//!
//! Planted and caught: POST accepted; a token without a resource answered 501.

use provost_core::{Id, Profile};
use provost_provider::{MemoryStore, Principal};
use provost_testing::body::{patch, user};
use provost_testing::protocol::{Server, both, principal, strict};
use std::sync::Arc;

fn server(profile: Profile) -> Server {
    Server::set_up(MemoryStore::new(), profile, |settings| {
        settings.me = Some(Arc::new(|who: &Principal| match &*who.credential.id {
            "key-1" => Some(("User".to_owned(), Id::from("id-001"))),
            "key-3" => Some(("Robot".to_owned(), Id::from("id-001"))),
            _ => None,
        }));
    })
}

#[tokio::test]
async fn nobody_is_anybody_without_a_hook() {
    for server in both() {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
            assert_eq!(server.send(method, "/Me", "").await.is(), "501", "{method}");
        }
    }
}

#[tokio::test]
async fn what_is_asked_of_me_is_asked_of_my_resource() {
    for profile in [Profile::strict(), Profile::entra()] {
        let mut server = server(profile);
        assert_eq!(server.send("GET", "/Me", "").await.is(), "404");
        server.user("babs").await;
        let location = "https://example.com/scim/v2/Users/id-001";
        for (method, target, body, status, name) in [
            ("GET", "/Me", String::new(), "200", Some("babs")),
            ("HEAD", "/me/", String::new(), "200", Some("babs")),
            ("GET", "/Me?attributes=id", String::new(), "200", None),
            ("PUT", "/Me", user("barbara"), "200", Some("barbara")),
            (
                "PATCH",
                "/Me",
                patch(r#"{"op":"replace","path":"userName","value":"jensen"}"#),
                "200",
                Some("jensen"),
            ),
        ] {
            let answer = server.send(method, target, &body).await;
            assert_eq!(answer.is(), status, "{method} {target}: {}", answer.text);
            assert_eq!(answer.response.location.as_deref(), Some(location), "{method} {target}");
            assert_eq!(answer.at("userName").as_deref(), name, "{method} {target}");
        }
        let options = server.send("OPTIONS", "/Me", "").await;
        assert_eq!(options.response.allow, Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
        let stale = server.send_with("PUT", "/Me", &user("x"), |r| r.if_match = Some("W/\"1\"")).await;
        assert_eq!(stale.is(), "412");
        let same = server.send_with("GET", "/Me", "", |r| r.if_none_match = Some("W/\"3\"")).await;
        assert_eq!((same.is().as_str(), same.response.content_location.as_deref()), ("304", Some(location)));
        assert_eq!(server.send("POST", "/Me", &user("x")).await.is(), "501");
        assert_eq!(server.provider.body_limit(&principal("key-1"), "PATCH", "/Me"), Some(1024 * 1024));

        server.session.principal = principal("key-2");
        let nobody = server.send("GET", "/Me", "").await;
        assert_eq!(nobody.is(), "404");
        assert!(nobody.detail().contains("does not belong to a resource"), "{}", nobody.detail());
        server.session.principal = principal("key-3");
        assert_eq!(server.send("GET", "/Me", "").await.is(), "500");
        server.session.principal = principal("key-1").read_only();
        assert_eq!(server.send("DELETE", "/Me", "").await.is(), "403");
        server.session.principal = principal("key-1");
        assert_eq!(server.send("DELETE", "/Me", "").await.is(), "204");
        assert_eq!(server.send("GET", "/Users/id-001", "").await.is(), "404");
    }
}

// R-7644-3.11-01, R-7644-3.11-04
#[tokio::test]
async fn me_is_not_offered() {
    let s = strict();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert_eq!(s.send(method, "/Me", "{}").await.status(), 501, "{method}");
    }
}
