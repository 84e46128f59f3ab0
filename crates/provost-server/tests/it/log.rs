//! The log: its first line, its formats, and the lines about requests that were refused or failed.

use crate::PROVOST;
use provost_testing::json::user;
use provost_testing::program::Server;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::process::Command;

/// The lines about requests, each from its message on.
fn lines(log: &str) -> Vec<&str> {
    log.lines().filter_map(|line| Some(line.get(line.find("request ")?..)?.trim_end())).collect()
}

fn line<'a>(lines: &[&'a str], text: &str) -> &'a str {
    lines.iter().find(|line| line.contains(text)).unwrap_or_else(|| panic!("no `{text}` in {lines:#?}"))
}

/// Seen to fail: with the path as sent, and with the organisation taken only from the principal, which a refused token
/// does not have.
#[test]
fn a_refused_request_has_a_line_with_what_an_operator_needs() {
    let s = PROVOST.start();
    let token = s.token.clone();
    let key_id = token.get(5..17).expect("a token").to_owned();
    let ann = s.create_user("canary-ann");
    let id = "X-Request-Id: from-entra-7";
    let bearer = format!("Authorization: Bearer {token}");
    let bad = json!({ "Operations": [{ "op": "replace", "path": "active", "value": "canary-maybe" }] });
    let asked = |method: &str, path: &str, body: Option<&Value>| s.send(method, path, &[&bearer, id], body);
    asked("PATCH", &format!("/scim/v2/Users/{ann}"), Some(&bad)).assert_scim_error(400);
    asked("GET", "/scim/v2/Users/canary-nobody", None).assert_scim_error(404);
    asked("GET", "/Users/canary-nobody?filter=canary", None).assert_scim_error(404);
    asked("POST", "/scim/v2/Users", Some(&user("canary-ann"))).assert_scim_error(409);
    asked("GET", "/scim/v2/Users?filter=userName+is+%22canary%22", None).assert_scim_error(400);
    asked("BREW", "/scim/v2/Users", None).assert_scim_error(405);
    s.send("GET", "/scim/v2/Users", &["Authorization: Basic canary"], None).assert_scim_error(401);
    let last = if token.ends_with('a') { 'b' } else { 'a' };
    let changed: String = token.chars().take(66).chain([last]).collect();
    s.ask_as(&changed, "GET", "/Users", None).assert_scim_error(401);
    assert_eq!(s.folder.run(&["token", "revoke", &key_id]).code(), 0);
    asked("GET", "/scim/v2/Groups", None).assert_scim_error(401);
    assert_eq!(s.send("GET", "/healthz", &[], None).status, 200);
    let log = s.stop();
    let lines = lines(&log);
    assert_eq!(lines.len(), 9, "{log}");
    assert!(!log.contains("canary"), "{log}");
    let whose = format!("org=\"default\" key_id=\"{key_id}\" client=127.0.0.1 request_id=\"from-entra-7\"");
    let none = "reason=\"there is no such endpoint or resource\"";
    for expected in [
        &format!(
            "request refused method=\"PATCH\" route=\"/scim/v2/Users/{{id}}\" status=400 error=InvalidValue \
             reason=\"a value is missing or not acceptable\" place=\"operation 1 (replace), active\" {whose}"
        ),
        &format!("method=\"GET\" route=\"/scim/v2/Users/{{id}}\" status=404 error=NotFound {none} {whose}"),
        // outside SCIM no token is asked for
        &format!(
            "method=\"GET\" route=\"/Users/{{id}}\" status=404 error=NotFound {none} client=127.0.0.1 request_id=\"from-entra-7\""
        ),
        &format!(
            "method=\"POST\" route=\"/scim/v2/Users\" status=409 error=Uniqueness reason=\"another User already has this \
             `userName`\" place=\"userName\" {whose}"
        ),
        "status=400 error=InvalidFilter reason=\"the filter cannot be read or answered\" place=\"byte 9 of the filter\"",
        "method=\"other\" route=\"/scim/v2/Users\" status=405 error=MethodNotAllowed",
        "status=401 error=Unauthorized reason=\"a bearer token is required\"",
        "status=401 error=Unauthorized reason=\"the bearer token's checksum does not match",
        &format!(
            "route=\"/scim/v2/Groups\" status=401 error=Unauthorized reason=\"the token is revoked\" place=\"the header Authorization\" {whose}"
        ),
    ] {
        line(&lines, expected);
    }
}

