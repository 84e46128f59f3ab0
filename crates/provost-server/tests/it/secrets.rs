//! What must never be seen.

use crate::PROVOST;
use provost_testing::folder::holds;
use provost_testing::json::user;
use provost_testing::program::Server;
use serde_json::json;

/// Texts that occur nowhere else.
const CANARIES: [&str; 4] =
    ["canary-user-name", "canary-nick-name", "canary-filter-value", "canary-password"];

#[test]
fn neither_log_nor_database_holds_a_token_and_the_log_holds_nobodys_data() {
    let folder = PROVOST.install();
    let s = Server::start_in(&folder, &["--log", "trace"]);
    let token = s.token.clone();
    let secret = token.get(18..).expect("a token").to_owned();
    let mut person = user("canary-user-name");
    person["nickName"] = json!("canary-nick-name");
    person["password"] = json!("canary-password");
    assert_eq!(s.ask("POST", "/Users", Some(&person)).status, 201);
    assert_eq!(s.ask("POST", "/Users", Some(&person)).status, 409);
    for path in ["/Users?filter=nickName+eq+%22canary-filter-value%22", "/Users?filter=canary-filter-value"] {
        s.ask("GET", path, None);
    }
    s.ask("GET", "/Users/canary-user-name", None);
    s.ask_as(&format!("{token}x"), "GET", "/Users", None).assert_scim_error(401);
    let in_query = format!("/scim/v2/Users?access_token={token}");
    s.send("GET", &in_query, &[], None).assert_scim_error(401);

    let files = folder.bytes();
    assert!(!holds(&files, &secret), "the database has the token");
    assert!(!holds(&files, "canary-password"), "the database has the password");
    assert!(holds(&files, "canary-user-name"), "the search can find something");
    let log = s.stop();
    assert!(!log.contains(&secret), "the log has the token");
    for canary in CANARIES {
        let line = log.lines().find(|l| l.contains(canary));
        assert_eq!(line, None, "the log has somebody's data");
    }
    assert!(log.contains("answered"), "the log was on");
}
