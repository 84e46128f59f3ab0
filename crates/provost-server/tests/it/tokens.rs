//! Tokens that are replaced, watched and refused, as operators see it.

use crate::PROVOST;
use provost_testing::folder::holds;
use provost_testing::http::send;
use provost_testing::json::{elements, text, user};
use provost_testing::program::{Installation, Server};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Makes a token for the organisation. Returns its text and its key id.
fn created(folder: &Installation, options: &[&str]) -> (String, String) {
    made(folder, &[&["token", "create", "--org", "default"], options].concat())
}

fn rotated(folder: &Installation, key_id: &str, options: &[&str]) -> (String, String) {
    made(folder, &[&["token", "rotate", key_id], options].concat())
}

fn made(folder: &Installation, arguments: &[&str]) -> (String, String) {
    let made = folder.json(&[arguments, &["--json"]].concat());
    (text(&made["token"]).to_owned(), text(&made["keyId"]).to_owned())
}

/// The token as it is listed.
fn listed(folder: &Installation, key_id: &str) -> Value {
    let all = folder.json(&["token", "list", "--org", "default", "--json"]);
    elements(&all).iter().find(|token| token["keyId"] == json!(key_id)).expect("the token").clone()
}

/// Requests with one token, about a hundred a second, until it is stopped; some write.
struct Load {
    is_over: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    asking: JoinHandle<Vec<u16>>,
}

