//! The outcome of a request, for audit trails: what was asked, of which resource, and why it was refused.
//!
//! Seen to fail: without the id of a created resource, with a write at `/Me` taken for a read, with a store's failure
//! among the refusals, with refusals that may pass later among them, and without the parts of a Bulk.

use provost_core::{ErrorKind, Id, Profile};
use provost_provider::{Asked, MemoryStore, Outcome, StoreError, Write};
use provost_testing::body::{patch, user};
use provost_testing::protocol::{Server, both, strict};
use provost_testing::store::{Around, Call};
use std::sync::Arc;

/// `create User id-001`, or another request in that form.
fn asked(outcome: &Outcome) -> String {
    match &outcome.asked {
        Asked::Read => "read".to_owned(),
        Asked::Bulk => "bulk".to_owned(),
        Asked::Write(write) => {
            let id = write.id.as_ref().map_or("-", |id| id.as_str());
            format!("{} {} {id}", write.kind.as_str(), write.resource_type.name)
        }
    }
}

/// What was refused, and why.
fn refused(outcome: &Outcome) -> Vec<(String, ErrorKind)> {
    let word = |write: Option<&Write>| {
        write.map_or("bulk".to_owned(), |w| {
            format!("{} {}", w.kind.as_str(), w.id.as_ref().map_or("-", |id| id.as_str()))
        })
    };
    outcome.refused_writes().map(|refused| (word(refused.write), refused.error)).collect()
}

#[tokio::test]
async fn what_was_asked_is_told_with_the_resource() {
    for server in both() {
        let made = server.send("POST", "/Users", &user("ann")).await;
        let id = made.text("id");
        assert_eq!(asked(&made.outcome), format!("create User {id}"));
        for (method, body, word) in [
            ("PATCH", patch(r#"{"op":"replace","path":"title","value":"x"}"#), "update"),
            ("PUT", user("anna"), "update"),
            ("DELETE", String::new(), "delete"),
        ] {
            let done = server.send(method, &format!("/Users/{id}"), &body).await;
            assert_eq!(asked(&done.outcome), format!("{word} User {id}"));
            assert!(done.outcome.failure().is_none() && refused(&done.outcome).is_empty(), "{method}");
        }
        assert_eq!(asked(&server.send("GET", "/Users", "").await.outcome), "read");
    }
}

#[tokio::test]
async fn refusals_are_told_by_kind_and_failures_are_not_among_them() {
    let server = strict();
    let ann = server.user("ann").await;
    let taken = server.send("POST", "/Users", &user("ANN")).await;
    assert_eq!(refused(&taken.outcome), [("create -".to_owned(), ErrorKind::Uniqueness)]);
    let wrong = server
        .send("PATCH", &format!("/Users/{ann}"), &patch(r#"{"op":"replace","path":"active","value":7}"#))
        .await;
    assert_eq!(refused(&wrong.outcome), [(format!("update {ann}"), ErrorKind::InvalidValue)]);
    let unread = server.send("GET", "/Users/nobody", "").await;
    assert_eq!((refused(&unread.outcome), unread.status()), (Vec::new(), 404));

    let broken = Around::new(MemoryStore::new(), |call: Call<'_>| match call {
        Call::Create(_) => Err(StoreError::backend("disk on fire")),
        _ => Ok(()),
    });
    let failed = Server::over(broken, Profile::strict()).send("POST", "/Users", &user("bob")).await;
    assert_eq!((refused(&failed.outcome), failed.status()), (Vec::new(), 500));
    assert!(failed.outcome.failure().is_some());

    let crowded = Around::new(MemoryStore::new(), |call: Call<'_>| match call {
        Call::Create(_) => Err(StoreError::Crowded { retry_after_s: 1 }),
        _ => Ok(()),
    });
    let put_off = Server::over(crowded, Profile::strict()).send("POST", "/Users", &user("bob")).await;
    assert_eq!((refused(&put_off.outcome), put_off.status()), (Vec::new(), 429));
}

#[tokio::test]
async fn a_write_at_me_is_one_of_the_resource_behind_it() {
    let server = Server::set_up(MemoryStore::new(), Profile::strict(), |settings| {
        settings.me = Some(Arc::new(|_| Some(("User".to_owned(), Id::from("id-001")))));
    });
    server.user("ann").await;
    server.user("bob").await;
    let refusal = server.send("PUT", "/Me", &user("bob")).await;
    assert_eq!(refused(&refusal.outcome), [("update id-001".to_owned(), ErrorKind::Uniqueness)]);
}

#[tokio::test]
async fn each_operation_of_a_bulk_is_told_and_the_whole_where_it_is_refused() {
    let server = Server::over(MemoryStore::new(), Profile::entra());
    let ann = server.user("ann").await;
    let body = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
            {{"method":"POST","path":"/Users","bulkId":"a","data":{{"userName":"bob","shoeSize":4}}}},
            {{"method":"POST","path":"/Users","bulkId":"b","data":{{"userName":"ANN"}}}},
            {{"method":"DELETE","path":"/Users/{ann}"}},
            {{"method":"FETCH","path":"/Users/{ann}"}}]}}"#
    );
    let done = server.send("POST", "/Bulk", &body).await;
    assert_eq!(asked(&done.outcome), "bulk");
    let parts: Vec<String> = done.outcome.parts.iter().map(asked).collect();
    let bob = done.at("Operations.location").unwrap();
    let bob = bob.rsplit('/').next().unwrap();
    assert_eq!(
        parts,
        [format!("create User {bob}"), "create User -".into(), format!("delete User {ann}"), "read".into()]
    );
    assert_eq!(refused(&done.outcome), [("create -".to_owned(), ErrorKind::Uniqueness)]);
    let dropped: Vec<usize> = done.outcome.parts.iter().map(|part| part.notes.dropped().len()).collect();
    assert_eq!((dropped, done.outcome.notes.dropped().len()), (vec![1, 0, 0, 0], 1));

    let refusal = server.send("POST", "/Bulk", "7").await;
    assert_eq!(refused(&refusal.outcome), [("bulk".to_owned(), ErrorKind::InvalidSyntax)]);
}
