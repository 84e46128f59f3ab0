//! Bodies: their type, their size, and how long they may take.
//!
//! Planted and caught: the bodies of searches and bulk requests not read; bytes not counted while a body arrives; no
//! limit by Content-Length; one limit for all types; the body read before the caller is known; no deadline; headers or
//! target missing from the size of a head.

use crate::server::{Server, read};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

const USER: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs"}"#;

#[test]
fn a_resource_goes_in_and_comes_out() {
    let server = Server::start();
    let made = server.post("POST /scim/v2/Users", USER);
    assert_eq!((made.status, made.header("content-type")), (201, Some("application/scim+json")));
    assert_eq!(made.header("location"), Some("http://localhost/scim/v2/Users/id-002"));
    assert_eq!(made.header("etag"), Some("W/\"1\""));
    let one = made.header("location").unwrap().strip_prefix("http://localhost").unwrap().to_owned();

    let read = server.send(&format!("GET {one}"));
    assert_eq!((read.status, read.body.as_str()), (200, made.body.as_str()));
    assert_eq!(read.header("content-location"), made.header("location"));
    let head = server.send(&format!("HEAD {one}"));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), Some(made.body.len().to_string().as_str()));

    let token = "Authorization: Bearer secret\r\n";
    let known = server.send_with(&format!("GET {one}"), &format!("{token}If-None-Match: W/\"1\"\r\n"), "");
    assert_eq!((known.status, known.header("etag"), known.body.as_str()), (304, Some("W/\"1\""), ""));
    let lines = format!("{token}If-Match: W/\"7\"\r\nIf-Match: W/\"1\"\r\n");
    assert_eq!(server.send_with(&format!("DELETE {one}"), &lines, "").status, 204);
}

#[test]
fn other_types_are_refused() {
    let server = Server::start();
    for (headers, status) in [
        ("Content-Type: text/xml\r\n", 415),
        ("Content-Type: application/scim+json\r\nContent-Encoding: gzip\r\n", 415),
        ("Content-Type: application/json\r\nContent-Type: text/plain\r\n", 400),
        ("Content-Type: application/json; charset=utf-8\r\n", 201),
    ] {
        let headers = format!("Authorization: Bearer secret\r\n{headers}");
        assert_eq!(server.send_with("POST /scim/v2/Users", &headers, USER).status, status, "{headers}");
    }
    assert_eq!(server.post("POST /scim/v2/Users", "{").status, 400);
}

#[test]
fn a_body_is_as_large_as_its_endpoint_allows() {
    let server = Server::start();
    let large = " ".repeat(1024 * 1024 + 1);
    let refused = server.post("POST /scim/v2/Users", &large);
    assert_eq!(refused.status, 413);
    assert!(refused.detail().contains("1048576 bytes"), "{}", refused.detail());
    // not too large for a type with members: it is read, and is not JSON
    assert_eq!(server.post("POST /scim/v2/Groups", &large).status, 400);
    assert_eq!(server.post("POST /scim/v2/Users", &" ".repeat(1024 * 1024)).status, 400);
    assert_eq!(server.post("POST /scim/v2/Bulk", &large).status, 413);
    assert_eq!(server.post("POST /scim/v2/Users/.search", &large).status, 413);
    // the bodies of these are not read
    assert_eq!(server.post("POST /scim/v2/.search", &large).status, 501);
    assert_eq!(server.post("POST /scim/v2/Nowhere", &large).status, 404);

    let chunked =
        "Authorization: Bearer secret\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let mut socket = server.connect();
    let head =
        format!("POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{chunked}\r\n");
    socket.write_all(head.as_bytes()).unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 65536, " ".repeat(65536));
    for _ in 0..17 {
        socket.write_all(chunk.as_bytes()).unwrap();
    }
    socket.write_all(b"0\r\n\r\n").unwrap();
    assert_eq!(read(socket).status, 413);
}

#[test]
fn a_stranger_is_refused_before_the_body_is_read() {
    let server = Server::start();
    let mut socket = server.connect();
    let head = "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000000\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    assert_eq!(read(socket).status, 401);
}

/// Each request announces a body that never comes.
///
/// Seen to fail: with the body read before the client's right to write is checked.
#[test]
fn a_client_that_may_only_read_is_refused_before_the_body_is_read() {
    let server = Server::start();
    let ask = |request: &str, headers: &str| {
        let mut socket = server.connect();
        let head = format!("{request} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer reader\r\n");
        socket.write_all(format!("{head}{headers}\r\n").as_bytes()).unwrap();
        read(socket)
    };
    let length = "Content-Length: 1000\r\n";
    for request in [
        "POST /scim/v2/Users",
        "PUT /scim/v2/Users/1",
        "PATCH /scim/v2/Groups/1",
        "DELETE /scim/v2/Users/1",
        "POST /scim/v2/Bulk",
    ] {
        for headers in [length, "Transfer-Encoding: chunked\r\n"] {
            let refused = ask(request, headers);
            assert_eq!(refused.status, 403, "{request}");
            assert_eq!(refused.detail(), "this token is read-only: use one that can write");
        }
    }
    let token = "Authorization: Bearer reader\r\nContent-Type: application/scim+json\r\n";
    let search = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}"#;
    assert_eq!(server.send_with("POST /scim/v2/Users/.search", token, search).status, 200);
}