impl Load {
    fn of(s: &Server, token: &str, name: &'static str) -> Self {
        let mut client = s.asker();
        client.token = token.to_owned();
        let (is_over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (until, count) = (is_over.clone(), answered.clone());
        let asking = thread::spawn(move || {
            let mut refused = Vec::new();
            for n in 0.. {
                if until.load(Ordering::Relaxed) {
                    break;
                }
                let answer = match n % 10 {
                    0 => client.ask("POST", "/Users", Some(&user(&format!("{name}-{n}")))),
                    _ => client.ask("GET", "/Users?count=1", None),
                };
                if !matches!(answer.status, 200 | 201) {
                    refused.push(answer.status);
                }
                count.fetch_add(1, Ordering::Relaxed);
                thread::sleep(Duration::from_millis(10));
            }
            refused
        });
        Self { is_over, answered, asking }
    }

    /// Waits until so many more requests have been answered.
    fn go_on(&self, requests: usize) {
        let until = self.answered.load(Ordering::Relaxed) + requests;
        while self.answered.load(Ordering::Relaxed) < until && !self.asking.is_finished() {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Stops it. Returns the statuses of failed requests.
    fn end(self) -> Vec<u16> {
        self.is_over.store(true, Ordering::Relaxed);
        self.asking.join().expect("no panic")
    }
}

/// Seen to fail: with a rotation that ends the old token at once.
#[test]
fn a_rotation_under_load_fails_no_request() {
    let s = PROVOST.start();
    let (old, old_id) = created(&s.folder, &["--label", "entra", "--expires-in", "90d"]);
    let before = Load::of(&s, &old, "old");
    before.go_on(100);
    let (new, new_id) = rotated(&s.folder, &old_id, &[]);
    before.go_on(50);
    let after = Load::of(&s, &new, "new");
    before.go_on(50);
    assert_eq!(before.end(), [0; 0], "the old one");
    after.go_on(100);
    assert_eq!(s.folder.run(&["token", "revoke", &old_id]).code(), 0);
    s.ask_as(&old, "GET", "/Users", None).assert_scim_error(401);
    after.go_on(100);
    assert_eq!(after.end(), [0; 0], "the new one");

    let (old, new) = (listed(&s.folder, &old_id), listed(&s.folder, &new_id));
    assert_eq!((&old["rotatedTo"], &new["label"]), (&json!(new_id), &json!("entra")));
    assert!(text(&new["expires"]) > text(&old["expires"]));
}

#[test]
fn what_a_rotation_prints_is_the_token_and_what_becomes_of_the_old_one() {
    let s = PROVOST.start();
    let (old, old_id) = created(&s.folder, &["--read-only", "--label", "reports"]);
    let ran = s.folder.run(&["token", "rotate", &old_id]);
    let (token, said) = (ran.stdout(), ran.stderr());
    assert_eq!((ran.code(), token.trim().len(), token.lines().count()), (0, 67, 1));
    for words in
        ["never expires, may only read", &format!("it replaces {old_id}, which ends 2"), "shown only once"]
    {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(s.ask_as(token.trim(), "GET", "/Users", None).status, 200);
    s.ask_as(token.trim(), "POST", "/Users", Some(&user("ann"))).assert_scim_error(403);
    assert_eq!(s.ask_as(&old, "GET", "/Users", None).status, 200, "the overlap");

    let (next, next_id) = created(&s.folder, &[]);
    let made = s.folder.json(&["token", "rotate", &next_id, "--overlap", "0s", "--json"]);
    s.ask_as(&next, "GET", "/Users", None).assert_scim_error(401);
    assert_eq!(
        (&made["replaces"]["keyId"], &made["replaces"]["state"]),
        (&json!(next_id), &json!("expired"))
    );
    assert_eq!((&made["expires"], &made["replaces"]["rotatedTo"]), (&json!(null), &made["keyId"]));
    assert_eq!(s.ask_as(text(&made["token"]), "GET", "/Users", None).status, 200);
}

#[test]
fn a_token_that_cannot_be_replaced_is_refused_with_a_sentence() {
    let folder = PROVOST.install();
    assert_eq!(folder.run(&["org", "create", "default"]).code(), 0);
    let ids: Vec<String> = (0..3).map(|_| created(&folder, &[]).1).collect();
    assert_eq!(folder.run(&["token", "revoke", &ids[0]]).code(), 0);
    let (_, ended) = rotated(&folder, &ids[1], &["--overlap", "0s"]);
    let (_, next) = rotated(&folder, &ids[2], &[]);
    for (key_id, says) in [
        (ids[0].as_str(), "was revoked: create another one with `provost token create`"),
        (&ids[1], "has ended: create another one with `provost token create`"),
        (&ids[2], &format!("was rotated to `{next}` already: rotate that one")),
        ("AAAAAAAAAAAA", "there is no token with the key id `AAAAAAAAAAAA`"),
    ] {
        for options in [&[][..], &["--json"]] {
            let ran = folder.run(&[&["token", "rotate", key_id], options].concat());
            assert_eq!((ran.code(), ran.stdout().as_str()), (1, ""), "{key_id}");
            assert!(ran.stderr().contains(says), "{}", ran.stderr());
        }
    }
    assert_eq!(elements(&folder.json(&["token", "list", "--org", "default", "--json"])).len(), 5);
    assert_eq!(listed(&folder, &ended)["state"], json!("active"));
}

/// Seen to fail: with a token whose rights are not checked.
#[test]
fn a_read_only_token_writes_nothing() {
    let s = PROVOST.start();
    let ann = format!("/Users/{}", s.create_user("ann"));
    let (reader, key_id) = created(&s.folder, &["--read-only"]);
    let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [] });
    for (method, path, body) in [
        ("POST", "/Users", Some(user("bob"))),
        ("PUT", &ann, Some(user("ann"))),
        ("PATCH", &ann, Some(json!({}))),
        ("DELETE", &ann, None),
        ("POST", "/Bulk", Some(bulk)),
    ] {
        let refused = s.ask_as(&reader, method, path, body.as_ref());
        refused.assert_scim_error(403);
        assert_eq!(refused.detail(), "this token is read-only: use one that can write");
    }
    let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] });
    for (method, path, body) in
        [("GET", "/Users", None), ("POST", "/Users/.search", Some(&search)), ("GET", &ann, None)]
    {
        assert_eq!(s.ask_as(&reader, method, path, body).status, 200, "{method} {path}");
    }
    assert_eq!(listed(&s.folder, &key_id)["readOnly"], json!(true));
    let audit = s.folder.json(&["audit", "list", "--org", "default", "--json"]);
    let refused = elements(&audit).iter().filter(|entry| entry["error"] == json!("Forbidden"));
    assert_eq!(refused.count(), 5, "each is in the audit trail");
}

