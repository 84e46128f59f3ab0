//! GET of one resource (RFC 7644 sections 3.4.1, 3.9 and 3.14).
//!
//! Planted and caught: 304 without ETag; If-Match ignored on GET; `filter` on a single resource accepted in strict;
//! `attributes` ignored.

use provost_core::Profile;
use provost_core::compat::RuleId;
use provost_core::urn;
use provost_testing::body::{patch, user_with};
use provost_testing::protocol::{BASE, both, server, strict};

const BODY: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs",
    "name":{"givenName":"Barbara","familyName":"Jensen"},"password":"secret",
    "emails":[{"value":"a@example.com","type":"work"}]}"#;

#[tokio::test]
async fn the_answer_holds_what_is_asked_for_and_never_a_password() {
    for server in both() {
        let id = server.make("/Users", BODY).await;
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
        assert_eq!(filtered.outcome.notes.has(RuleId::FilterOnOne), filter == "200");
        let twice = server.send("GET", &format!("/Users/{id}?attributes=userName&attributes=id"), "").await;
        assert_eq!(twice.is(), "400 invalidValue");
        assert_eq!(twice.detail(), "the parameter `attributes` appears more than once: send it once");
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
        // a user is not a group
        assert_eq!(server.send("GET", "/Groups/id-001", "").await.is(), "404");
    }
}

// R-7643-7-04, R-7643-9.2-01, R-7643-4.1.1-04, R-7643-7-13
#[tokio::test]
async fn a_password_goes_in_and_never_comes_out() {
    let s = strict();
    let secret = "t1meMa$heen";
    let made = s.send("POST", "/Users", &user_with("babs", &format!(r#""password":"{secret}""#))).await;
    let at = format!("/Users/{}", made.text("id"));
    let change = patch(&format!(r#"{{"op":"replace","path":"password","value":"{secret}"}}"#));
    for answer in [
        made,
        s.send("PUT", &at, &user_with("babs", &format!(r#""password":"{secret}""#))).await,
        s.send("PATCH", &at, &change).await,
        s.get(&at).await,
        s.get(&format!("{at}?attributes=password")).await,
        s.get("/Users?attributes=password").await,
    ] {
        assert!(answer.status() < 300, "{}", answer.text);
        assert!(!answer.text.contains(secret) && !answer.text.contains("password"), "{}", answer.text);
    }
    for operator in ["eq+%22t1meMa%24heen%22", "sw+%22t%22", "pr"] {
        assert_eq!(
            s.get(&format!("/Users?filter=password+{operator}")).await.is(),
            "400 invalidFilter",
            "{operator}"
        );
    }
    assert_eq!(s.get("/Users?sortBy=password").await.status(), 400);
}

// R-7644-3.4.1-01, R-7644-3.2-03, R-7644-3.12-01, R-7644-3.12-02
#[tokio::test]
async fn what_is_not_there_is_a_scim_error() {
    let s = strict();
    for target in
        ["/Users/nope", "/Groups/nope", "/Nothing", "/Users/a/b", "/Schemas/urn:nope", "/Users/u.scim"]
    {
        let answer = s.get(target).await;
        assert_eq!(answer.status(), 404, "{target}");
        assert_eq!(answer.text("schemas"), format!("[\"{}\"]", urn::ERROR));
        assert_eq!(answer.value("status"), Some("404".into()));
        assert_eq!(answer.header("content-type").as_deref(), Some("application/scim+json"));
    }
}

// R-7644-3.4.2-00
#[tokio::test]
async fn parameters_that_nobody_knows_are_ignored() {
    let s = strict();
    let id = s.user("babs").await;
    for target in ["/Users?foo=bar", "/Users?aadOptscim062020", &format!("/Users/{id}?foo=bar&foo=baz")] {
        assert_eq!(s.get(target).await.status(), 200, "{target}");
    }
}

// R-7644-3.4.2.5-01, R-7644-3.9-06
#[tokio::test]
async fn attributes_are_chosen_in_lists_and_on_one() {
    let s = strict();
    let id = s
        .make("/Users", &user_with("babs", r#""title":"T","name":{"givenName":"B","familyName":"J"}"#))
        .await;
    for base in ["/Users".to_owned(), format!("/Users/{id}")] {
        let shown = |text: &str| {
            ["userName", "title", "givenName", "familyName"]
                .map(|n| text.contains(&format!("\"{n}\"")))
                .map(u8::from)
        };
        for (query, expected) in [
            ("attributes=userName", [1, 0, 0, 0]),
            ("attributes=name.givenName", [0, 0, 1, 0]),
            ("attributes=name,title", [0, 1, 1, 1]),
            ("attributes=foo", [0, 0, 0, 0]),
            ("excludedAttributes=name", [1, 1, 0, 0]),
            ("excludedAttributes=name.givenName,id", [1, 1, 0, 1]),
        ] {
            let answer = s.get(&format!("{base}?{query}")).await;
            assert_eq!(shown(&answer.text), expected, "{base}?{query}");
            assert!(answer.text.contains(&format!("\"id\":\"{id}\"")), "{base}?{query}");
        }
        assert_eq!(
            s.get(&format!("{base}?attributes=title&excludedAttributes=name")).await.is(),
            "400 invalidValue"
        );
    }
}

// R-7644-3.4.2.1-01
#[tokio::test]
async fn one_resource_takes_no_filter() {
    let s = strict();
    let id = s.user("babs").await;
    assert_eq!(s.get(&format!("/Users/{id}?filter=active+eq+true")).await.is(), "400 invalidFilter");
}
