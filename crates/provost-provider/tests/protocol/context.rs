//! What a store is told of each write, for its audit records: who, when, in which request, and which rules fired.
//!
//! Planted and caught: the actor or the request left out; the notes of POST, PUT and PATCH left out; a write for a
//! change that comes to nothing.

use crate::server::{Server, patch, site, user};
use provost_core::Profile;
use provost_core::change::NewResource;
use provost_core::query::{Fields, Page};
use provost_core::{Change, Id, Query, Resource, ResourceType, Version};
use provost_provider::{Context, MemoryStore, Result, Store, Updated};
use std::sync::{Arc, Mutex};

/// Writes down what it is told.
struct Watched(MemoryStore, Mutex<Vec<String>>);

impl Watched {
    fn note(&self, what: &str, cx: &Context) {
        let second = (cx.at.as_millis() - 1_700_000_000_000) / 1000;
        let rules: Vec<&str> = cx.notes.rules().collect();
        let dropped = cx.notes.dropped().join(",");
        let line = format!("{what} {} {} {second} {} {dropped}", cx.actor, cx.request_id, rules.join(","));
        self.1.lock().unwrap().push(line.trim_end().to_owned());
    }
}

impl Store for Watched {
    async fn get(&self, kind: &Arc<ResourceType>, id: &Id, want: Fields) -> Result<Option<Resource>> {
        self.0.get(kind, id, want).await
    }
    async fn find(&self, kind: &Arc<ResourceType>, query: &Query) -> Result<Page> {
        self.0.find(kind, query).await
    }
    async fn create(&self, kind: &Arc<ResourceType>, new: NewResource, cx: &Context) -> Result<Updated> {
        self.note("create", cx);
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
        self.note("update", cx);
        self.0.update(kind, id, change, want, cx).await
    }
    async fn delete(
        &self,
        kind: &Arc<ResourceType>,
        id: &Id,
        expect: Option<Version>,
        cx: &Context,
    ) -> Result<()> {
        self.note("delete", cx);
        self.0.delete(kind, id, expect, cx).await
    }
}

fn active(name: &str) -> String {
    user(name).replace('}', r#","active":true}"#)
}

#[tokio::test]
async fn a_store_is_told_who_when_and_what_the_profile_did() {
    let server = Server::over(Watched(MemoryStore::new(site()), Mutex::default()), Profile::entra());
    let one = format!("/Users/{}", server.user("babs").await);
    for (method, body, expected) in [
        ("PUT", active("jim"), "update key-1 request-1 1"),
        ("PUT", active("jim"), ""),
        (
            "PUT",
            active("jo").replace('}', r#","colour":"red"}"#),
            "update key-1 request-1 2 body/unknown-attribute colour",
        ),
        (
            "PATCH",
            patch(r#"{"op":"Replace","path":"active","value":"False"}"#),
            "update key-1 request-1 3 value/bool-as-string",
        ),
        ("PATCH", patch(r#"{"op":"replace","path":"active","value":false}"#), ""),
        ("DELETE", String::new(), "delete key-1 request-1 4"),
    ] {
        server.session.store.1.lock().unwrap().clear();
        let answer = server.send(method, &one, &body).await;
        assert!(answer.response.status < 300, "{}", answer.text);
        assert_eq!(server.session.store.1.lock().unwrap().join("; "), expected, "{method} {body}");
    }
    server.make("Users", &user("pat").replace('}', r#","colour":"red"}"#)).await;
    let told = server.session.store.1.lock().unwrap().pop();
    assert_eq!(told.as_deref(), Some("create key-1 request-1 5 body/unknown-attribute colour"));
}
