//! Accounts that the operator disables and enables again.

use crate::console::{Browser, PASSWORD, link, owned};
use crate::member_acts::joined;
use crate::member_page::run;
use provost_testing::json::text;
use provost_testing::program::Server;
use serde_json::json;
use std::thread;

const ANN: &str = "ann@example.com";
const INES: &str = "ines.falk@example.com";

fn code(s: &Server, arguments: &[&str]) -> i32 {
    s.folder.run(arguments).code()
}

/// Seen to fail: with the right password let in.
#[test]
fn who_is_switched_off_is_signed_out_and_stays_out() {
    let (s, mut owner) = owned();
    let mut ann = joined(&s, ANN, "manager");
    run(&s, &["org", "create", "other", "--owner", ANN]);
    let reset = link(&s.folder, &["account", "reset-link", ANN]);
    let shown = s.folder.json(&["account", "disable", "Ann@Example.com", "--json"]);
    let expected = json!({
        "email": ANN, "name": "Somebody", "enabled": false, "sessionsEnded": 1, "organisations": ["lantern"],
    });
    assert_eq!(shown, expected);
    let said = s.folder.run(&["account", "disable", ANN]);
    assert_eq!(said.stdout(), "ann@example.com is switched off, and 0 sessions ended; a member of lantern\n");
    let to = ann.get("/settings/lantern/");
    assert_eq!(to.header("location"), Some("/login/?to=/settings/lantern/&ended=account-off"));
    let off = "This account is switched off. Ask those who operate this server.";
    assert!(ann.get("/login/?ended=account-off").body.contains(off));
    let mut other = Browser::on(&s);
    let wrong = other.sign_in(ANN, "a wrong password");
    assert!(wrong.status == 422 && !wrong.body.contains("switched off"), "a stranger learns nothing");
    let right = other.sign_in(ANN, PASSWORD);
    assert!(right.status == 422 && right.body.contains(off), "{}", right.body);
    assert!(!other.is_signed_in());
    assert_eq!(other.get(&reset).status, 410);
    let ran = s.folder.run(&["account", "reset-link", ANN]);
    assert!(ran.code() == 1 && ran.stderr().contains("this account is switched off"), "{}", ran.stderr());
    // nor does another invitation let the person in
    let printed = link(&s.folder, &["members", "resend", ANN, "--print-link", "--org", "other"]);
    let path = printed.lines().next_back().expect("a line").to_owned();
    assert_eq!(other.post(&path, &[("do", "new"), ("name", "Ann"), ("password", PASSWORD)]).status, 422);
    assert_eq!(other.post(&path, &[("do", "anew"), ("name", "Ann"), ("password", PASSWORD)]).status, 422);
    let ran = s.folder.run(&["members", "role", ANN, "owner", "--org", "lantern"]);
    assert!(ran.code() == 1 && ran.stderr().contains("this account is switched off"), "{}", ran.stderr());
    assert_eq!(owner.get("/settings/lantern/").status, 200, "others are left alone");

    run(&s, &["account", "enable", ANN]);
    assert_eq!(ann.get("/account/").status, 303, "the sessions of before stay ended");
    assert_eq!(other.get(&reset).status, 410);
    assert_eq!(other.sign_in(ANN, PASSWORD).status, 303);
    assert_eq!(other.get("/settings/lantern/").status, 200);
    let records = s.folder.json(&["audit", "list", "--org", "lantern", "--json"]).to_string();
    for (word, number) in [("disable", 1), ("enable", 1)] {
        let told = records.matches(&format!(r#""operation":"{word}""#)).count();
        assert_eq!(told, number, "{word}: {records}");
    }
    let ran = s.folder.run(&["account", "disable", "nobody@example.com"]);
    assert!(ran.code() == 1 && ran.stderr().contains("nobody signs in with"), "{}", ran.stderr());
}

/// Seen to fail: without the guard.
#[test]
fn the_last_owner_is_not_switched_off() {
    let (s, mut owner) = owned();
    let ran = s.folder.run(&["account", "disable", INES]);
    let said = "ines.falk@example.com is the last owner of the organisation: make another member who has joined an owner first (in \
                `lantern`)";
    assert!(ran.code() == 1 && ran.stderr().contains(said), "{}", ran.stderr());
    assert_eq!(owner.get("/settings/lantern/").status, 200);
    // somebody who is only invited does not count as an owner yet
    run(&s, &["members", "invite", "eve@example.com", "--role", "owner", "--org", "lantern"]);
    assert_eq!(code(&s, &["account", "disable", INES]), 1);
    joined(&s, ANN, "owner");
    run(&s, &["account", "disable", ANN]);
    // a disabled owner does not count
    assert_eq!(code(&s, &["account", "disable", INES]), 1);
    assert_eq!(code(&s, &["members", "remove", INES, "--org", "lantern"]), 1);
    assert_eq!(code(&s, &["members", "role", INES, "member", "--org", "lantern"]), 1);
    let form = owner.form();
    let leave = [("form", &*form), ("do", "leave"), ("organisation", "lantern"), ("present", PASSWORD)];
    assert_eq!(owner.post("/account/", &leave).status, 422);
    let owners = s.folder.json(&["doctor", "--json"]).to_string();
    assert!(owners.contains("one owner"), "{owners}");
    run(&s, &["account", "enable", ANN]);
    run(&s, &["account", "disable", INES]);
    assert_eq!(code(&s, &["account", "disable", ANN]), 1);
    assert_eq!(code(&s, &["members", "remove", INES, "--org", "lantern"]), 0);
}

/// Seen to fail: without the guard.
#[test]
fn of_two_owners_who_are_switched_off_at_once_one_stays() {
    let (s, _owner) = owned();
    joined(&s, ANN, "owner");
    for round in 0..5 {
        let codes = thread::scope(|scope| {
            [ANN, INES]
                .map(|who| scope.spawn(|| code(&s, &["account", "disable", who])))
                .map(|ran| ran.join().expect("runs"))
        });
        assert_eq!(codes.iter().sum::<i32>(), 1, "{round}: {codes:?}");
        for who in [ANN, INES] {
            run(&s, &["account", "enable", who]);
        }
    }
    let members = s.folder.json(&["members", "list", "--org", "lantern", "--json"]);
    assert_eq!(text(&members[0]["state"]), "joined", "{members}");
}
