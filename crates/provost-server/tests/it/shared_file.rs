//! Several servers on one database file. Servers with the same options share it; otherwise the newest start wins, and
//! the earlier ones refuse to answer rather than answer wrongly.
//!
//! Seen to fail: without the proof in reads (a filter then misses an existing user), in writes, in `/readyz` and in
//! `check` and `org update`; with a `migrate` that takes no schemas, or not those of the file; and with faults that end
//! with 0.

use crate::PROVOST;
use provost_testing::http::Answer;
use provost_testing::json::{patch, user};
use provost_testing::program::Server;
use serde_json::json;

const SAYS: &str = "the database was prepared with other schemas or indexed attributes, or by another version, than this \
                    server has: start every server on it in the same version, with the same schemas and indexed attributes";

fn refused(answer: &Answer) {
    answer.assert_scim_error(503);
    assert_eq!(answer.json()["detail"], json!(SAYS));
    assert_eq!(answer.header("retry-after"), Some("60"));
}

fn titled(name: &str) -> serde_json::Value {
    let mut user = user(name);
    user["title"] = json!("Guide");
    user
}

const BY_TITLE: &str = "/Users?filter=title+eq+%22guide%22";

#[test]
fn the_newest_start_has_its_way_and_the_others_say_so() {
    let mut first = PROVOST.start();
    let token = first.token.clone();
    let made = first.ask("POST", "/Users", Some(&titled("ann")));
    assert_eq!(made.status, 201, "{}", made.body);
    let ann = format!("/Users/{}", made.id());

    let mut second = Server::start_in(&first.folder, &["--indexed", "User:title"]);
    second.token.clone_from(&token);
    assert_eq!(second.ask("POST", "/Users", Some(&titled("bob"))).status, 201);
    assert_eq!(second.ask("GET", BY_TITLE, None).json()["totalResults"], 2);

    for path in
        [BY_TITLE, "/Users?filter=userName+eq+%22ann%22", "/Users", "/Users?sortBy=userName", "/Users?cursor"]
    {
        refused(&first.ask("GET", path, None));
    }
    let search =
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "title pr" });
    refused(&first.ask("POST", "/Users/.search", Some(&search)));
    refused(&first.ask("POST", "/Users", Some(&user("cid"))));
    refused(&first.ask("PUT", &ann, Some(&user("ann"))));
    refused(&first.ask("PATCH", &ann, Some(&patch("replace", "title", &json!("Scout")))));
    refused(&first.ask("DELETE", &ann, None));
    let ready = first.send("GET", "/readyz", &[], None);
    assert_eq!((ready.status, ready.body), (503, format!("{SAYS}\n")));
    assert_eq!(first.send("GET", "/healthz", &[], None).status, 200);
    // stored values are still shown as sent: nothing derived is involved
    assert_eq!(first.ask("GET", &ann, None).json()["title"], "Guide");
    assert_eq!(second.ask("GET", BY_TITLE, None).json()["totalResults"], 2, "nothing of it was done");
    assert_eq!(second.send("GET", "/readyz", &[], None).status, 200);

    // the same options end it
    let folder = first.folder.clone();
    first.stop();
    first = Server::start_in(&folder, &["--indexed", "User:title"]);
    first.token.clone_from(&token);
    for s in [&first, &second] {
        assert_eq!(s.ask("GET", BY_TITLE, None).json()["totalResults"], 2);
        assert_eq!(s.send("GET", "/readyz", &[], None).status, 200);
    }
    assert_eq!(first.ask("POST", "/Users", Some(&titled("cid"))).status, 201);
    assert_eq!(second.ask("GET", BY_TITLE, None).json()["totalResults"], 3);
}

#[test]
fn commands_that_prepare_take_the_options_of_serve_and_others_need_none() {
    let folder = PROVOST.install();
    folder.write("provost.toml", "indexed = [\"User:title\"]\n");
    let s = Server::start_in(&folder, &[]);
    assert_eq!(s.ask("POST", "/Users", Some(&titled("ann"))).status, 201);
    // from the file; doing no more than serve did
    assert_eq!(folder.json(&["migrate", "--json"]), json!({ "applied": [] }));
    assert_eq!(folder.json(&["check", "--json"]), json!({ "faults": [], "notices": [] }));
    // commands on other tables are not affected
    for command in [
        &["org", "create", "acme"][..],
        &["org", "delete", "acme", "--yes"],
        &["token", "create", "--org", "default"],
    ] {
        assert_eq!(folder.run(command).code(), 0, "{command:?}");
    }
    assert_eq!(s.ask("GET", BY_TITLE, None).json()["totalResults"], 1);

    let other = folder.run(&["check", "--indexed", "User:nickName"]);
    assert_eq!((other.code(), other.stderr()), (1, format!("error: {SAYS}\n")));
    assert_eq!(s.ask("GET", BY_TITLE, None).json()["totalResults"], 1, "a check changes nothing");
    // uniqueness is checked with values derived from schemas
    for switch in [["--unique-external-id", "on"], ["--profile", "okta"]] {
        let update = [&["org", "update", "default"][..], &switch].concat();
        let other = folder.run(&[&update[..], &["--indexed", "User:nickName"]].concat());
        assert_eq!((other.code(), other.stderr()), (1, format!("error: {SAYS}\n")), "{switch:?}");
        assert_eq!(folder.run(&update).code(), 0, "{switch:?}");
    }
    let renamed = ["org", "update", "default", "--name", "Acme", "--indexed", "User:nickName"];
    assert_eq!(folder.run(&renamed).code(), 0, "a name is nobody else's business");

    let prepared = folder.json(&["migrate", "--indexed", "User:nickName", "--json"]);
    assert_eq!(prepared, json!({ "applied": ["indexed-1-resources-anew"] }));
    refused(&s.ask("GET", BY_TITLE, None));
    assert_eq!(folder.json(&["migrate", "--json"]), json!({ "applied": ["indexed-1-resources-anew"] }));
    assert_eq!(s.ask("GET", BY_TITLE, None).json()["totalResults"], 1);
}

/// Seen to fail: with the proof required although nothing was ever stored.
#[test]
fn before_the_first_start_there_is_nothing_to_prove() {
    let folder = PROVOST.install();
    assert_eq!(folder.run(&["org", "create", "acme", "--profile", "strict"]).code(), 0);
    let ran = folder.run(&["org", "update", "acme", "--profile", "entra", "--unique-external-id", "on"]);
    assert_eq!((ran.code(), ran.stderr().as_str()), (0, ""));
}

#[test]
fn a_check_tells_faults_by_its_exit_code() {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, SqliteConnection};
    let s = PROVOST.start();
    let ann = s.create_user("ann");
    let folder = s.folder.clone();
    s.stop();
    let checked = folder.run(&["check"]);
    assert_eq!(
        (checked.code(), checked.stdout().as_str(), checked.stderr().as_str()),
        (0, "no faults\n", "")
    );
    let path = folder.path("provost.db");
    let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("opened");
    conn.batch_execute("update scim_resource set user_name_key = 'eve'").expect("written");
    let checked = folder.run(&["check"]);
    let told = format!(
        "fault: organisation default: User {ann}: filters look for other values than the document holds\n"
    );
    assert_eq!(
        (checked.code(), checked.stdout(), checked.stderr().as_str()),
        (1, told, "error: the database has 1 fault\n")
    );
}