/// The library sends 100 to everybody before any of our code runs, as docs/limits.md says. What follows does not wait
/// for a body: 401 for a stranger, who must not be kept waiting, and 413 for a body announced as too large; only other
/// bodies are read.
///
/// Seen to fail: with the body read before the caller is known.
#[test]
fn who_asks_before_sending_a_body_is_answered_without_it() {
    let server = Server::start();
    let ask = |headers: &str, body: &str| {
        let mut socket = server.connect();
        let head = "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n";
        socket.write_all(format!("{head}{headers}\r\n").as_bytes()).unwrap();
        let mut interim = [0; 25];
        socket.read_exact(&mut interim).unwrap();
        assert_eq!(interim.as_slice(), b"HTTP/1.1 100 Continue\r\n\r\n");
        socket.write_all(body.as_bytes()).unwrap();
        read(socket)
    };
    let client = "Authorization: Bearer secret\r\nContent-Type: application/scim+json\r\n";
    let whole = format!("{client}Content-Length: {}\r\n", USER.len());
    for (headers, body, status) in [
        ("Content-Length: 100\r\n", "", 401),
        ("Transfer-Encoding: chunked\r\n", "", 401),
        ("Authorization: Bearer wrong\r\nContent-Length: 9000000000\r\n", "", 401),
        (&format!("{client}Content-Length: 9000000000\r\n"), "", 413),
        (&whole, USER, 201),
    ] {
        assert_eq!(ask(headers, body).status, status, "{headers}");
    }
}

/// Seen to fail: with the payload dropped before the answer is sent, for each of them: the connection stayed open for
/// ever.
#[test]
fn who_does_not_finish_a_body_in_chunks_does_not_keep_the_connection() {
    let server = Server::start_with(|scim| scim.body_deadline(Duration::from_millis(300)));
    let token = "Authorization: Bearer secret\r\nContent-Type: application/scim+json\r\n";
    for (target, headers, status) in [
        ("POST /scim/v2/Users", "", 401),
        ("POST /scim/v2/Users", "Connection: close\r\n", 401),
        ("GET /scim/v2/ServiceProviderConfig", "", 200),
        ("POST /elsewhere", "", 404),
        ("POST /scim/v2/Nowhere", token, 404),
        ("DELETE /scim/v2/Users", token, 405),
        ("GET /scim/v2/Users", token, 200),
        ("POST /scim/v2/Users", token, 408),
    ] {
        let mut socket = server.connect();
        let head = format!(
            "{target} HTTP/1.1\r\nHost: localhost\r\n{headers}Transfer-Encoding: chunked\r\n\r\n1\r\n"
        );
        socket.write_all(head.as_bytes()).unwrap();
        assert_eq!(read(socket).status, status, "{target}");
    }
    // a client that does finish keeps it
    let mut socket = server.connect();
    let chunks = format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{USER}\r\n0\r\n\r\n", USER.len());
    let head = format!("POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\n{token}{chunks}");
    socket.write_all(head.as_bytes()).unwrap();
    let last = format!("GET /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{token}\r\n");
    socket.write_all(last.as_bytes()).unwrap();
    let both = read(socket);
    assert!(both.status == 201 && both.body.contains("HTTP/1.1 200 OK"), "{}", both.body);
}

#[test]
fn a_body_that_announces_too_much_is_not_waited_for() {
    let server = Server::start();
    let mut socket = server.connect();
    let token = "Authorization: Bearer secret";
    let head = format!(
        "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\n{token}\r\nContent-Length: 9000000000\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).unwrap();
    assert_eq!(read(socket).status, 413);
}

#[test]
fn a_body_arrives_in_time_or_not_at_all() {
    let server = Server::start_with(|scim| scim.body_deadline(Duration::from_millis(300)));
    let mut socket = server.connect();
    let head = "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\nContent-Length: 100\r\n\r\n{";
    let begun = Instant::now();
    socket.write_all(head.as_bytes()).unwrap();
    let late = read(socket);
    assert_eq!(late.status, 408);
    assert!(late.detail().contains("did not arrive"), "{}", late.detail());
    assert!(begun.elapsed() < Duration::from_secs(8));
}

#[test]
fn target_and_headers_together_have_a_bound() {
    let server = Server::start_with(|scim| scim.head_bytes(1_000));
    for (target, header, status) in [
        ("/scim/v2/Users".to_owned(), "a".repeat(700), 200),
        ("/scim/v2/Users".to_owned(), "a".repeat(1_000), 431),
        (format!("/scim/v2/Users?x={}", "a".repeat(700)), String::new(), 200),
        (format!("/scim/v2/Users?x={}", "a".repeat(1_000)), String::new(), 431),
        (format!("/scim/v2/Users?x={}", "a".repeat(500)), "a".repeat(500), 431),
    ] {
        let headers = format!("Authorization: Bearer secret\r\nX-Padding: {header}\r\n");
        let answer = server.send_with(&format!("GET {target}"), &headers, "");
        assert_eq!(answer.status, status, "{} {}", target.len(), header.len());
        if status == 431 {
            assert!(answer.detail().contains("1000 are allowed"), "{}", answer.detail());
        }
    }
}

#[test]
fn searches_and_bulk_requests_arrive() {
    let server = Server::start();
    let operation = r#"{"method":"POST","path":"/Users","bulkId":"a","data":{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"babs"}}"#;
    let job = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{operation}]}}"#
    );
    let done = server.post("POST /scim/v2/Bulk", &job);
    assert_eq!(done.status, 200);
    assert!(done.body.contains(r#""status":"201""#), "{}", done.body);
    let search = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"userName eq \"babs\""}"#;
    let found = server.post("POST /scim/v2/Users/.search", search);
    assert_eq!(found.status, 200);
    assert!(found.body.contains(r#""totalResults":1"#), "{}", found.body);
}
