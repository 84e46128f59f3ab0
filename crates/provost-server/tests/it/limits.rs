//! Each limit of the server takes effect, over a socket where only a socket shows it.
//!
//! Seen to fail: with each option not passed on (`head_bytes`, `body_time`, `head_time`, `idle_time`, the slots, the
//! workers' share, the bulk and root settings), and with slots that are never released.

use crate::PROVOST;
use provost_testing::http::{self, Answer};
use provost_testing::json::user;
use provost_testing::program::Server;
use serde_json::{Value, json};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// How long a test on a busy machine waits for something that takes a second.
const SOON: Duration = Duration::from_secs(8);

fn server(options: &[&str]) -> Server {
    Server::start_in(&PROVOST.install(), options)
}

fn head(s: &Server, request: &str) -> String {
    format!("{request} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n", s.address, s.token)
}

/// A connection that has had one answer and stays open.
fn kept(s: &Server) -> TcpStream {
    let mut socket = s.connect();
    socket.write_all(format!("{}\r\n", head(s, "GET /scim/v2/Users?count=0")).as_bytes()).expect("sent");
    let mut bytes = [0; 1024];
    let n = socket.read(&mut bytes).expect("an answer");
    assert!(bytes[..n].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&bytes[..n]));
    socket
}

/// What arrives until the server closes, and how long that takes.
fn until_closed(mut socket: TcpStream) -> (String, Duration) {
    let (begun, mut text) = (Instant::now(), String::new());
    socket.read_to_string(&mut text).expect("the server closes");
    (text, begun.elapsed())
}

fn bulk(operations: usize) -> Value {
    let one = json!({ "method": "DELETE", "path": "/Users/nobody" });
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": vec![one; operations],
    })
}

/// Seen to fail: with the time not passed on.
#[test]
fn an_answer_that_nobody_reads_is_given_up() {
    let s = server(&["--limit-answer-time", "1s", "--limit-page-bytes", "16 MiB", "--limit-memory", "8 MiB"]);
    for n in 0..10 {
        let mut user = user(&format!("u{n}"));
        user["title"] = Value::from("x".repeat(900_000));
        assert_eq!(s.ask("POST", "/Users", Some(&user)).status, 201);
    }
    let mut client = http::connect_narrow(&s.address);
    client.write_all(format!("{}\r\n", head(&s, "GET /scim/v2/Users")).as_bytes()).expect("sent");
    let mut first = [0; 12];
    client.read_exact(&mut first).expect("the beginning of an answer");
    assert_eq!(&first, b"HTTP/1.1 200");
    // it holds all the memory of the organisation, until the server closes its connection
    let begun = Instant::now();
    while s.ask("GET", "/Users", None).status != 200 {
        assert!(begun.elapsed() < SOON, "the answer is still under way");
    }
    let mut rest = Vec::new();
    let _closed_or_reset = client.read_to_end(&mut rest);
    assert!(rest.len() < 9_000_000, "it was sent whole");
}

#[test]
fn a_head_has_a_size() {
    let s = server(&["--limit-head", "2 KiB"]);
    let padding = format!("X-Padding: {}", "a".repeat(2_000));
    let token = format!("Authorization: Bearer {}", s.token);
    let refused = s.send("GET", "/scim/v2/Users", &[&token, &padding], None);
    refused.assert_scim_error(431);
    assert!(refused.body.contains("2048 are allowed"), "{}", refused.body);
    s.ask("GET", &format!("/Users?filter={}", "a".repeat(2_000)), None).assert_scim_error(431);
    assert_eq!(s.ask("GET", "/Users", None).status, 200);
}

#[test]
fn a_slow_head_is_cut_off() {
    let s = server(&["--limit-head-time", "1s"]);
    for begun in ["", "GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let mut socket = s.connect();
        socket.write_all(begun.as_bytes()).expect("sent");
        let (answer, took) = until_closed(socket);
        assert!(answer.starts_with("HTTP/1.1 408"), "{begun:?}: {answer}");
        assert!(took < SOON, "{took:?}");
    }
}

#[test]
fn a_head_that_trickles_is_cut_off_all_the_same() {
    let s = server(&["--limit-head-time", "1s"]);
    let mut socket = s.connect();
    let begun = Instant::now();
    let mut line = head(&s, "GET /scim/v2/Users");
    while socket.write_all(line.as_bytes()).is_ok() {
        assert!(begun.elapsed() < SOON, "still reading");
        std::thread::sleep(Duration::from_millis(100));
        line = "X-Slow: 1\r\n".to_owned();
    }
}

#[test]
fn a_slow_body_is_told_so() {
    let s = server(&["--limit-body-time", "1s"]);
    let mut socket = s.connect();
    let begun = Instant::now();
    let announced =
        "Content-Type: application/scim+json\r\nConnection: close\r\nContent-Length: 100\r\n\r\n{";
    socket.write_all(format!("{}{announced}", head(&s, "POST /scim/v2/Users")).as_bytes()).expect("sent");
    let late = Answer::read(socket);
    late.assert_scim_error(408);
    assert!(late.body.contains("within 1 s") && begun.elapsed() < SOON, "{}", late.body);
}