/// Seen to fail: with the row of a token cached.
#[test]
fn what_ends_a_token_holds_at_the_next_request_on_every_server() {
    let one = PROVOST.start();
    let other = Server::start_in(&one.folder, &[]);
    let folder = &one.folder;
    let ask = |token: &str| [&one, &other].map(|s| s.ask_as(token, "GET", "/Users", None).status);
    let (revoked, revoked_id) = created(folder, &[]);
    let (ended, ended_id) = created(folder, &[]);
    assert_eq!(folder.run(&["org", "create", "acme"]).code(), 0);
    let orphan = folder.token("acme");
    for token in [&revoked, &ended, &orphan] {
        assert_eq!(ask(token), [200, 200]);
    }
    assert_eq!(folder.run(&["token", "revoke", &revoked_id]).code(), 0);
    assert_eq!(ask(&revoked), [401, 401], "revoked");
    let (next, next_id) = rotated(folder, &ended_id, &["--overlap", "0s"]);
    assert_eq!((ask(&ended), ask(&next)), ([401, 401], [200, 200]), "replaced");
    let (last, _) = rotated(folder, &next_id, &[]);
    assert_eq!(folder.run(&["token", "revoke", &next_id]).code(), 0);
    assert_eq!((ask(&next), ask(&last)), ([401, 401], [200, 200]), "revoked in its overlap");
    assert_eq!(folder.run(&["org", "delete", "acme", "--yes"]).code(), 0);
    assert_eq!(ask(&orphan), [401, 401], "its organisation was deleted");
}

/// Seen to fail: with pending notes lost when the server stops.
#[test]
fn a_list_says_why_a_token_was_refused() {
    let s = PROVOST.start();
    let folder = s.folder.clone();
    let (revoked, revoked_id) = created(&folder, &[]);
    assert_eq!(folder.run(&["token", "revoke", &revoked_id]).code(), 0);
    let (whole, short_id) = created(&folder, &[]);
    let (_, unused_id) = created(&folder, &[]);
    for shown in [&revoked, whole.get(..40).expect("a part"), &format!("scim_{}_x", "A".repeat(12))] {
        s.ask_as(shown, "GET", "/Users", None).assert_scim_error(401);
    }
    s.stop();
    let reason = |key_id: &str| listed(&folder, key_id)["lastRefused"]["reason"].clone();
    assert_eq!(reason(&revoked_id), json!("revoked"));
    assert_eq!(reason(&short_id), json!("cut-off:40"));
    assert_eq!(reason(&unused_id), json!(null));
    let table = folder.run(&["token", "list", "--org", "default"]).stdout();
    assert!(table.contains("(cut off after 40 of 67 characters)"), "{table}");
    assert!(table.lines().next().expect("headings").contains("MADE BY"), "{table}");
    let maker = &listed(&folder, &short_id)["madeBy"];
    assert_eq!((&maker["kind"], &maker["isHere"]), (&json!("command"), &json!(null)));
    assert!(text(&maker["name"]).contains('@'), "{maker}");
}

const WARNING: &str = "tokens end within so many days, and their identity providers will be refused";