/// Seen to fail: with one limit for all, and with nothing said about lines beyond it.
#[test]
fn a_flood_fills_no_disk_and_hides_no_other() {
    let s = PROVOST.start();
    let half: String = s.token.chars().take(40).collect();
    for _ in 0..60 {
        let refused = s.ask_as(&half, "GET", "/Users", None);
        assert_eq!(refused.status, 401);
        assert!(!refused.body.contains("40 characters"), "{}", refused.body);
    }
    s.ask("GET", "/Users/nobody", None).assert_scim_error(404);
    let log = s.stop();
    let told = lines(&log);
    let of_flood = told.iter().filter(|line| line.contains("has 40 characters where 67 are expected"));
    assert_eq!((of_flood.count(), told.len()), (20, 21), "{log}");
    assert!(log.contains("more requests were refused than there are lines for status=401 more=40"), "{log}");
    assert!(!log.contains(&half));
}

/// Seen to fail: without the error in the answer's extensions.
#[test]
fn what_never_reaches_scim_has_a_line_too() {
    let folder = PROVOST.install();
    let one = ["--limit-client-connections", "1", "--trusted-proxy", "192.0.2.0/24"];
    let s = Server::start_in(&folder, &one);
    let mut first = s.connect();
    first.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    first.read_exact(&mut [0; 12]).expect("an answer");
    s.ask("GET", "/Users", None).assert_scim_error(429);
    let log = s.stop();
    let refused = lines(&log);
    assert_eq!(refused.len(), 1, "{log}");
    let reason =
        "reason=\"this client already has 1 connections, the most allowed: reuse them\" client=127.0.0.1";
    line(&refused, &format!("status=429 error=TooManyRequests {reason}"));
}

/// A trusted proxy says who the client is; nobody else can.
///
/// Seen to fail: with the address of the connection.
#[test]
fn the_client_is_the_one_behind_the_proxy() {
    for (proxy, client) in [("127.0.0.1", "198.51.100.7"), ("192.0.2.1", "127.0.0.1")] {
        let s = Server::start_in(&PROVOST.install(), &["--trusted-proxy", proxy]);
        let forwarded = "X-Forwarded-For: 203.0.113.9, 198.51.100.7";
        s.send("GET", "/scim/v2/Users", &[forwarded], None).assert_scim_error(401);
        let log = s.stop();
        line(&lines(&log), &format!("client={client}"));
    }
}

/// Seen to fail: with only the error of the whole request, which a Bulk does not have.
#[test]
fn a_bulk_has_one_line_for_what_was_refused_of_it() {
    let s = PROVOST.start();
    s.create_user("ann");
    let post = |name: &str| json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": user(name) });
    let bulk = |names: &[&str]| {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": names.iter().map(|name| post(name)).collect::<Vec<_>>(),
        })
    };
    assert_eq!(s.ask("POST", "/Bulk", Some(&bulk(&["bob", "ann", "ANN"]))).status, 200);
    assert_eq!(s.ask("POST", "/Bulk", Some(&bulk(&["cem"]))).status, 200);
    let log = s.stop();
    let lines = lines(&log);
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("route=\"/scim/v2/Bulk\" status=200 error=Uniqueness"), "{log}");
    assert!(lines[0].contains("refused=2"), "{log}");
}

/// Seen to fail: with the text format.
#[test]
fn lines_can_be_objects() {
    let folder = PROVOST.install();
    let s = Server::start_in(&folder, &["--log-format", "json"]);
    s.ask("GET", "/Users/nobody", None).assert_scim_error(404);
    let log = s.stop();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect();
    assert_eq!((&lines[0]["message"], &lines[0]["level"]), (&json!("Provost starts"), &json!("INFO")));
    let refused = lines.iter().find(|line| line["message"] == "request refused").expect("a line");
    assert_eq!((&refused["status"], &refused["error"]), (&json!(404), &json!("NotFound")));
    assert_eq!((&refused["route"], &refused["org"]), (&json!("/scim/v2/Users/{id}"), &json!("default")));
    assert!(refused["timestamp"].is_string() && refused["request_id"].is_string(), "{refused}");
}

/// Seen to fail: without the warning.
#[test]
fn too_few_open_files_are_said_at_the_start() {
    let folder = PROVOST.install();
    let program = folder.command(&[]).get_program().to_owned();
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -n 256 && exec "$0" serve --listen 127.0.0.1:0"#]).arg(program);
    command.current_dir(folder.folder.root());
    let log = Server::spawn(command, &folder).stop();
    let warning = "a process may have 256 open files here, too few for `limits.connections` = 900";
    assert!(log.contains(warning) && log.contains("`ulimit -n`"), "{log}");
    assert!(!PROVOST.start().stop().contains("too few for"));
}