#[test]
fn an_idle_connection_is_closed() {
    let s = server(&["--limit-idle-time", "1s"]);
    let (_, took) = until_closed(kept(&s));
    assert!(took < SOON, "{took:?}");
}

#[test]
fn a_client_has_so_many_connections_and_no_more() {
    let s = server(&["--limit-client-connections", "3"]);
    let (mut first, second, _third) = (kept(&s), kept(&s), kept(&s));
    let refused = s.ask("GET", "/Users", None);
    refused.assert_scim_error(429);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert!(refused.body.contains("3 connections"), "{}", refused.body);
    // existing connections still work, and monitoring is not shut out
    first.write_all(format!("{}\r\n", head(&s, "GET /scim/v2/Users?count=0")).as_bytes()).expect("sent");
    let mut bytes = [0; 12];
    first.read_exact(&mut bytes).expect("an answer");
    assert_eq!(&bytes, b"HTTP/1.1 200");
    assert_eq!(s.send("GET", "/healthz", &[], None).status, 200);
    drop(second);
    let begun = Instant::now();
    while s.ask("GET", "/Users", None).status != 200 {
        assert!(begun.elapsed() < SOON, "the closed connection still counts");
    }
}

#[test]
fn a_refused_connection_is_not_kept() {
    let s = server(&["--limit-client-connections", "1"]);
    let _first = kept(&s);
    let mut socket = s.connect();
    socket.write_all(format!("{}\r\n", head(&s, "GET /scim/v2/Users")).as_bytes()).expect("sent");
    let (answer, took) = until_closed(socket);
    assert!(answer.starts_with("HTTP/1.1 429") && took < SOON, "{answer}");
}

/// A client that sends only the beginning of a chunked body is answered and disconnected, whoever answers: the routes,
/// the 404, or the layers before them.
///
/// Seen to fail: with the body dropped before the answer is sent, for each of them.
#[test]
fn a_body_in_chunks_that_nobody_reads_does_not_keep_the_connection() {
    // bound and released: nobody else takes it during the test
    let aside =
        TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").to_string();
    let s = server(&["--metrics-listen", &aside]);
    let begun = "Transfer-Encoding: chunked\r\n\r\n1\r\n";
    for (address, target, status) in [
        (&s.address, "POST /scim/v2/Users", "401"),
        (&s.address, "GET /healthz", "200"),
        (&s.address, "POST /elsewhere", "404"),
        (&s.address, "POST /openapi.json", "4"),
        (&aside, "GET /metrics", "200"),
    ] {
        let mut socket = http::connect(address);
        let request = format!("{target} HTTP/1.1\r\nHost: {address}\r\n{begun}");
        socket.write_all(request.as_bytes()).expect("sent");
        let (answer, _) = until_closed(socket);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{target}: {answer}");
    }
    let s = server(&["--limit-client-connections", "1"]);
    let _first = kept(&s);
    let mut socket = s.connect();
    socket.write_all(format!("{}{begun}", head(&s, "POST /scim/v2/Users")).as_bytes()).expect("sent");
    assert!(until_closed(socket).0.starts_with("HTTP/1.1 429"));
}

/// A connection with an authenticated request whose body is still missing, and that body.
fn under_way(s: &Server, name: &str) -> (TcpStream, Vec<u8>) {
    let body = user(name).to_string();
    let head = head(s, "POST /scim/v2/Users");
    let length = body.len();
    let mut socket = kept(s);
    let request = format!(
        "{head}Content-Type: application/scim+json\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).expect("sent");
    // the server has read the head
    let mut bytes = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    socket.read_exact(&mut bytes).expect("an answer");
    assert!(bytes.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&bytes));
    (socket, body.into_bytes())
}

