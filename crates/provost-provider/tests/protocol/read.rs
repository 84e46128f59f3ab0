//! GET of one resource (RFC 7644 sections 3.4.1, 3.9 and 3.14).
//!
//! Planted and caught: 304 without ETag; If-Match ignored on GET; `filter` on a single resource let through in strict.

use crate::server::{BASE, both, server};
use provost_core::Profile;
use provost_core::compat::RuleId;

const BODY: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs",
    "name":{"givenName":"Barbara","familyName":"Jensen"},"password":"secret",
    "emails":[{"value":"a@example.com","type":"work"}]}"#;

#[tokio::test]
async fn the_answer_holds_what_is_asked_for_and_never_a_password() {
    for server in both() {
        let id = server.make("Users", BODY).await;
        for (query, expected) in [
            ("", "id schemas userName name emails active meta"),
            ("?attributes=name.givenName", "schemas name id"),
            ("?attributes=password", "schemas id"),
            ("?attributes=nope", "schemas id"),
            ("?attributes=+userName+,+emails.value", "schemas userName emails id"),
            ("?attributes=URN:ietf:params:scim:schemas:core:2.0:user:username", "schemas userName id"),
            ("?excludedAttributes=emails,name,meta,active", "schemas userName id"),
            ("?excludedAttributes=id,schemas", "schemas userName name emails active id meta"),
            ("?foo=bar&aadOptscim062020", "id schemas userName name emails active meta"),
        ] {
            let answer = server.send("GET", &format!("/Users/{id}{query}"), "").await;
            assert_eq!(answer.is(), "200", "{query}");
            let json = answer.json();
            let mut names: Vec<&str> = json.iter().map(|(n, _)| n.as_str()).collect();
            let mut expected: Vec<&str> = expected.split(' ').collect();
            names.sort_unstable();
            expected.sort_unstable();
            assert_eq!(names, expected, "{query}");
            assert!(!answer.text.contains("secret"));
        }
        let given = server.send("GET", &format!("/Users/{id}?attributes=name.givenName"), "").await;
        assert_eq!(given.at("name").as_deref(), Some(r#"{"givenName":"Barbara"}"#));
        assert_eq!(given.response.content_location, Some(format!("{BASE}/Users/{id}")));
    }
}

#[tokio::test]
async fn parameters_that_contradict_are_the_profiles_choice() {
    for (profile, both_lists, filter) in
        [(Profile::strict(), "400 invalidValue", "400 invalidFilter"), (Profile::entra(), "200", "200")]
    {
        let server = server(profile);
        let id = server.user("babs").await;
        let both =
            server.send("GET", &format!("/Users/{id}?attributes=userName&excludedAttributes=id"), "").await;
        assert_eq!(both.is(), both_lists);
        let filtered = server.send("GET", &format!("/Users/{id}?filter=userName+eq+%22jim%22"), "").await;
        assert_eq!(filtered.is(), filter);
        assert_eq!(filtered.response.notes.has(RuleId::FilterOnOne), filter == "200");
        let twice = server.send("GET", &format!("/Users/{id}?attributes=userName&attributes=id"), "").await;
        assert_eq!(twice.is(), "400 invalidValue");
        assert_eq!(twice.detail(), "the parameter `attributes` appears twice: give it once");
    }
}

#[tokio::test]
async fn a_client_that_has_the_version_is_told_so() {
    for server in both() {
        let id = server.user("babs").await;
        let one = format!("/Users/{id}");
        for (if_match, if_none_match, expected) in [
            (None, Some("W/\"1\""), "304"),
            (None, Some("\"1\""), "304"),
            (None, Some("W/\"7\", W/\"1\""), "304"),
            (None, Some("*"), "304"),
            (None, Some("W/\"2\""), "200"),
            (None, Some("nonsense"), "200"),
            (Some("W/\"1\""), None, "200"),
            (Some("W/\"2\""), None, "412"),
            (Some("W/\"2\""), Some("W/\"1\""), "412"),
        ] {
            let answer = server
                .send_with("GET", &one, "", |r| (r.if_match, r.if_none_match) = (if_match, if_none_match))
                .await;
            assert_eq!(answer.is(), expected, "{if_match:?} {if_none_match:?}");
            if expected == "304" {
                assert_eq!(answer.etag(), "W/\"1\"");
                assert!(answer.response.content_location.is_some());
            }
        }
        let missing = server.send_with("GET", "/Users/nope", "", |r| r.if_match = Some("*")).await;
        assert_eq!(missing.is(), "404");
    }
}

#[tokio::test]
async fn an_id_is_a_text_and_not_a_number_or_uuid() {
    for server in both() {
        let id = server.user("babs").await;
        assert_eq!(id, "id-001");
        for other in ["ID-001", "id-1", "id-001%20", "%20id-001", "id%2D0010"] {
            assert_eq!(server.send("GET", &format!("/Users/{other}"), "").await.is(), "404", "{other}");
        }
        assert_eq!(server.send("GET", "/users//id%2D001/", "").await.is(), "200");
        // a user is no group
        assert_eq!(server.send("GET", "/Groups/id-001", "").await.is(), "404");
    }
}
