//! POST (RFC 7644 section 3.3).
//!
//! Planted and caught: no Location; a body read in spite of its media type; Okta's re-activation in every profile;
//! re-activation of a user who is active.

use crate::server::{BASE, both, patch, server, user};
use provost_core::Profile;
use provost_core::compat::RuleId;

#[tokio::test]
async fn what_is_made_is_shown_with_its_place_and_version() {
    for server in both() {
        let body = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bäbs","id":"mine",
            "meta":{"version":"9"},"groups":[{"value":"g"}],"title":null}"#;
        let made = server.send("POST", "/Users", body).await;
        assert_eq!(made.is(), "201");
        let place = format!("{BASE}/Users/id-001");
        assert_eq!(made.response.location.as_ref(), Some(&place));
        assert_eq!(made.at("meta.location"), Some(place));
        assert_eq!((made.etag(), made.at("meta.version").unwrap().as_str()), ("W/\"1\"", "W/\"1\""));
        assert_eq!(made.at("meta.created"), made.at("meta.lastModified"));
        assert_eq!(made.at("meta.resourceType").as_deref(), Some("User"));
        assert_eq!(
            (made.at("id").as_deref(), made.at("userName").as_deref()),
            (Some("id-001"), Some("bäbs"))
        );
        // only true gives access, so who has it is shown with it
        assert_eq!((made.at("groups"), made.at("title")), (None, None));
        assert_eq!(made.at("active").as_deref(), Some("true"));
        assert_eq!(server.send("GET", "/Users/id-001", "").await.text, made.text);
    }
}

#[tokio::test]
async fn what_cannot_be_made_is_refused() {
    for server in both() {
        server.user("babs").await;
        for (body, expected, said) in [
            ("{", "400 invalidSyntax", "not usable JSON"),
            ("[]", "400 invalidSyntax", "found an array"),
            (r#"{"userName":"a","USERNAME":"b"}"#, "400 invalidSyntax", "at byte"),
            (
                r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":7.5}"#,
                "400 invalidValue",
                "`userName`",
            ),
            (
                r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}"#,
                "400 invalidValue",
                "`userName` is required",
            ),
            (&user("BABS"), "409 uniqueness", "another User has this `userName` already"),
        ] {
            let answer = server.send("POST", "/Users", body).await;
            assert_eq!(answer.is(), expected, "{body}");
            assert!(answer.detail().contains(said), "{}", answer.detail());
        }
        assert_eq!(server.send("GET", "/Users", "").await.at("totalResults").as_deref(), Some("1"));
    }
}

#[tokio::test]
async fn bodies_are_json_in_utf8() {
    let [strict, entra] = both();
    for server in [&strict, &entra] {
        for (content_type, coding, expected) in [
            (Some("text/xml"), None, "415"),
            (Some("application/json; charset=iso-8859-1"), None, "415"),
            (Some("application/json"), Some("gzip"), "415"),
            (Some("application/json; charset=utf-8"), None, "201"),
        ] {
            let body = user(&format!("{content_type:?}").replace('"', ""));
            let answer = server
                .send_with("POST", "/Users", &body, |r| {
                    (r.content_type, r.content_encoding) = (content_type, coding)
                })
                .await;
            assert_eq!(answer.is(), expected, "{content_type:?}");
        }
    }
    let body = user("untyped");
    assert_eq!(strict.send_with("POST", "/Users", &body, |r| r.content_type = None).await.is(), "415");
    let made = entra.send_with("POST", "/Users", &body, |r| r.content_type = None).await;
    assert_eq!(made.is(), "201");
    assert!(made.response.notes.has(RuleId::MissingMediaType));
}

#[tokio::test]
async fn the_answer_holds_what_is_asked_for() {
    for server in both() {
        let made = server.send("POST", "/Users?attributes=userName", &user("babs")).await;
        let json = made.json();
        let names: Vec<&str> = json.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["schemas", "userName", "id"]);
        assert!(made.response.location.is_some());
    }
}

#[tokio::test]
async fn somebody_who_comes_back_is_reactivated_in_oktas_profile_alone() {
    let off = patch(r#"{"op":"replace","path":"active","value":false}"#);
    for profile in [Profile::strict(), Profile::entra(), Profile::okta()] {
        let server = server(profile);
        let okta = server.session.profile == Profile::okta();
        let id = server.user("babs").await;
        assert_eq!(server.send("POST", "/Users", &user("babs")).await.is(), "409 uniqueness");
        assert_eq!(
            server.send("PATCH", &format!("/Users/{id}"), &off).await.at("active").as_deref(),
            Some("false")
        );

        let again = server.send("POST", "/Users", &user("Babs")).await;
        assert_eq!(again.is(), if okta { "201" } else { "409 uniqueness" });
        if okta {
            assert_eq!((again.at("id"), again.at("active").as_deref()), (Some(id.clone()), Some("true")));
            assert_eq!((again.at("userName").as_deref(), again.etag()), (Some("Babs"), "W/\"3\""));
            assert!(again.response.notes.has(RuleId::ReactivateOnCreate));
            assert_eq!(again.response.location, again.at("meta.location"));
        }
        assert_eq!(server.send("GET", "/Users", "").await.at("totalResults").as_deref(), Some("1"));
    }
}
