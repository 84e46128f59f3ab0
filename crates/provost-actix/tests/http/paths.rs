//! Paths: what the framework would answer itself, and what it must leave to us.
//!
//! Planted and caught: the path taken after the framework decoded it; the scope's own slashes not skipped; the
//! framework's default answer outside the scope; a hostile request id copied.

use crate::server::{Server, Setup};
use actix_web::App;
use actix_web::middleware::{NormalizePath, TrailingSlash};
use actix_web::test::{TestRequest, call_service, init_service};
use std::io::{Read, Write};

#[test]
fn every_path_is_answered_in_scim() {
    let server = Server::start();
    for (target, status) in [
        ("GET /scim/v2/Users", 200),
        ("GET /scim/v2/Users/", 200),
        ("GET /scim/v2//Users", 200),
        ("GET /scim/v2/users?filter=emails[type+eq+%22work%22]&count=1", 200),
        ("GET /scim/v2/%55sers", 200),
        ("GET /%73cim/v2/Users", 200),
        ("GET /t/acme/scim/v2/Users", 200),
        ("GET /t/a%2Fb/scim/v2/Users", 200),
        ("OPTIONS /scim/v2/Users", 204),
        ("GET /scim/v2/Users/nope", 404),
        ("GET /t/acme/scim/v2/Users/nope", 404),
        ("GET /scim/v2/Users/}}", 404),
        ("GET /scim/v2/Nowhere", 404),
        ("GET /scim/v2/Users/a/b", 404),
        ("GET /scim/v2/Users/%ff", 400),
        ("GET /scim/v2/Users/%00", 400),
        ("GET /scim/v2", 501),
        ("GET /scim/v2/", 501),
        ("GET /scim/v2/Me", 501),
        ("HEAD /scim/v2/Me", 501),
        ("OPTIONS /scim/v2/Me", 204),
        ("OPTIONS /scim/v2/Bulk", 204),
        ("HEAD /scim/v2/Bulk", 405),
        ("OPTIONS /scim/v2/Users/.search", 204),
        ("OPTIONS /scim/v2/.search", 204),
        ("OPTIONS /scim/v2", 204),
        ("POST /scim/v2/.search", 501),
        ("GET /scim/v2/Users/.search", 405),
        ("GET /scim/v2/v1/Users", 400),
        ("PUT /scim/v2/Users", 405),
        ("PATCH /scim/v2/ServiceProviderConfig", 405),
        ("BREW /scim/v2/Users", 405),
        ("GET /scim/v2/Schemas?filter=id+pr", 403),
        ("GET /scim/v1/Users", 404),
        ("GET /scim/v2Users", 404),
        ("GET /", 404),
        ("POST /elsewhere", 404),
    ] {
        assert_eq!(server.send(target).status, status, "{target}");
    }
    for path in ["/elsewhere", "/scim/v1/Users", "/scim/Users", "/Users"] {
        let said = "this server supports SCIM 2.0, and its base URL (Tenant URL) ends in `/scim/v2`";
        assert_eq!(
            server.send(&format!("GET {path}")).detail(),
            format!("nothing is served at `{path}`: {said}")
        );
    }
    assert_eq!(server.send("DELETE /scim/v2/Users").header("allow"), Some("GET, HEAD, POST, OPTIONS"));
}

