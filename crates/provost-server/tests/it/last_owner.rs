//! The identity provider un-assigns the last owner: she stays, and the remaining people are told.

use crate::console::{Browser, owned};
use crate::member_acts::{join, joined, role};
use crate::member_page::{read, run};
use provost_testing::json::{elements, text};
use provost_testing::program::Server;
use serde_json::{Value, json};

const MIA: &str = "mia@example.com";

/// Ann, managed by SCIM, is the only owner; Mia, by hand, is a manager.
fn by_scim() -> (Server, Browser, String) {
    let (s, _) = owned();
    let manager = joined(&s, MIA, "manager");
    let ann = s.create_user("ann");
    join(&s, "ann");
    run(&s, &["members", "role", "ann", "owner", "--org", "lantern"]);
    run(&s, &["members", "remove", "ines.falk@example.com", "--org", "lantern"]);
    (s, manager, ann)
}

fn off() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "Replace", "path": "active", "value": "False" }],
    })
}

/// The names in the mails of a kind that wait in the outbox.
fn waiting(s: &Server, kind: &str) -> Vec<String> {
    let mails = s.folder.json(&["outbox", "list", "--org", "lantern", "--json"]);
    let of_kind = elements(&mails).iter().filter(|mail| mail["kind"] == json!(kind));
    of_kind.map(|mail| text(&mail["name"]).to_owned()).collect()
}

/// What doctor says for one check.
fn doctor(s: &Server, check: &str) -> (String, String) {
    let answers = s.folder.run(&["doctor", "--json"]).stdout();
    let answers: Value = serde_json::from_str(&answers).expect("JSON");
    let one = elements(&answers).iter().find(|one| one["check"] == json!(check)).expect("a check").clone();
    (text(&one["answer"]).to_owned(), text(&one["what"]).to_owned())
}

/// Seen to fail: with nothing noted.
#[test]
fn who_is_left_hears_that_the_last_owner_was_un_assigned() {
    let (s, mut manager, ann) = by_scim();
    let path = format!("/Users/{ann}");
    assert_eq!(doctor(&s, "last-owner").0, "fine");
    assert!(!manager.get("/settings/lantern/").body.contains("last owner"));
    for (method, body) in [("PATCH", Some(off())), ("DELETE", None), ("PATCH", Some(off()))] {
        let refused = s.ask(method, &path, body.as_ref());
        refused.assert_scim_error(409);
        assert!(refused.detail().contains("`ann` is the last owner"), "{}", refused.detail());
    }
    assert_eq!(role(&s, "ann").expect("a member").0, "owner");
    let shown = read(&manager.get("/settings/lantern/").body);
    assert!(shown.contains("Ann was un-assigned in Entra and is the last owner"), "{shown}");
    let (answer, what) = doctor(&s, "last-owner");
    assert!(answer == "note" && what.starts_with("lantern: ann was un-assigned in Entra"), "{what}");
    assert_eq!(waiting(&s, "last-owner").len(), 1, "once, to the manager");
    // once there is another owner, it is over
    joined(&s, "eve@example.com", "owner");
    assert_eq!(doctor(&s, "last-owner").0, "fine", "somebody else decides now");
    assert!(!manager.get("/settings/lantern/").body.contains("and is the last owner"));
    assert_eq!(s.ask("PATCH", &path, Some(&off())).status, 200, "the next cycle does it");
    assert_eq!(role(&s, "ann"), None);
}

/// Seen to fail: with the refused part not noted.
#[test]
fn of_two_owners_who_leave_in_one_bulk_one_stays() {
    let (s, _, ann) = by_scim();
    let bob = s.create_user("bob");
    join(&s, "bob");
    run(&s, &["members", "role", "bob", "owner", "--org", "lantern"]);
    let operations: Vec<Value> = [&ann, &bob]
        .iter()
        .map(|id| json!({ "method": "PATCH", "path": format!("/Users/{id}"), "data": off() }))
        .collect();
    let schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    let answer = s.ask("POST", "/Bulk", Some(&json!({ "schemas": [schema], "Operations": operations })));
    let answer = answer.json();
    let codes: Vec<&str> = elements(&answer["Operations"]).iter().map(|one| text(&one["status"])).collect();
    assert_eq!(codes, ["200", "409"], "{answer}");
    assert_eq!(role(&s, "bob").expect("a member").0, "owner");
    assert_eq!(doctor(&s, "last-owner").0, "note");
    assert_eq!(waiting(&s, "last-owner").len(), 1);
}
