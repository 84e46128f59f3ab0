//! POST (RFC 7644 section 3.3).
//!
//! Planted and caught: no Location; a body accepted despite its media type; Okta's re-activation in every profile;
//! re-activation of an active user; `meta.location` without its base; no version in the header.

use provost_core::Profile;
use provost_core::compat::RuleId;
use provost_core::urn;
use provost_testing::body::{group, patch, user, user_with};
use provost_testing::protocol::{BASE, both, server, strict};

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
        // only true gives access, so the answer shows it
        assert_eq!((made.at("groups"), made.at("title")), (None, None));
        assert_eq!(made.at("active").as_deref(), Some("true"));
        assert_eq!(server.send("GET", "/Users/id-001", "").await.text, made.text);
    }
}

#[tokio::test]
async fn what_cannot_be_made_is_refused() {
    for server in both() {
        server.user("babs").await;
        for (body, expected, message) in [
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
            (&user("BABS"), "409 uniqueness", "another User already has this `userName`"),
        ] {
            let answer = server.send("POST", "/Users", body).await;
            assert_eq!(answer.is(), expected, "{body}");
            assert!(answer.detail().contains(message), "{}", answer.detail());
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
    assert!(made.outcome.notes.has(RuleId::MissingMediaType));
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
        let okta = server.session.profile == Some(Profile::okta());
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
            assert!(again.outcome.notes.has(RuleId::ReactivateOnCreate));
            assert_eq!(again.response.location, again.at("meta.location"));
        }
        assert_eq!(server.send("GET", "/Users", "").await.at("totalResults").as_deref(), Some("1"));
    }
}

// R-7644-3.3-04, R-7644-3.3-07, R-7643-3.1-01, R-7643-3.1-06, R-7643-3.1-07, R-7643-3.1-08, R-7644-3.3.1-01
#[tokio::test]
async fn a_create_answers_with_the_resource_its_place_and_its_version() {
    let s = strict();
    for (endpoint, body, kind) in
        [("/Users", user_with("babs", r#""id":"mine""#), "User"), ("/Groups", group("g", &[]), "Group")]
    {
        let made = s.send("POST", endpoint, &body).await;
        assert_eq!(made.status(), 201, "{}", made.text);
        let id = made.text("id");
        assert!(!id.is_empty() && id != "mine");
        let location = format!("{BASE}{endpoint}/{id}");
        assert_eq!(made.header("location").as_deref(), Some(location.as_str()));
        assert_eq!(made.text("meta.location"), location);
        assert_eq!(made.text("meta.resourceType"), kind);
        assert_eq!(made.header("etag"), Some(made.text("meta.version")));
        assert!(made.text("meta.version").starts_with("W/\""));
        assert_eq!(made.text("meta.created"), made.text("meta.lastModified"));
        let read = s.get(&format!("{endpoint}/{id}")).await;
        assert_eq!(read.text, made.text);
        assert_eq!(read.header("content-location"), Some(location));
    }
}

// R-7644-3.3-01, R-7644-3.1-02, R-7643-3.1-05
#[tokio::test]
async fn what_is_the_servers_is_ignored() {
    let s = strict();
    let more =
        r#""id":"x","meta":{"created":"2001-01-01T00:00:00Z","version":"W/\"99\""},"groups":[{"value":"g"}]"#;
    let made = s.send("POST", "/Users", &user_with("babs", more)).await;
    assert_eq!(made.names(), ["active", "id", "meta", "schemas", "userName"], "{}", made.text);
    assert!(made.text("meta.created") != "2001-01-01T00:00:00Z" && made.text("meta.version") != "W/\"99\"");
    let id = made.text("id");
    let put = s.send("PUT", &format!("/Users/{id}"), &user_with("babs", more)).await;
    assert_eq!((put.status(), put.text), (200, made.text));
}

// R-7644-3.8-01
#[tokio::test]
async fn texts_are_utf_8() {
    let s = strict();
    let made = s.send("POST", "/Users", &user("Ümit Κώστας 日本 🦀")).await;
    assert_eq!(made.text("userName"), "Ümit Κώστας 日本 🦀");
    let read = s.get(&format!("/Users/{}", made.text("id"))).await;
    assert!(read.text.contains(r#""userName":"Ümit Κώστας 日本 🦀""#));
}

// R-7644-8.1-01, R-7644-3.8-05
#[tokio::test]
async fn bodies_are_of_the_media_type() {
    let s = strict();
    for (n, (media, expected)) in [
        ("application/scim+json", 201),
        ("application/scim+json; charset=utf-8", 201),
        ("application/json", 201),
        ("text/xml", 415),
        ("application/x-www-form-urlencoded", 415),
    ]
    .into_iter()
    .enumerate()
    {
        let body = user(&format!("u{n}"));
        let answer = s.send_with("POST", "/Users", &body, |r| r.content_type = Some(media)).await;
        assert_eq!(answer.status(), expected, "{media}");
        assert_eq!(answer.header("content-type").as_deref(), Some("application/scim+json"));
    }
}

// R-7644-3.3-06
#[tokio::test]
async fn a_faulty_body_is_told_apart_from_a_faulty_value() {
    let s = strict();
    for (body, expected) in [
        ("{".to_owned(), "400 invalidSyntax"),
        ("[]".to_owned(), "400 invalidSyntax"),
        (r#"{"userName":"x"}"#.to_owned(), "400 invalidSyntax"),
        (user_with("x", r#""nope":1"#), "400 invalidSyntax"),
        (user_with("x", r#""active":"yes""#), "400 invalidValue"),
        (user(""), "400 invalidValue"),
        (format!(r#"{{"schemas":["{}"]}}"#, urn::USER), "400 invalidValue"),
    ] {
        assert_eq!(s.send("POST", "/Users", &body).await.is(), expected, "{body}");
    }
}

// R-7644-3.3-02
#[tokio::test]
async fn no_value_is_made_up_but_that_somebody_is_active() {
    let s = strict();
    let made = s.send("POST", "/Users", &user("babs")).await;
    assert_eq!(made.names(), ["active", "id", "meta", "schemas", "userName"]);
    assert_eq!(made.text("active"), "true");
}
