//! Pages by cursor (RFC 9865).
//!
//! Seen to fail: with a new key at each start, and with a `scope` shared by all organisations.

use crate::PROVOST;
use provost_testing::http::Answer;
use provost_testing::program::Server;

fn names(answer: &Answer) -> Vec<String> {
    let page = answer.json();
    let all = page["Resources"].as_array().expect("a list");
    all.iter().map(|r| r["userName"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_walk_goes_on_after_a_restart_and_in_no_other_organisation() {
    let s = PROVOST.start();
    for name in ["ann", "bob", "cyd", "dan", "eve"] {
        s.create_user(name);
    }
    let first = s.ask("GET", "/Users?cursor&count=2&sortBy=userName", None);
    assert_eq!(names(&first), ["ann", "bob"], "{}", first.body);
    let cursor = first.json()["nextCursor"].as_str().expect("a cursor").to_owned();
    let next = format!("/Users?cursor={cursor}&count=2&sortBy=userName");

    assert_eq!(s.folder.run(&["org", "create", "other"]).code(), 0);
    let other = s.folder.token("other");
    let refused = s.ask_as(&other, "GET", &next, None);
    assert_eq!((refused.status, refused.json()["scimType"].as_str()), (400, Some("invalidCursor")));

    let token = s.token.clone();
    let folder = s.kill();
    let mut s = Server::start_in(&folder, &[]);
    s.token = token;
    assert_eq!(names(&s.ask("GET", &next, None)), ["cyd", "dan"]);
    // another token of the organisation may continue, as after a rotation
    let fresh = s.folder.token("default");
    assert_eq!(names(&s.ask_as(&fresh, "GET", &next, None)), ["cyd", "dan"]);
    let said = &s.ask("GET", "/ServiceProviderConfig", None).json()["pagination"];
    assert_eq!(
        (said["cursor"].as_bool(), said["cursorTimeout"].as_i64()),
        (Some(true), Some(3600)),
        "{said}"
    );
}
