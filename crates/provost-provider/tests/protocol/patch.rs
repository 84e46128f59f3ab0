//! PATCH (RFC 7644 section 3.5.2).
//!
//! Planted and caught: 200 for groups in Entra's profile; 204 without ETag; 204 although attributes are asked for; a
//! group read before members are added; a stale If-Match on member deltas let through; a version for a no-op.

use crate::server::{Server, both, patch, server, site};
use provost_core::Profile;
use provost_core::change::NewResource;
use provost_core::query::{Fields, Page};
use provost_core::{Change, Id, Query, Resource, ResourceType, Version};
use provost_provider::{Context, MemoryStore, Result, Store, Updated};
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
        // a member who is there already changes nothing
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
            // found out only when the first is done
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

/// Counts how often resources are read.
struct Counting(MemoryStore, AtomicUsize);

impl Store for Counting {
    async fn get(&self, kind: &Arc<ResourceType>, id: &Id, want: Fields) -> Result<Option<Resource>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.get(kind, id, want).await
    }
    async fn find(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page> {
        assert!(!query.want.members, "the members are not part of the answer");
        self.0.find(kind, query).await
    }
    async fn create(&self, kind: &Arc<ResourceType>, new: NewResource, cx: &Context) -> Result<Updated> {
        self.0.create(kind, new, cx).await
    }
    async fn update(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        change: Change,
        want: Fields,
        cx: &Context,
    ) -> Result<Updated> {
        assert!(!want.members, "the members are not part of the answer");
        self.0.update(kind, id, change, want, cx).await
    }
    async fn delete(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        expect: Option<Version>,
        cx: &Context,
    ) -> Result<()> {
        self.0.delete(kind, id, expect, cx).await
    }
}

/// Invariant 7: adding and removing members never loads the group.
#[tokio::test]
async fn members_come_and_go_without_a_look_at_the_group() {
    let server = Server::over(Counting(MemoryStore::new(site()), AtomicUsize::new(0)), Profile::entra());
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
    assert_eq!(server.session.store.1.load(Ordering::Relaxed), 0);
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