/// The exact bytes that the library refuses with 400 and no body, before any of our code runs, as docs/limits.md says.
///
/// Seen to fail: with a byte missing from the lists.
#[test]
fn what_no_url_may_hold_is_refused_without_a_body() {
    let server = Server::start();
    let refused = |before: &[u8], after: &[u8]| {
        let is_bare = |byte: &u8| {
            let mut socket = server.connect();
            let head = [b"GET ", before, &[*byte], after, b" HTTP/1.1\r\nHost: localhost\r\n"].concat();
            socket.write_all(&[&head, b"Connection: close\r\n\r\n".as_slice()].concat()).unwrap();
            let mut answer = Vec::new();
            socket.read_to_end(&mut answer).unwrap();
            match (answer.starts_with(b"HTTP/1.1 400 "), answer.ends_with(b"\r\n\r\n")) {
                (true, true) => true,
                (false, false) if answer.starts_with(b"HTTP/1.1 401 ") => false,
                _ => panic!("{byte}: {}", String::from_utf8_lossy(&answer)),
            }
        };
        // spaces and line breaks end the target
        (0x21..=0xff).filter(is_bare).collect::<Vec<u8>>()
    };
    let more = 0x7f..=0xff;
    assert_eq!(
        refused(b"/scim/v2/Users?filter=a", b"b"),
        b"\"<>".iter().copied().chain(more.clone()).collect::<Vec<_>>()
    );
    assert_eq!(refused(b"/scim/v2/Users/a", b"b"), b"<>`".iter().copied().chain(more).collect::<Vec<_>>());
}

/// What a proxy rule must know about paths (docs/operate.md): those below the base URL can be written in many ways; the
/// base URL itself in any encoding, but in only one case.
#[test]
fn an_endpoint_has_many_spellings() {
    let server = Server::start();
    for path in ["/scim/v2/BULK", "/scim/v2/bulk/", "/scim/v2//Bulk", "/scim/v2/%42ulk", "/%73cim/v2/bULK"] {
        // 405: it is the endpoint
        assert_eq!(server.send(&format!("GET {path}")).status, 405, "{path}");
    }
    for path in ["/SCIM/v2/Bulk", "/scim/V2/Bulk", "//scim/v2/Bulk", "/scim//v2/Bulk", "/scim%2Fv2/Bulk"] {
        assert_eq!(server.send(&format!("GET {path}")).status, 404, "{path}");
    }
}

/// Percent-encoding is decoded once: an id that looks encoded keeps its text.
#[test]
fn an_id_is_decoded_once() {
    let server = Server::start();
    for (path, id) in [("%2541", "%41"), ("a%2Fb", "a/b"), ("a+b", "a+b"), ("%C3%A9", "é"), ("50%", "50%")] {
        let said = server.send(&format!("GET /scim/v2/Users/{path}")).detail();
        assert_eq!(said, format!("there is no User with the id `{id}`"));
    }
}

#[test]
fn every_answer_has_an_id_of_its_request() {
    let server = Server::start();
    let token = "Authorization: Bearer secret\r\n";
    for (sent, expected) in [
        ("X-Request-Id: abc-1_2.3\r\n", Some("abc-1_2.3")),
        ("X-Request-Id: a b\r\n", None),
        ("X-Request-Id: <script>\r\n", None),
        ("X-Request-Id: \r\n", None),
        ("", None),
    ] {
        let answer = server.send_with("GET /scim/v2/Users", &format!("{token}{sent}"), "");
        let id = answer.header("x-request-id").unwrap();
        match expected {
            Some(expected) => assert_eq!(id, expected),
            None => assert!(id.starts_with("id-"), "{id}"),
        }
    }
    let long = format!("{token}X-Request-Id: {}\r\n", "a".repeat(65));
    assert!(
        server.send_with("GET /scim/v2/Users", &long, "").header("x-request-id").unwrap().starts_with("id-")
    );
}

/// As promised by the documentation of the crate.
#[actix_web::test]
async fn slashes_before_the_scope_can_be_merged() {
    let merge = NormalizePath::new(TrailingSlash::MergeOnly);
    let scim = Setup::new().at("http://localhost/scim/v2").build().unwrap();
    let app = init_service(App::new().wrap(merge).service(scim.scope())).await;
    for path in ["//scim///v2//Users", "/scim/v2/Users//", "/scim/v2/users"] {
        let request = TestRequest::get().uri(path).insert_header(("authorization", "Bearer secret"));
        assert_eq!(call_service(&app, request.to_request()).await.status(), 200, "{path}");
    }
}
