//! Deleted people are gone from the files, and so are values that a PATCH replaced.

use crate::PROVOST;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use provost_testing::json::user;
use provost_testing::program::{Installation, Server};
use serde_json::{Value, json};

/// A person whose every text contains the word, in attributes that are a column, a key, a row of their own, or only in
/// the document; one text is longer than a page of the file.
fn person(word: &str, n: usize) -> Value {
    let mut person = user(&format!("{word}-name-{n:03}"));
    for attribute in ["displayName", "nickName", "externalId", "title", "userType"] {
        person[attribute] = json!(format!("{word}-{attribute}-{n}"));
    }
    person["name"] =
        json!({ "givenName": format!("{word}-given-{n}"), "familyName": format!("{word}-family-{n}") });
    person["phoneNumbers"] = json!([{ "value": format!("{word}-phone-{n}"), "type": "work" }]);
    person["addresses"] = json!([{ "streetAddress": format!("{word}-street-{n}"), "type": "home" }]);
    person["profileUrl"] = json!(format!("https://example.com/{}", format!("{word}-long-{n}/").repeat(600)));
    person["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] = json!({ "department": format!("{word}-department-{n}"), "employeeNumber": format!("{word}-number-{n}") });
    person["schemas"] = json!([
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ]);
    person
}

/// Replaces every value of a person, so that nothing of the old ones may remain.
fn renamed(s: &Server, id: &str, n: usize) {
    let operations = json!([{ "op": "replace", "value": person("renamed", n) }]);
    let patch =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
    let answer = s.ask("PATCH", &format!("/Users/{id}"), Some(&patch));
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn create(s: &Server, token: &str, word: &str, n: usize) -> String {
    let made = s.ask_as(token, "POST", "/Users", Some(&person(word, n)));
    assert_eq!(made.status, 201, "{}", made.body);
    made.id()
}

/// How often a word occurs in the files of the folder, ignoring case.
fn copies(folder: &Installation, word: &str) -> usize {
    let bytes = folder.bytes().to_ascii_lowercase();
    bytes.windows(word.len()).filter(|window| *window == word.as_bytes()).count()
}

/// When SQLite splits a page, its unused part can keep a copy of what moved, which a delete does not overwrite
/// (SECURITY.md).
const LEFT_IN_DIVIDED_PAGES: usize = 25;

/// Seen to fail: without the checkpoint at the end, in one run of two; without `secure_delete`, more than 10,000 copies
/// of each word are left; with `FAST` almost as many, in pages that became free as a whole.
#[test]
fn who_was_deleted_is_in_no_file() {
    const GONE: [&str; 4] = ["deletedperson", "replacedvalue", "deletedorganisation", "deletedgroup"];
    let folder = PROVOST.install();
    let s = Server::start_in(&folder, &["--limit-requests", "100000"]);
    assert_eq!(folder.run(&["org", "create", "acme", "--name", "deletedorganisation itself"]).code(), 0);
    let acme = folder.token("acme");
    // alternating, so that pages hold both people who stay and people who go
    let mut deleted = Vec::new();
    for n in 0..60 {
        deleted.push(create(&s, &s.token, "deletedperson", n));
        let id = create(&s, &s.token, "replacedvalue", n);
        renamed(&s, &id, n);
        create(&s, &acme, "deletedorganisation", n);
    }
    create(&s, &s.token, "staying", 0);
    let members: Vec<&str> = deleted.iter().map(String::as_str).collect();
    let group = s.create_group("deletedgroup", &members);
    s.patch(&format!("/Groups/{group}"), "Replace", "displayName", &json!("deletedgroup of another name"));
    for word in GONE {
        assert!(copies(&folder, word) > 0, "{word} can be found");
    }
    // in bulk and singly, most of them in sequence, so that whole pages become free
    let operations: Vec<Value> = deleted
        .iter()
        .take(30)
        .map(|id| json!({ "method": "DELETE", "path": format!("/Users/{id}") }))
        .collect();
    let bulk =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
    assert_eq!(s.ask("POST", "/Bulk", Some(&bulk)).status, 200);
    for id in deleted.iter().skip(30) {
        assert_eq!(s.ask("DELETE", &format!("/Users/{id}"), None).status, 204);
    }
    assert_eq!(s.ask("DELETE", &format!("/Groups/{group}"), None).status, 204);
    assert_eq!(folder.run(&["org", "delete", "acme", "--yes"]).code(), 0);
    s.stop();
    let log = std::fs::metadata(folder.path("provost.db-wal")).map_or(0, |log| log.len());
    assert_eq!(log, 0, "the log holds pages of before");
    for word in GONE {
        let left = copies(&folder, word);
        assert!(left <= LEFT_IN_DIVIDED_PAGES, "{word} is found {left} times");
    }
    assert_eq!(folder.run(&["vacuum"]).code(), 0);
    assert_eq!(GONE.map(|word| copies(&folder, word)), [0; 4]);
    assert!(copies(&folder, "staying") > 0 && copies(&folder, "renamed") > 0, "who was not deleted is there");
}

/// What an earlier release deleted is still in the file, and is reported until the file has been rewritten.
///
/// Seen to fail: with the mark set at every start; without VACUUM.
#[test]
fn what_an_earlier_release_left_is_told_until_it_is_gone() {
    const TOLD: &str = "run `provost vacuum` once";
    let folder = PROVOST.install();
    let s = Server::start_in(&folder, &["--limit-requests", "100000"]);
    let token = s.token.clone();
    (0..20).for_each(|n| drop(create(&s, &token, "deletedperson", n)));
    assert!(!s.stop().contains(TOLD), "a database of this release needs none");
    // as if made by an earlier release: no mark, and deletions that overwrite nothing
    let path = folder.path("provost.db");
    let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("opened");
    let earlier = "PRAGMA secure_delete=OFF; DELETE FROM setting WHERE name = 'deletions-overwritten'; \
                   DELETE FROM scim_document; DELETE FROM scim_element; DELETE FROM scim_resource; DELETE FROM membership; DELETE FROM outbox; DELETE FROM scim_counter;";
    conn.batch_execute(earlier).expect("done");
    drop(conn);
    assert!(copies(&folder, "deletedperson") > 1_000);
    let checked = || folder.json(&["check", "--json"])["notices"].to_string();
    let s = Server::start_in(&folder, &[]);
    let log = s.stop();
    assert!(log.contains(TOLD), "{log}");
    let ran = folder.run(&["check"]);
    assert!(ran.stdout().contains(TOLD), "{}", ran.stdout());
    assert_eq!(folder.json(&["vacuum", "--json"]), json!({ "vacuumed": "sqlite:provost.db" }));
    assert!(copies(&folder, "deletedperson") == 0, "written anew");
    let s = Server::start_in(&folder, &[]);
    let log = s.stop();
    assert!(!log.contains(TOLD), "{log}");
    assert_eq!(checked(), "[]");
}
