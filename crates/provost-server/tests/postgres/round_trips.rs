//! How often a request waits for the database, including the check of its token: what matters if the database is on
//! another machine. A proxy counts from outside.
//!
//! Seen to fail: with a lock that is not sent together with the next statement, and with waits for statements whose
//! answers nobody needs.

use crate::PROVOST;
use provost_testing::json::{group, patch, user};
use provost_testing::program::Server;
use provost_testing::proxy;
use serde_json::{Value, json};

#[test]
fn each_request_waits_for_the_database_so_often() {
    let folder = PROVOST.install();
    let database = folder.database.clone().expect("one on a server");
    let (url, turns) = proxy::before(&database.url());
    let s = Server::start_in(&folder, &["--database", &url]);
    let with_address = |name: &str| {
        let mut user = user(name);
        user["emails"] = json!([{ "type": "work", "value": format!("{name}@x.example") }]);
        user
    };
    // the first time, statements are prepared and the use of the token is noted
    let mut seen = Vec::new();
    for round in ["a", "b", "c"] {
        let name = |what: &str| format!("{what}-{round}");
        let one = s.ask("POST", "/Users", Some(&with_address(&name("one")))).id();
        let all = s.ask("POST", "/Groups", Some(&group(&name("all"), &[]))).id();
        let with_member = group(&name("team"), &[&one]);
        let (user, group) = (format!("/Users/{one}"), format!("/Groups/{all}"));
        let members = json!([{ "value": one }]);
        let matched = format!("/Users?filter=userName+eq+%22{}%22", name("one"));
        let team = s.ask("POST", "/Groups", Some(&with_member)).id();
        let team = format!("/Groups/{team}");
        let requests: [(&str, &str, &str, Option<Value>, u16); 10] = [
            ("match a user", "GET", &matched, None, 200),
            ("match nobody", "GET", "/Users?filter=userName+eq+%22nobody%22", None, 200),
            ("get a user", "GET", &user, None, 200),
            ("get a group without members", "GET", &format!("{group}?excludedAttributes=members"), None, 200),
            ("get a group with its members", "GET", &team, None, 200),
            ("create a user", "POST", "/Users", Some(with_address(&name("two"))), 201),
            ("add a member", "PATCH", &group, Some(patch("Add", "members", &members)), 204),
            ("remove a member", "PATCH", &group, Some(patch("Remove", "members", &members)), 204),
            ("change a user", "PATCH", &user, Some(patch("Replace", "title", &json!("Chief"))), 200),
            ("delete a user", "DELETE", &user, None, 204),
        ];
        seen.clear();
        turns.take();
        for (what, method, path, body, status) in requests {
            let answer = s.ask(method, path, body.as_ref());
            assert_eq!(answer.status, status, "{what}: {}", answer.body);
            seen.push((what, turns.take()));
        }
    }
    assert_eq!(
        seen,
        [
            ("match a user", 2),
            ("match nobody", 2),
            ("get a user", 2),
            ("get a group without members", 2),
            ("get a group with its members", 2),
            ("create a user", 6),
            ("add a member", 6),
            ("remove a member", 6),
            ("change a user", 7),
            // one of them counts that a membership ended
            ("delete a user", 9),
        ]
    );
}
