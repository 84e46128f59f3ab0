//! POST, PUT, PATCH and DELETE (RFC 7644 sections 3.3, 3.5 and 3.6).
//!
//! Seen to fail: with meta.location without its base, with a PUT that merges, and without the version in the header.

use crate::server::{BASE, group, patch, server, user};
use provost_core::urn;
use provost_core::value::parse_value;

// R-7644-3.3-04, R-7644-3.3-07, R-7643-3.1-01, R-7643-3.1-06, R-7643-3.1-07, R-7643-3.1-08, R-7644-3.3.1-01
#[tokio::test]
async fn a_create_answers_with_the_resource_its_place_and_its_version() {
    let s = server();
    for (endpoint, body, kind) in
        [("/Users", user("babs", r#""id":"mine""#), "User"), ("/Groups", group("g", &[]), "Group")]
    {
        let made = s.send("POST", endpoint, &body).await;
        assert_eq!(made.status, 201, "{}", made.text);
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
    let s = server();
    let more =
        r#""id":"x","meta":{"created":"2001-01-01T00:00:00Z","version":"W/\"99\""},"groups":[{"value":"g"}]"#;
    let made = s.send("POST", "/Users", &user("babs", more)).await;
    assert_eq!(made.names(), ["active", "id", "meta", "schemas", "userName"], "{}", made.text);
    assert!(made.text("meta.created") != "2001-01-01T00:00:00Z" && made.text("meta.version") != "W/\"99\"");
    let id = made.text("id");
    let put = s.send("PUT", &format!("/Users/{id}"), &user("babs", more)).await;
    assert_eq!((put.status, put.text), (200, made.text));
}

// R-7644-3.8-01
#[tokio::test]
async fn texts_are_utf_8() {
    let s = server();
    let made = s.send("POST", "/Users", &user("Ümit Κώστας 日本 🦀", "")).await;
    assert_eq!(made.text("userName"), "Ümit Κώστας 日本 🦀");
    let read = s.get(&format!("/Users/{}", made.text("id"))).await;
    assert!(read.text.contains(r#""userName":"Ümit Κώστας 日本 🦀""#));
}

// R-7644-8.1-01, R-7644-3.8-05
#[tokio::test]
async fn bodies_are_of_the_media_type() {
    let s = server();
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
        let body = user(&format!("u{n}"), "");
        let answer = s.send_with("POST", "/Users", &body, |r| r.content_type = Some(media)).await;
        assert_eq!(answer.status, expected, "{media}");
        assert_eq!(answer.header("content-type").as_deref(), Some("application/scim+json"));
    }
}

// R-7644-3.3-05, R-7643-4.1.1-01, R-7644-5-01, R-7644-3.5.1-10
#[tokio::test]
async fn user_names_are_unique_however_they_are_spelt() {
    let s = server();
    s.user("Ümit").await;
    let other = s.user("other").await;
    for name in ["Ümit", "ümit", "ÜMIT", "U\u{308}mit", "Ｕ\u{308}ｍｉｔ"] {
        let twice = s.send("POST", "/Users", &user(name, "")).await;
        assert_eq!(twice.is(), "409 uniqueness", "{name}");
        assert!(twice.text("detail").contains("userName"));
        let put = s.send("PUT", &format!("/Users/{other}"), &user(name, "")).await;
        assert_eq!(put.is(), "409 uniqueness", "{name}");
        let change = patch(&format!(r#"{{"op":"replace","path":"userName","value":"{name}"}}"#));
        assert_eq!(
            s.send("PATCH", &format!("/Users/{other}"), &change).await.is(),
            "409 uniqueness",
            "{name}"
        );
    }
    // itself is no other
    assert_eq!(s.send("PUT", &format!("/Users/{other}"), &user("OTHER", "")).await.status, 200);
}

// R-7643-3.1-04
#[tokio::test]
async fn an_external_id_is_the_clients() {
    let s = server();
    for name in ["a", "b"] {
        let made = s.send("POST", "/Users", &user(name, r#""externalId":"same""#)).await;
        assert_eq!((made.status, made.text("externalId")), (201, "same".to_owned()));
    }
    assert_eq!(s.send("POST", "/Users", &user("c", "")).await.at("externalId"), None);
    assert_eq!(s.get("/Users?filter=externalId+eq+%22same%22").await.text("totalResults"), "2");
    assert_eq!(s.get("/Users?filter=externalId+eq+%22SAME%22").await.text("totalResults"), "0");
}

// R-7644-3.3-06
#[tokio::test]
async fn a_faulty_body_is_told_apart_from_a_faulty_value() {
    let s = server();
    for (body, expected) in [
        ("{".to_owned(), "400 invalidSyntax"),
        ("[]".to_owned(), "400 invalidSyntax"),
        (r#"{"userName":"x"}"#.to_owned(), "400 invalidSyntax"),
        (user("x", r#""nope":1"#), "400 invalidSyntax"),
        (user("x", r#""active":"yes""#), "400 invalidValue"),
        (user("", ""), "400 invalidValue"),
        (format!(r#"{{"schemas":["{}"]}}"#, urn::USER), "400 invalidValue"),
    ] {
        assert_eq!(s.send("POST", "/Users", &body).await.is(), expected, "{body}");
    }
}

// R-7644-3.3-02
#[tokio::test]
async fn no_value_is_made_up_but_that_somebody_is_active() {
    let s = server();
    let made = s.send("POST", "/Users", &user("babs", "")).await;
    assert_eq!(made.names(), ["active", "id", "meta", "schemas", "userName"]);
    assert_eq!(made.text("active"), "true");
}

// R-7644-3.9-01
#[tokio::test]
async fn attributes_choose_what_a_write_answers() {
    let s = server();
    let made = s.send("POST", "/Users?attributes=userName", &user("babs", r#""title":"T""#)).await;
    assert_eq!(made.names(), ["id", "schemas", "userName"]);
    let id = made.text("id");
    let put = s
        .send(
            "PUT",
            &format!("/Users/{id}?excludedAttributes=title,meta,active"),
            &user("babs", r#""title":"U""#),
        )
        .await;
    assert_eq!(put.names(), ["id", "schemas", "userName"]);
    let change = patch(r#"{"op":"replace","path":"title","value":"V"}"#);
    let patched = s.send("PATCH", &format!("/Users/{id}?attributes=title"), &change).await;
    assert_eq!(
        (patched.status, patched.names()),
        (200, vec!["id".to_owned(), "schemas".to_owned(), "title".to_owned()])
    );
}

// R-7644-3.2-01, R-7644-3.5.1-01
#[tokio::test]
async fn put_never_creates() {
    let s = server();
    assert_eq!(s.send("PUT", "/Users/nobody", &user("babs", "")).await.is(), "404");
    assert_eq!(s.get("/Users").await.text("totalResults"), "0");
}

// R-7644-3.5-01, R-7644-3.5.1-08, R-7644-3.14-05
#[tokio::test]
async fn put_replaces_and_answers_with_the_whole() {
    let s = server();
    let made = s
        .send("POST", "/Users", &user("babs", r#""title":"T","name":{"givenName":"B","familyName":"J"}"#))
        .await;
    let at = format!("/Users/{}", made.text("id"));
    let put = s.send("PUT", &at, &user("babs", r#""name":{"givenName":"C"}"#)).await;
    assert_eq!(put.status, 200);
    assert_eq!(put.at("name").unwrap(), parse_value(r#"{"givenName":"C"}"#).unwrap());
    assert_eq!(put.at("title"), None);
    assert_eq!(put.header("location"), Some(put.text("meta.location")));
    assert_eq!(put.header("etag"), Some(put.text("meta.version")));
    assert_ne!(put.text("meta.version"), made.text("meta.version"));
    assert_ne!(put.text("meta.lastModified"), made.text("meta.lastModified"));
    assert_eq!(put.text("meta.created"), made.text("meta.created"));
    // the same again is no change
    let again = s.send("PUT", &at, &user("babs", r#""name":{"givenName":"C"}"#)).await;
    assert_eq!((again.status, &again.text), (200, &put.text));
}

// R-7644-3.5-02, R-7644-3.5.2-01, R-7644-3.5.2-02, R-7644-3.5.2-03, R-7644-3.5.2-04, R-7644-3.5.2-05, R-7644-3.5.2-06, R-7644-3.5.2.1-01, R-7644-3.5.2-12, R-7644-3.5.2.2-02, R-7644-3.5.2.3-05
#[tokio::test]
async fn faults_of_a_patch_have_their_kind() {
    let s = server();
    let id = s.make("/Users", &user("babs", r#""emails":[{"value":"a","type":"work"}]"#)).await;
    let at = format!("/Users/{id}");
    let before = s.get(&at).await.text;
    for (body, expected) in [
        (r#"{"Operations":[{"op":"remove","path":"title"}]}"#.to_owned(), "400 invalidSyntax"),
        (format!(r#"{{"schemas":["{}"]}}"#, urn::PATCH_OP), "400 invalidSyntax"),
        (patch(""), "400 invalidSyntax"),
        (patch(r#"{"op":"move","path":"title"}"#), "400 invalidSyntax"),
        (patch(r#"{"path":"title","value":"x"}"#), "400 invalidSyntax"),
        (patch(r#"{"op":"remove"}"#), "400 noTarget"),
        (patch(r#"{"op":"add","path":"title"}"#), "400 invalidValue"),
        (patch(r#"{"op":"add","path":"emails[","value":"x"}"#), "400 invalidFilter"),
        (patch(r#"{"op":"add","path":"emails]","value":"x"}"#), "400 invalidPath"),
        (patch(r#"{"op":"add","path":"a b","value":"x"}"#), "400 invalidPath"),
        (patch(r#"{"op":"add","path":"nope","value":"x"}"#), "400 invalidPath"),
        (patch(r#"{"op":"replace","path":"emails[type foo \"x\"].value","value":"x"}"#), "400 invalidFilter"),
        (patch(r#"{"op":"replace","path":"id","value":"x"}"#), "400 mutability"),
        (patch(r#"{"op":"remove","path":"meta"}"#), "400 mutability"),
        (patch(r#"{"op":"add","path":"groups","value":[{"value":"g"}]}"#), "400 mutability"),
        (patch(r#"{"op":"remove","path":"userName"}"#), "400 mutability"),
        (patch(r#"{"op":"replace","path":"active","value":"yes"}"#), "400 invalidValue"),
        (patch(r#"{"op":"replace","path":"emails[type eq \"none\"].value","value":"x"}"#), "400 noTarget"),
    ] {
        let answer = s.send("PATCH", &at, &body).await;
        assert_eq!(answer.is(), expected, "{body}\n{}", answer.text);
        assert_eq!(answer.text("schemas"), format!("[\"{}\"]", urn::ERROR));
    }
    assert_eq!(s.get(&at).await.text, before);
    assert_eq!(s.get("/ServiceProviderConfig").await.text("patch.supported"), "true");
}

// R-7644-3.5.2-09, R-7644-3.5.2-11
#[tokio::test]
async fn a_patch_is_done_in_order_and_as_a_whole() {
    let s = server();
    let at = format!("/Users/{}", s.user("babs").await);
    let done = s
        .send(
            "PATCH",
            &at,
            &patch(
                r#"{"op":"add","path":"emails","value":[{"value":"a","type":"work"}]},
                   {"op":"replace","path":"emails[type eq \"work\"].value","value":"b"},
                   {"op":"add","path":"emails","value":[{"value":"c"}]}"#,
            ),
        )
        .await;
    assert_eq!(
        done.at("emails").unwrap(),
        parse_value(r#"[{"value":"b","type":"work"},{"value":"c"}]"#).unwrap()
    );
    let failed = s
        .send(
            "PATCH",
            &at,
            &patch(r#"{"op":"add","path":"title","value":"T"},{"op":"replace","path":"active","value":7}"#),
        )
        .await;
    assert_eq!(failed.is(), "400 invalidValue");
    assert!(failed.text("detail").contains("operation 2"), "{}", failed.text);
    assert_eq!(s.get(&at).await.text, done.text);
}

// R-7644-3.5.2-13
#[tokio::test]
async fn a_patch_answers_with_the_resource() {
    let s = server();
    let at = format!("/Users/{}", s.user("babs").await);
    let answer = s.send("PATCH", &at, &patch(r#"{"op":"add","path":"title","value":"T"}"#)).await;
    assert_eq!((answer.status, answer.text("title")), (200, "T".to_owned()));
    assert_eq!(answer.header("etag"), Some(answer.text("meta.version")));
    assert_eq!(s.get(&at).await.text, answer.text);
}

// R-7644-3.5.2.1-04, R-7644-3.5.2.2-03
#[tokio::test]
async fn what_changes_nothing_succeeds_and_leaves_the_version() {
    let s = server();
    let user_id =
        s.make("/Users", &user("babs", r#""title":"T","emails":[{"value":"a","type":"work"}]"#)).await;
    let group_id = s.make("/Groups", &group("g", &[&user_id])).await;
    for (at, operation) in [
        (format!("/Users/{user_id}"), r#"{"op":"add","path":"title","value":"T"}"#.to_owned()),
        (
            format!("/Users/{user_id}"),
            r#"{"op":"add","path":"emails","value":[{"value":"a","type":"work"}]}"#.to_owned(),
        ),
        (format!("/Users/{user_id}"), r#"{"op":"remove","path":"nickName"}"#.to_owned()),
        (
            format!("/Groups/{group_id}"),
            format!(r#"{{"op":"add","path":"members","value":[{{"value":"{user_id}"}}]}}"#),
        ),
        (
            format!("/Groups/{group_id}"),
            r#"{"op":"remove","path":"members[value eq \"nobody\"]"}"#.to_owned(),
        ),
    ] {
        let before = s.get(&at).await;
        let answer = s.send("PATCH", &at, &patch(&operation)).await;
        assert_eq!((answer.status, &answer.text), (200, &before.text), "{operation}");
        assert_eq!(answer.header("etag"), before.header("etag"));
    }
}

// R-7644-3.5.2-08, R-7644-3.5.2-14, R-7643-3-03
#[tokio::test]
async fn schemas_follows_what_is_there() {
    let s = server();
    let at = format!("/Users/{}", s.user("babs").await);
    let e = urn::ENTERPRISE_USER;
    let schemas = |a: &crate::server::Answer| a.text("schemas");
    let both = format!("[\"{}\",\"{e}\"]", urn::USER);
    let one = format!("[\"{}\"]", urn::USER);
    let change = |o: String| patch(&o);
    let add = format!(r#"{{"op":"add","path":"{e}:department","value":"D"}}"#);
    assert_eq!(schemas(&s.send("PATCH", &at, &change(add.clone())).await), both);
    let removed = s
        .send(
            "PATCH",
            &at,
            &change(format!(r#"{{"op":"replace","path":"schemas","value":["{}"]}}"#, urn::USER)),
        )
        .await;
    assert_eq!(schemas(&removed), one, "{}", removed.text);
    assert_eq!(removed.at(e), None);
    let again = s
        .send(
            "PATCH",
            &at,
            &change(format!(r#"{{"op":"replace","path":"schemas","value":["{}"]}},{add}"#, urn::USER)),
        )
        .await;
    assert_eq!(schemas(&again), both);
    let cleared =
        s.send("PATCH", &at, &change(format!(r#"{{"op":"remove","path":"{e}:department"}}"#))).await;
    assert_eq!(schemas(&cleared), one);
}

// R-7644-3.6-01, R-7644-3.6-02, R-7644-3.6-03, R-7644-3.6-04, R-7643-3.1-02, R-own-del-01, R-interop-del
#[tokio::test]
async fn what_is_deleted_is_gone() {
    let s = server();
    let id = s.user("babs").await;
    let inner = s.make("/Groups", &group("inner", &[&id])).await;
    let outer = s.make("/Groups", &group("outer", &[&inner, &id])).await;
    let at = format!("/Users/{id}");
    let deleted = s.send("DELETE", &at, "").await;
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    for (method, body) in [
        ("GET", String::new()),
        ("PUT", user("babs", "")),
        ("PATCH", patch(r#"{"op":"add","path":"title","value":"T"}"#)),
        ("DELETE", String::new()),
    ] {
        assert_eq!(s.send(method, &at, &body).await.is(), "404", "{method}");
    }
    assert_eq!(s.get("/Users").await.text("totalResults"), "0");
    assert_eq!(s.get("/Users?filter=userName+eq+%22babs%22").await.text("totalResults"), "0");
    assert_eq!(s.get(&format!("/Groups/{inner}")).await.at("members"), None);
    assert_eq!(s.get(&format!("/Groups/{outer}")).await.text("members.value"), inner);
    s.send("DELETE", &format!("/Groups/{inner}"), "").await;
    assert_eq!(s.get(&format!("/Groups/{outer}")).await.at("members"), None);
    assert_ne!(s.user("babs").await, id);
}

// R-7643-4.1.2-05, R-7643-4.2-02, R-7643-2.3.7-01, R-7643-2.3.7-02, R-7643-2.3.7-03
#[tokio::test]
async fn members_and_groups_refer_to_each_other() {
    let s = server();
    let id = s.user("babs").await;
    let g = s.make("/Groups", &group("g", &[&id])).await;
    let read = s.get(&format!("/Groups/{g}")).await;
    assert_eq!(read.text("members.$ref"), format!("{BASE}/Users/{id}"));
    assert_eq!(read.text("members.type"), "User");
    let path = read.text("members.$ref").replace(BASE, "");
    let member = s.get(&path).await;
    assert_eq!(member.status, 200);
    assert_eq!(member.text("groups.value"), g);
    assert_eq!(member.text("groups.$ref"), format!("{BASE}/Groups/{g}"));
    assert_eq!(member.text("groups.type"), "direct");
    let nobody = s.send("POST", "/Groups", &group("h", &["nope"])).await;
    assert_eq!(nobody.is(), "400 invalidValue");
    assert!(nobody.text("detail").contains("nope"));
}

// R-7643-7-04, R-7643-9.2-01, R-7643-4.1.1-04, R-7643-7-13
#[tokio::test]
async fn a_password_goes_in_and_never_comes_out() {
    let s = server();
    let secret = "t1meMa$heen";
    let made = s.send("POST", "/Users", &user("babs", &format!(r#""password":"{secret}""#))).await;
    let at = format!("/Users/{}", made.text("id"));
    let change = patch(&format!(r#"{{"op":"replace","path":"password","value":"{secret}"}}"#));
    for answer in [
        made,
        s.send("PUT", &at, &user("babs", &format!(r#""password":"{secret}""#))).await,
        s.send("PATCH", &at, &change).await,
        s.get(&at).await,
        s.get(&format!("{at}?attributes=password")).await,
        s.get("/Users?attributes=password").await,
    ] {
        assert!(answer.status < 300, "{}", answer.text);
        assert!(!answer.text.contains(secret) && !answer.text.contains("password"), "{}", answer.text);
    }
    for operator in ["eq+%22t1meMa%24heen%22", "sw+%22t%22", "pr"] {
        assert_eq!(
            s.get(&format!("/Users?filter=password+{operator}")).await.is(),
            "400 invalidFilter",
            "{operator}"
        );
    }
    assert_eq!(s.get("/Users?sortBy=password").await.status, 400);
}

// R-7643-4.3-01
#[tokio::test]
async fn a_managers_name_is_the_managers() {
    let s = server();
    let e = urn::ENTERPRISE_USER;
    let boss = s.user("boss").await;
    let at = format!("/Users/{}", s.user("babs").await);
    let named = patch(&format!(r#"{{"op":"replace","path":"{e}:manager.displayName","value":"Boss"}}"#));
    assert_eq!(s.send("PATCH", &at, &named).await.is(), "400 mutability");
    let set = patch(&format!(r#"{{"op":"replace","path":"{e}:manager","value":{{"value":"{boss}"}}}}"#));
    let answer = s.send("PATCH", &at, &set).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.contains(&format!(r#""manager":{{"value":"{boss}""#)), "{}", answer.text);
}