#[test]
fn all_clients_together_have_so_many_connections() {
    let s = server(&["--limit-connections", "2"]);
    let ((mut first, rest), _second) = (under_way(&s, "ann"), under_way(&s, "bob"));
    let mut third = s.connect();
    let request = format!("{}Connection: close\r\n\r\n", head(&s, "GET /scim/v2/Users?count=0"));
    third.write_all(request.as_bytes()).expect("sent");
    third.set_read_timeout(Some(Duration::from_millis(700))).expect("set");
    let waiting = third.read(&mut [0; 1]).expect_err("nobody answers yet");
    assert!(matches!(waiting.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waiting}");
    third.set_read_timeout(Some(SOON)).expect("set");
    first.write_all(&rest).expect("sent");
    let mut bytes = [0; 12];
    first.read_exact(&mut bytes).expect("an answer");
    assert_eq!(&bytes, b"HTTP/1.1 201");
    drop(first);
    assert_eq!(Answer::read(third).status, 200);
}

#[test]
fn bulk_requests_have_their_bounds_and_can_be_off() {
    let s = server(&["--limit-bulk-operations", "2", "--limit-bulk-body", "900"]);
    assert_eq!(s.ask("POST", "/Bulk", Some(&bulk(2))).status, 200);
    let many = s.ask("POST", "/Bulk", Some(&bulk(3)));
    many.assert_scim_error(413);
    assert!(many.body.contains('2'), "{}", many.body);
    let mut large = bulk(1);
    large["note"] = "x".repeat(900).into();
    let large = s.ask("POST", "/Bulk", Some(&large));
    large.assert_scim_error(413);
    assert!(large.body.contains("900 bytes"), "{}", large.body);

    let s = server(&["--bulk", "false"]);
    s.ask("POST", "/Bulk", Some(&bulk(1))).assert_scim_error(501);
}

#[test]
fn queries_over_all_types_can_be_on_and_have_a_bound() {
    let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] });
    let off = server(&[]);
    off.ask("GET", "/", None).assert_scim_error(501);
    off.ask("POST", "/.search", Some(&search)).assert_scim_error(501);

    let on = server(&["--root-queries", "--limit-root-results", "2"]);
    on.create_user("ann");
    on.create_group("Guides", &[]);
    for found in [on.ask("GET", "", None), on.ask("POST", "/.search", Some(&search))] {
        assert_eq!((found.status, found.json()["totalResults"].as_i64()), (200, Some(2)), "{}", found.body);
    }
    on.create_user("bob");
    let many = on.ask("GET", "/", None);
    many.assert_scim_error(400);
    assert_eq!(many.json()["scimType"], "tooMany");
}

#[test]
fn pages_have_a_size_and_a_usual_size() {
    let s = server(&["--limit-page", "3", "--limit-page-default", "2"]);
    (0..4).for_each(|n| drop(s.create_user(&format!("user{n}"))));
    for (query, page) in [("", 2), ("?count=3", 3), ("?count=4", 3), ("?count=99999", 3)] {
        let list = s.ask("GET", &format!("/Users{query}"), None).json();
        assert_eq!((list["itemsPerPage"].as_i64(), list["totalResults"].as_i64()), (Some(page), Some(4)));
    }
}

#[test]
fn options_come_from_file_and_environment_too() {
    let folder = PROVOST.install();
    folder.write(
        "provost.toml",
        "bulk = false\nroot-queries = true\n[limits]\nhead = \"2 KiB\"\nbody-time = \"1s\"\n\
         bulk-operations = 5\nclient-connections = 50\nconnections = 60\n",
    );
    let s = Server::start_in(&folder, &[]);
    s.ask("POST", "/Bulk", Some(&bulk(1))).assert_scim_error(501);
    assert_eq!(s.ask("GET", "/", None).status, 200);
    s.ask("GET", &format!("/Users?x={}", "a".repeat(2_000)), None).assert_scim_error(431);
    let token = s.token.clone();
    drop(s);
    // the command line overrides the file
    let mut s = Server::start_in(&folder, &["--bulk"]);
    s.token = token;
    assert_eq!(s.ask("POST", "/Bulk", Some(&bulk(1))).status, 200);
    s.ask("POST", "/Bulk", Some(&bulk(6))).assert_scim_error(413);
    assert_eq!(s.ask("POST", "/Users", Some(&user("ann"))).status, 201);
    drop(s);
    for (name, value, says) in [
        ("PROVOST_BULK", "perhaps", "perhaps"),
        ("PROVOST_ROOT_QUERIES", "perhaps", "perhaps"),
        (
            "PROVOST_LIMIT_HEAD",
            "100",
            "`limits.head` is 100 bytes, which is not between 1024 and 65536 bytes",
        ),
        ("PROVOST_LIMIT_HEAD_TIME", "soon", "`soon` is not a span of time"),
        ("PROVOST_LIMIT_BODY_TIME", "2h", "`limits.body-time` is 7200 s, which is not between 1 and 3600 s"),
        ("PROVOST_LIMIT_IDLE_TIME", "2h", "`limits.idle-time`"),
        (
            "PROVOST_LIMIT_CLIENT_CONNECTIONS",
            "70",
            "`limits.client-connections` is 70, which is not between 1 and 60",
        ),
        ("PROVOST_LIMIT_CONNECTIONS", "0", "`limits.connections` is 0, which is not 1 or more"),
        ("PROVOST_LIMIT_BULK_BODY", "0", "`limits.bulk-body`"),
        ("PROVOST_LIMIT_BULK_OPERATIONS", "0", "`limits.bulk-operations`"),
        ("PROVOST_LIMIT_ROOT_RESULTS", "0", "`limits.root-results`"),
    ] {
        let ran =
            folder.command(&["serve", "--listen", "127.0.0.1:0"]).env(name, value).output().expect("runs");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains(says), "{name}: {said}");
    }
}
