//! What a store is told about each write, for its audit records: who, when, in which request, and which rules applied.
//!
//! Planted and caught: the actor or the request missing; the notes of POST, PUT and PATCH missing; a write for a change
//! without effect.

use provost_core::Profile;
use provost_provider::{Context, MemoryStore};
use provost_testing::body::{patch, user};
use provost_testing::protocol::Server;
use provost_testing::store::{Around, Call};
use provost_testing::time::START_MS;
use std::sync::{Arc, Mutex};

/// What a store is told about a write, as one line.
fn line(what: &str, cx: &Context) -> String {
    let second = (cx.at.as_millis() - START_MS) / 1000;
    let rules: Vec<&str> = cx.notes.rules().collect();
    let dropped = cx.notes.dropped().join(",");
    let line = format!(
        "{what} {} {} {second} {} {dropped}",
        cx.credential.id,
        cx.origin.request_id,
        rules.join(",")
    );
    line.trim_end().to_owned()
}

fn active(name: &str) -> String {
    user(name).replace('}', r#","active":true}"#)
}

#[tokio::test]
async fn a_store_is_told_who_when_and_what_the_profile_did() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let notes = told.clone();
    let store = Around::new(MemoryStore::new(), move |call: Call<'_>| {
        notes.lock().unwrap().extend(match call {
            Call::Get(_) | Call::Find(_) => None,
            Call::Create(asked) => Some(line("create", asked.context)),
            Call::Update(asked) => Some(line("update", asked.context)),
            Call::Delete(asked) => Some(line("delete", asked.context)),
        });
        Ok(())
    });
    let server = Server::over(store, Profile::entra());
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
        told.lock().unwrap().clear();
        let answer = server.send(method, &one, &body).await;
        assert!(answer.response.status < 300, "{}", answer.text);
        assert_eq!(told.lock().unwrap().join("; "), expected, "{method} {body}");
    }
    server.make("/Users", &user("pat").replace('}', r#","colour":"red"}"#)).await;
    let last = told.lock().unwrap().pop();
    assert_eq!(last.as_deref(), Some("create key-1 request-1 5 body/unknown-attribute colour"));
}
