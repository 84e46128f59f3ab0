//! The audit trail: what was done and what was refused, by whom; nothing of reads, strangers and people's data.
//!
//! Seen to fail: with refused writes not written down, with reads among them, and with the operations of a bulk request
//! left out.

use crate::support::{Server, patch, user};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde_json::json;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    tenant: i64,
    #[diesel(sql_type = Text)]
    actor: String,
    #[diesel(sql_type = Text)]
    request_id: String,
    #[diesel(sql_type = Text)]
    operation: String,
    #[diesel(sql_type = Text)]
    resource_type: String,
    #[diesel(sql_type = Text)]
    resource_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    error: Option<String>,
}

/// Read while the server runs, as soon as the answer is there.
fn rows(s: &Server) -> Vec<Row> {
    let path = s.folder.path("provost.db");
    let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("opened");
    diesel::sql_query("SELECT * FROM audit ORDER BY id").load(&mut conn).expect("read")
}

/// The last record: operation, type, id and error.
fn last(s: &Server) -> (String, String, String, String) {
    let row = rows(s).pop().expect("a record");
    (row.operation, row.resource_type, row.resource_id, row.error.unwrap_or_default())
}

fn told(operation: &str, kind: &str, id: &str, error: &str) -> (String, String, String, String) {
    (operation.to_owned(), kind.to_owned(), id.to_owned(), error.to_owned())
}

#[test]
fn refused_writes_of_clients_are_written_down() {
    let s = Server::start();
    let (ann, bob) = (s.create_user("ann"), s.create_user("bob"));
    assert_eq!(last(&s), told("create", "User", &bob, ""));
    let key_id = s.token.split('_').nth(1).expect("a key id").to_owned();

    s.ask("POST", "/Users", Some(&user("ANN"))).assert_scim_error(409);
    assert_eq!(last(&s), told("create", "User", "", "Uniqueness"));
    s.ask("PUT", &format!("/Users/{ann}"), Some(&user("bob"))).assert_scim_error(409);
    assert_eq!(last(&s), told("update", "User", &ann, "Uniqueness"));
    let wrong = patch("replace", "active", &json!("perhaps"));
    s.ask("PATCH", &format!("/Users/{ann}"), Some(&wrong)).assert_scim_error(400);
    assert_eq!(last(&s), told("update", "User", &ann, "InvalidValue"));
    s.ask("DELETE", "/Groups/nobody", None).assert_scim_error(404);
    assert_eq!(last(&s), told("delete", "Group", "nobody", "NotFound"));
    s.ask("DELETE", &format!("/Groups/{}", "x".repeat(3_000)), None).assert_scim_error(404);
    assert!(last(&s).2.len() < 300, "an id of any length is cut");

    let row = rows(&s).pop().expect("a record");
    let mine = rows(&s).into_iter().find(|r| r.error.is_none()).expect("what was done");
    assert_eq!((row.tenant, &row.actor), (mine.tenant, &mine.actor));
    assert!(key_id.starts_with(&row.actor), "{} {key_id}", row.actor);
    assert!(!row.request_id.is_empty());
}

#[test]
fn each_refused_operation_of_a_bulk_request_is_written_down() {
    let s = Server::start();
    let ann = s.create_user("ann");
    let before = rows(&s).len();
    let bulk = |operations: serde_json::Value| {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations
        })
    };
    let operations = json!([
        { "method": "DELETE", "path": "/Users/nobody" },
        { "method": "DELETE", "path": format!("/Users/{ann}") },
        { "method": "POST", "path": "/Users", "bulkId": "a", "data": {} },
    ]);
    assert_eq!(s.ask("POST", "/Bulk", Some(&bulk(operations))).status, 200);
    let said: Vec<_> = rows(&s)
        .into_iter()
        .skip(before)
        .map(|r| (r.operation, r.resource_id, r.error.unwrap_or_default()))
        .collect();
    assert_eq!(said.len(), 3, "{said:?}");
    for wanted in [("delete", "nobody", "NotFound"), ("delete", &ann, ""), ("create", "", "InvalidValue")] {
        assert!(said.iter().any(|(o, i, e)| (o.as_str(), i.as_str(), e.as_str()) == wanted), "{said:?}");
    }
    s.ask("POST", "/Bulk", Some(&bulk(json!(7)))).assert_scim_error(400);
    assert_eq!(last(&s), told("bulk", "", "", "InvalidSyntax"));
    // however many, not more than a hundred rows
    let many = vec![json!({ "method": "DELETE", "path": "/Users/nobody" }); 400];
    let before = rows(&s).len();
    assert_eq!(s.ask("POST", "/Bulk", Some(&bulk(json!(many)))).status, 200);
    assert_eq!(rows(&s).len() - before, 100);
}

#[test]
fn reads_and_strangers_leave_no_record() {
    let s = Server::start();
    s.create_user("ann");
    let before = rows(&s).len();
    s.ask("GET", "/Users/nobody", None).assert_scim_error(404);
    s.ask("GET", "/Users?filter=nonsense", None).assert_scim_error(400);
    s.ask("POST", "/Users/.search", Some(&json!({ "filter": "nonsense" }))).assert_scim_error(400);
    s.ask("DELETE", "/Nowhere/x", None).assert_scim_error(404);
    s.ask_as("wrong", "DELETE", "/Users/nobody", None).assert_scim_error(401);
    s.send("POST", "/scim/v2/Users", &[], Some(&user("eve"))).assert_scim_error(401);
    assert_eq!(rows(&s).len(), before);
}
