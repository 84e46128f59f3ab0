//! Switching SCIM off and on, and what is known of an identity provider's calls.

use crate::PROVOST;
use provost_testing::json::user;
use provost_testing::program::{Program, Server};
use serde_json::json;

const LOOK_UP: &str = "/Users?filter=userName+eq+%22nobody%22";

/// Seen to fail: with a token that works regardless of the switch.
#[test]
fn a_good_token_reads_why_it_opens_nothing() {
    let s = PROVOST.start();
    assert_eq!(s.ask("POST", "/Users", Some(&user("ines"))).status, 201);
    let shown = s.folder.json(&["org", "update", "default", "--scim", "off", "--json"]);
    assert_eq!(shown["scim"], json!(false));
    for (method, path, body) in [
        ("GET", LOOK_UP, None),
        ("POST", "/Users", Some(user("theo"))),
        ("GET", "/Schemas", None),
        ("POST", "/Bulk", Some(json!({}))),
        ("DELETE", "/Users/1", None),
    ] {
        let refused = s.ask(method, path, body.as_ref());
        refused.assert_scim_error(403);
        assert_eq!(
            refused.detail(),
            "SCIM is off for this organisation; an owner can switch it on under Settings > Auth > Enable SCIM"
        );
    }
    assert!(s.folder.members("default").contains("ines"), "nobody loses anything");
    let listed = s.folder.json(&["token", "list", "--org", "default", "--json"]);
    assert_eq!(listed[0]["lastRefused"]["reason"], json!("scim-off"), "{listed}");
    let trail = s.folder.json(&["audit", "list", "--org", "default", "--json"]).to_string();
    assert!(trail.contains(r#""settings":{"scim":{"new":false,"old":true}}"#), "{trail}");
    assert_eq!(s.folder.run(&["org", "update", "default", "--scim", "on"]).code(), 0);
    assert_eq!(s.ask("GET", LOOK_UP, None).status, 200);
}

/// Seen to fail: with a token made all the same.
#[test]
fn a_first_start_without_scim_leaves_it_to_the_owner() {
    let folder = PROVOST.install();
    let mut s = Server::start_in(&folder, &["--scim", "off"]);
    let greeting = s.greeting();
    assert!(greeting.contains("with SCIM off") && greeting.contains("/setup/"), "{greeting}");
    assert!(!greeting.contains("scim_"), "{greeting}");
    assert_eq!(folder.json(&["token", "list", "--org", "default", "--json"]), json!([]));
    assert_eq!(folder.json(&["org", "show", "default", "--json"])["scim"], json!(false));
    s.stop();
    let mut again = Server::start_in(&folder, &[]);
    assert_eq!(again.greeting(), "");
    let log = again.stop();
    assert!(log.contains("SCIM is off: an owner switches it on under Settings > Auth"), "{log}");
}

#[test]
fn an_organisation_is_made_with_scim_on_or_off() {
    let folder = Program::install(PROVOST);
    assert_eq!(folder.json(&["org", "create", "one", "--json"])["scim"], json!(true));
    assert_eq!(folder.json(&["org", "create", "two", "--scim", "off", "--json"])["scim"], json!(false));
    let refused = folder.run(&["org", "update", "two", "--scim", "true"]);
    assert!(refused.code() == 2 && refused.stderr().contains("write on or off"), "{}", refused.stderr());
}
