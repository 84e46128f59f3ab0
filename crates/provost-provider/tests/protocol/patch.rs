//! PATCH (RFC 7644 section 3.5.2).
//!
//! Planted and caught: 200 for groups in Entra's profile; 204 without ETag; 204 although attributes are requested; a
//! group read before members are added; a stale If-Match accepted for changes of members; a new version for a no-op.

use provost_core::Profile;
use provost_core::urn;
use provost_core::value::parse_value;
use provost_provider::MemoryStore;
use provost_testing::body::{group, patch, user_with};
use provost_testing::protocol::{Answer, Server, both, server, strict};
use provost_testing::store::{Around, Call};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::test]
async fn a_user_is_answered_whole() {
    for server in both() {
        let id = server.user("babs").await;
        let one = format!("/Users/{id}");
        let done = server.send("PATCH", &one, &patch(r#"{"op":"replace","path":"title","value":"x"}"#)).await;
        assert_eq!(
            (done.is().as_str(), done.at("title").as_deref(), done.etag()),
            ("200", Some("x"), "W/\"2\"")
        );
        assert_eq!(done.response.location, done.at("meta.location"));

        let same = server.send("PATCH", &one, &patch(r#"{"op":"add","path":"title","value":"x"}"#)).await;
        assert_eq!((same.is().as_str(), same.text.as_str()), ("200", done.text.as_str()));

        let asked = server
            .send(
                "PATCH",
                &format!("{one}?attributes=title"),
                &patch(r#"{"op":"replace","path":"title","value":"y"}"#),
            )
            .await;
        assert_eq!((asked.at("title").as_deref(), asked.at("userName")), (Some("y"), None));
    }
}

#[tokio::test]
async fn a_group_is_answered_as_the_profile_says() {
    for (profile, expected) in
        [(Profile::strict(), "200"), (Profile::entra(), "204"), (Profile::okta(), "204")]
    {
        let server = server(profile);
        let (a, b) = (server.user("a").await, server.user("b").await);
        let group = format!("/Groups/{}", server.group("staff", &[]).await);
        let add =
            |id: &str| patch(&format!(r#"{{"op":"add","path":"members","value":[{{"value":"{id}"}}]}}"#));

        let done = server.send("PATCH", &group, &add(&a)).await;
        assert_eq!((done.is().as_str(), done.etag()), (expected, "W/\"2\""));
        // a member who is already there changes nothing
        let same = server.send("PATCH", &group, &add(&a)).await;
        assert_eq!((same.is().as_str(), same.etag()), (expected, "W/\"2\""));
        let renamed = server
            .send("PATCH", &group, &patch(r#"{"op":"replace","path":"displayName","value":"x"}"#))
            .await;
        assert_eq!((renamed.is().as_str(), renamed.etag()), (expected, "W/\"3\""));

        let same = server
            .send("PATCH", &group, &patch(r#"{"op":"replace","path":"displayName","value":"x"}"#))
            .await;
        assert_eq!((same.is().as_str(), same.etag()), (expected, "W/\"3\""));
        if expected == "200" {
            assert_eq!((same.at("members.value").as_ref(), &same.text), (Some(&a), &renamed.text));
        }

        let asked = server.send("PATCH", &format!("{group}?attributes=members"), &add(&b)).await;
        assert_eq!((asked.is().as_str(), asked.at("displayName")), ("200", None));
        assert_eq!(asked.json().get("members").unwrap().elements().len(), 2);
        let spared = server.send("PATCH", &format!("{group}?excludedAttributes=members"), &add(&b)).await;
        assert_eq!((spared.is().as_str(), spared.at("members"), spared.etag()), ("200", None, "W/\"4\""));

        let listed = format!(r#"{{"op":"remove","path":"members[value eq \"{a}\"]"}}"#);
        let gone = server.send("PATCH", &group, &patch(&listed)).await;
        assert_eq!((gone.is().as_str(), gone.etag()), (expected, "W/\"5\""));
        assert_eq!(server.send("GET", &group, "").await.at("members.value"), Some(b));
    }
}

#[tokio::test]
async fn nothing_is_changed_when_one_operation_fails() {
    for server in both() {
        let id = server.user("babs").await;
        let one = format!("/Users/{id}");
        let before = server.send("GET", &one, "").await.text;
        for (operations, expected, said) in [
            (
                r#"{"op":"replace","path":"title","value":"x"},{"op":"replace","path":"em ails","value":"x"}"#,
                "400 invalidPath",
                "operation 2: the path `em ails`",
            ),
            (
                r#"{"op":"replace","path":"title","value":"x"},{"op":"remove","path":"userName"}"#,
                "400 mutability",
                "userName",
            ),
            // noticed only after the first operation
            (
                r#"{"op":"replace","path":"title","value":"x"},{"op":"replace","path":"emails[type eq \"a\" or type eq \"b\"].value","value":"x"}"#,
                "400 noTarget",
                "operation 2",
            ),
            (r#"{"op":"move","path":"title"}"#, "400 invalidSyntax", "move"),
            (r#"{"op":"remove"}"#, "400 noTarget", "path"),
        ] {
            let answer = server.send("PATCH", &one, &patch(operations)).await;
            assert_eq!(answer.is(), expected, "{operations}: {}", answer.text);
            assert!(answer.detail().contains(said), "{}", answer.detail());
            assert_eq!(server.send("GET", &one, "").await.text, before);
        }
        let title = patch(r#"{"op":"replace","path":"title","value":"x"}"#);
        assert_eq!(server.send("PATCH", "/Users/nope", &title).await.is(), "404");
        server.user("jim").await;
        let taken = patch(r#"{"op":"replace","path":"userName","value":"Jim"}"#);
        assert_eq!(server.send("PATCH", &one, &taken).await.is(), "409 uniqueness");
    }
}

#[tokio::test]
async fn conditions_guard_the_version() {
    for server in both() {
        let user = server.user("babs").await;
        let group = format!("/Groups/{}", server.group("staff", &[]).await);
        let delta = patch(&format!(r#"{{"op":"add","path":"members","value":[{{"value":"{user}"}}]}}"#));
        let whole = patch(r#"{"op":"replace","path":"displayName","value":"x"}"#);
        for body in [&delta, &whole] {
            for (if_match, if_none_match) in [
                (Some("W/\"9\""), None),
                (Some("W/\"8\", W/\"9\""), None),
                (Some("nonsense"), None),
                (None, Some("*")),
                (Some("*"), Some("W/\"1\"")),
            ] {
                let answer = server
                    .send_with("PATCH", &group, body, |r| {
                        (r.if_match, r.if_none_match) = (if_match, if_none_match)
                    })
                    .await;
                assert_eq!(answer.is(), "412", "{if_match:?} {if_none_match:?} {body}");
            }
        }
        assert_eq!(server.send("GET", &group, "").await.etag(), "W/\"1\"");
        for (body, if_match) in
            [(&delta, "W/\"1\""), (&whole, "W/\"2\""), (&delta, "W/\"7\", W/\"3\""), (&delta, "*")]
        {
            let answer = server.send_with("PATCH", &group, body, |r| r.if_match = Some(if_match)).await;
            assert!(answer.response.status < 300, "{if_match}: {}", answer.text);
        }
        assert_eq!(
            server.send_with("PATCH", "/Groups/nope", &delta, |r| r.if_match = Some("W/\"1\"")).await.is(),
            "404"
        );
    }
}

/// Invariant 7: adding and removing members never loads the group.
#[tokio::test]
async fn members_come_and_go_without_a_look_at_the_group() {
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = reads.clone();
    let store = Around::new(MemoryStore::new(), move |call: Call<'_>| {
        match call {
            Call::Get(_) => _ = counted.fetch_add(1, Ordering::Relaxed),
            Call::Find(asked) => {
                assert!(!asked.query.include.members, "the members are not part of the answer")
            }
            Call::Update(asked) => {
                assert!(!asked.include.members, "the members are not part of the answer")
            }
            Call::Create(_) | Call::Delete(_) => {}
        }
        Ok(())
    });
    let server = Server::over(store, Profile::entra());
    let user = server.user("babs").await;
    let group = format!("/Groups/{}", server.group("staff", &[]).await);
    for operation in [
        format!(r#"{{"op":"Add","path":"members","value":[{{"$ref":null,"value":"{user}"}}]}}"#),
        format!(r#"{{"op":"Remove","path":"members","value":[{{"value":"{user}"}}]}}"#),
        format!(r#"{{"op":"add","path":"members","value":[{{"value":"{user}"}}]}}"#),
        format!(r#"{{"op":"remove","path":"members[value eq \"{user}\"]"}}"#),
    ] {
        let done = server.send("PATCH", &group, &patch(&operation)).await;
        assert_eq!(done.is(), "204", "{operation} {}", done.text);
    }
    assert_eq!(reads.load(Ordering::Relaxed), 0);
    for query in ["count=0", "excludedAttributes=members", "attributes=displayName"] {
        assert_eq!(server.send("GET", &format!("/Groups?{query}"), "").await.is(), "200");
    }
    assert_eq!(server.send("GET", &group, "").await.etag(), "W/\"5\"");
}

#[tokio::test]
async fn a_patch_without_operations_is_the_profiles_choice() {
    for (profile, user, group) in
        [(Profile::strict(), "400 invalidSyntax", "400 invalidSyntax"), (Profile::entra(), "200", "204")]
    {
        let server = server(profile);
        let id = server.user("babs").await;
        let staff = server.group("staff", &[]).await;
        let done = server.send("PATCH", &format!("/Users/{id}"), &patch("")).await;
        assert_eq!(done.is(), user);
        let done = server.send("PATCH", &format!("/Groups/{staff}"), &patch("")).await;
        assert_eq!(done.is(), group);
        for target in [format!("/Users/{id}"), format!("/Groups/{staff}")] {
            assert_eq!(server.send("GET", &target, "").await.etag(), "W/\"1\"");
        }
    }
}

// R-7644-3.5.2-09, R-7644-3.5.2-11
#[tokio::test]
async fn a_patch_is_done_in_order_and_as_a_whole() {
    let s = strict();
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
        done.value("emails").unwrap(),
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
    let s = strict();
    let at = format!("/Users/{}", s.user("babs").await);
    let answer = s.send("PATCH", &at, &patch(r#"{"op":"add","path":"title","value":"T"}"#)).await;
    assert_eq!((answer.status(), answer.text("title")), (200, "T".to_owned()));
    assert_eq!(answer.header("etag"), Some(answer.text("meta.version")));
    assert_eq!(s.get(&at).await.text, answer.text);
}

// R-7644-3.5.2.1-04, R-7644-3.5.2.2-03
#[tokio::test]
async fn what_changes_nothing_succeeds_and_leaves_the_version() {
    let s = strict();
    let user_id =
        s.make("/Users", &user_with("babs", r#""title":"T","emails":[{"value":"a","type":"work"}]"#)).await;
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
        assert_eq!((answer.status(), &answer.text), (200, &before.text), "{operation}");
        assert_eq!(answer.header("etag"), before.header("etag"));
    }
}

// R-7644-3.5.2-08, R-7644-3.5.2-14, R-7643-3-03
#[tokio::test]
async fn schemas_follows_what_is_there() {
    let s = strict();
    let at = format!("/Users/{}", s.user("babs").await);
    let e = urn::ENTERPRISE_USER;
    let schemas = |a: &Answer| a.text("schemas");
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
    assert_eq!(removed.value(e), None);
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

// R-7643-4.3-01
#[tokio::test]
async fn a_managers_name_is_the_managers() {
    let s = strict();
    let e = urn::ENTERPRISE_USER;
    let boss = s.user("boss").await;
    let at = format!("/Users/{}", s.user("babs").await);
    let named = patch(&format!(r#"{{"op":"replace","path":"{e}:manager.displayName","value":"Boss"}}"#));
    assert_eq!(s.send("PATCH", &at, &named).await.is(), "400 mutability");
    let set = patch(&format!(r#"{{"op":"replace","path":"{e}:manager","value":{{"value":"{boss}"}}}}"#));
    let answer = s.send("PATCH", &at, &set).await;
    assert_eq!(answer.status(), 200, "{}", answer.text);
    assert!(answer.text.contains(&format!(r#""manager":{{"value":"{boss}""#)), "{}", answer.text);
}
