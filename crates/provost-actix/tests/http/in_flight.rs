//! What is under way at once: in memory, and on the threads that serve everybody.
//!
//! Planted and caught: answers not counted; all of a tenant's share given to one token; bodies not counted; room
//! released before an answer is sent; a write refused after it was done; large requests processed on the worker.

use crate::server::{Server, Setup, WAITS, read};
use provost_testing::http;
use std::io::{Read, Write};
use std::net::TcpStream;

const MIB: usize = 1024 * 1024;

fn user(name: &str, bytes: usize) -> String {
    let title = "x".repeat(bytes);
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{name}","title":"{title}"}}"#
    )
}

/// A server whose tenants have six MiB each, and their tokens three, and whose list is larger.
fn with_large_list() -> Server {
    let mut setup = Setup::new();
    setup.settings.limits.page_bytes = 16 * MIB;
    let server = setup.start(|scim| scim.memory_bytes(12 * MIB));
    for n in 0..12 {
        assert_eq!(server.post("POST /scim/v2/Users", &user(&format!("u{n}"), MIB * 9 / 10)).status, 201);
    }
    server
}

/// A client that starts to read the large list and then stops.
fn unread(server: &Server) -> TcpStream {
    let mut socket = http::connect_narrow(server.address());
    let head = "GET /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    let mut first = [0; 12];
    socket.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    socket
}

#[test]
fn answers_that_nobody_reads_take_so_much_memory_at_most() {
    let server = with_large_list();
    let list = "GET /scim/v2/Users";
    assert_eq!(server.send(list).status, 200, "one that is larger than a token's share is served");
    let client = unread(&server);
    let refused = server.send(list);
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("10")));
    assert_eq!(
        refused.detail(),
        "the requests and answers of this token, or of its organisation, that are under way are too large together: send \
         fewer at once, and read the answers"
    );
    let another = server.send_with("GET /scim/v2/Users?count=1", "Authorization: Bearer another\r\n", "");
    assert_eq!(another.status, 200, "other tokens of the organisation have room");
    assert_eq!(server.send("GET /scim/v2/Users?attributes=userName").status, 200, "small ones are served");
    drop(client);
    let again = std::iter::repeat_with(|| server.send(list).status).take(1_000).find(|status| *status == 200);
    assert_eq!(again, Some(200), "there is room again");
}

/// Sends the beginning of a body, but not the rest.
fn unfinished(server: &Server) -> TcpStream {
    let mut socket = server.connect();
    let head = "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n\
                Content-Type: application/scim+json\r\nContent-Length: 1000000\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&vec![b' '; 900_000]).unwrap();
    socket
}

#[test]
fn bodies_that_do_not_end_take_so_much_memory_at_most() {
    let server = Server::start_with(|scim| scim.memory_bytes(MIB));
    let client = unfinished(&server);
    let large = |name: &str| server.post("POST /scim/v2/Users", &user(name, 40_000)).status;
    // what was sent arrives at some point
    let refused = (0..1_000).map(|n| large(&format!("u{n}"))).find(|status| *status != 201);
    assert_eq!(refused, Some(429));
    assert_eq!(server.post("POST /scim/v2/Users", &user("small", 1_000)).status, 201);
    drop(client);
    let again = (0..1_000).map(|n| large(&format!("v{n}"))).find(|status| *status == 201);
    assert_eq!(again, Some(201), "there is room again");
}

#[test]
fn a_write_that_was_done_is_not_refused_for_its_answer() {
    let server = with_large_list();
    let made = server.post("POST /scim/v2/Users", &user("last", MIB / 2));
    let one = made.header("location").unwrap().strip_prefix("http://localhost").unwrap().to_owned();
    let client = unread(&server);
    let patch = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations":[{"op":"replace","path":"nickName","value":"new"}]}"#;
    let patched = server.post(&format!("PATCH {one}"), patch);
    assert_eq!((patched.status, patched.header("etag"), patched.body.len()), (204, Some("W/\"2\""), 0));
    let read = server.send(&format!("GET {one}?attributes=nickName"));
    assert!(read.body.contains(r#""nickName":"new""#), "{}", read.body);
    assert_eq!(server.send(&format!("GET {one}")).status, 429);
    drop(client);
}

#[test]
fn a_large_request_keeps_nobody_waiting_who_asks_for_little() {
    let server = Server::start();
    let held = WAITS.lock().unwrap();
    let body = user("waits", 100_000);
    let mut socket = server.connect();
    let head = format!(
        "POST /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer secret\r\n\
         Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    // the server has one worker
    for n in 0..20 {
        assert_eq!(server.post("POST /scim/v2/Users", &user(&format!("u{n}"), 10)).status, 201);
    }
    drop(held);
    let made = read(socket);
    assert_eq!(made.status, 201);
    assert!(made.header("location").is_some() && made.header("x-request-id").is_some(), "{}", made.head);
}

/// It has a place, and must not wait for another one. Its members must be searched.
#[test]
fn a_large_request_takes_long_where_it_is() {
    let server = Server::start();
    let made = server.post(
        "POST /scim/v2/Groups",
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"g"}"#,
    );
    let one = made.header("location").unwrap().strip_prefix("http://localhost").unwrap().to_owned();
    let search = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
            {{"op":"remove","path":"members[display co \"zz\"]"}}]{}}}"#,
        " ".repeat(70_000)
    );
    assert_eq!(server.post(&format!("PATCH {one}"), &search).status, 204);
}