/// Seen to fail: with a warning at each start.
#[test]
fn an_end_is_warned_of_once() {
    let folder = PROVOST.install();
    assert_eq!(folder.run(&["org", "create", "default"]).code(), 0);
    let (_, soon) = created(&folder, &["--label", "entra", "--expires-in", "6d"]);
    created(&folder, &["--expires-in", "60d"]);
    created(&folder, &[]);
    let free = free_address();
    let log = || {
        let s = Server::start_in(&folder, &["--metrics-listen", &free]);
        // once this is counted, the warnings have been given
        while !metrics(&free).contains("provost_tokens_ending{days=\"7\"} 1") {
            thread::sleep(Duration::from_millis(20));
        }
        let page = metrics(&free);
        assert!(
            page.contains("tokens_ending{days=\"1\"} 0") && page.contains("tokens_ending{days=\"30\"} 1"),
            "{page}"
        );
        s.stop()
    };
    let first = log();
    let line = first.lines().find(|line| line.contains(WARNING)).expect("a warning");
    assert!(line.contains("WARN") && line.contains("days=7") && line.contains("org=default"), "{line}");
    assert!(
        line.contains(&format!("{soon} (entra)")) && line.contains("provost token rotate KEY_ID"),
        "{line}"
    );
    assert!(!log().contains(WARNING));
    let doctor = folder.run(&["doctor"]).stdout();
    assert!(doctor.contains(&format!("default: the token {soon} (entra) ends in 5 days, on ")), "{doctor}");
}

fn metrics(address: &str) -> String {
    send(address, "GET", "/metrics", &[], "").body
}

/// A port that was free a moment ago.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").to_string()
}

/// The secrets of tokens that were rotated, revoked and refused, each in a different way.
///
/// Seen to fail: with the bearer token in the log line of a refusal.
#[test]
fn no_secret_of_a_watched_token_is_written_anywhere() {
    let s = Server::start_in(&PROVOST.install(), &["--log", "trace"]);
    let folder = s.folder.clone();
    let (old, old_id) = created(&folder, &[]);
    let (new, _) = rotated(&folder, &old_id, &[]);
    let (reader, _) = created(&folder, &["--read-only"]);
    let (gone, gone_id) = created(&folder, &[]);
    for token in [&old, &new, &gone] {
        assert_eq!(s.ask_as(token, "GET", "/Users", None).status, 200);
    }
    assert_eq!(folder.run(&["token", "revoke", &gone_id]).code(), 0);
    s.ask_as(&reader, "POST", "/Users", Some(&user("ann"))).assert_scim_error(403);
    let cut = new.get(..66).expect("most of it");
    for shown in [&gone, cut, &format!("{cut}-"), &format!("{new}x")] {
        s.ask_as(shown, "GET", "/Users", None).assert_scim_error(401);
    }
    let address = s.address.clone();
    let log = s.stop();
    let listed = folder.run(&["token", "list", "--org", "default"]).stdout();
    let audit = folder.json(&["audit", "list", "--org", "default", "--json"]).to_string();
    assert!(
        // of several refusals within a minute, whichever was last when they were noted
        listed.contains("characters") && audit.contains("Forbidden"),
        "{listed}\n{audit}"
    );
    assert!(log.contains(&address), "the search can find something");
    for token in [&old, &new, &reader, &gone] {
        // even half a secret is too much
        let secret = token.get(18..40).expect("a secret");
        for (place, text) in [("log", &log), ("list", &listed), ("audit trail", &audit)] {
            assert!(!text.contains(secret), "the {place} has a secret");
        }
        assert!(!holds(&folder.bytes(), secret), "the database has a secret");
    }
}

/// The server's memory contains what clients sent last. A token that nobody sent is not in it.
///
/// Seen to fail: with the limit on core dumps not lowered.
#[cfg(target_os = "linux")]
#[test]
fn no_core_dump_is_written_of_a_server() {
    let s = PROVOST.start();
    assert_eq!(s.core_dump_limit(), "1");
    let (unused, key_id) = created(&s.folder, &[]);
    let (next, _) = rotated(&s.folder, &key_id, &[]);
    assert!(s.memory_holds(&s.address), "what is kept can be found");
    for token in [unused, next] {
        assert!(!s.memory_holds(token.get(18..61).expect("a secret")));
    }
}
