//! How the process ends: politely, impatiently, and suddenly.

use crate::PROVOST;
use provost_testing::http::Answer;
use provost_testing::json::user;
use provost_testing::program::Server;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A POST whose body stops half way.
fn half_a_request(s: &Server, name: &str) -> (TcpStream, Vec<u8>) {
    let body = user(name).to_string().into_bytes();
    let mut stream = s.connect();
    let head = format!(
        "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n",
        s.token,
        body.len()
    );
    let (begin, rest) = body.split_at(10);
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(begin).expect("sent");
    // until the server has read the head
    thread::sleep(Duration::from_millis(300));
    (stream, rest.to_vec())
}

#[test]
fn what_is_under_way_is_answered_before_the_end() {
    let mut s = PROVOST.start();
    let folder = s.folder.clone();
    let (mut stream, rest) = half_a_request(&s, "ann");
    s.signal("TERM");
    s.wait_for_log("stopping");
    thread::sleep(Duration::from_millis(500));
    assert!(TcpStream::connect(&s.address).is_err(), "nobody new is let in");
    stream.write_all(&rest).expect("sent");
    let answer = Answer::read(stream);
    assert_eq!((answer.status, answer.header("connection")), (201, Some("close")));
    let (status, log) = s.wait();
    assert!(status.success(), "{log}");
    assert_eq!(folder.members("default"), "ann[]");
}

/// Sends a POST on a new connection. Returns the answer, which may be empty; `None` if no connections are accepted any
/// more.
fn try_to_create(address: &str, token: &str, name: &str) -> Option<String> {
    let body = user(name).to_string();
    let head = format!(
        "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).ok()?;
    let mut answer = String::new();
    // the server may be gone before it has read the request, or answered
    drop(stream.write_all((head + &body).as_bytes()));
    drop(stream.read_to_string(&mut answer));
    Some(answer)
}

/// Under load: every write that took effect was answered, every answered write took effect, and the server stops soon.
#[test]
fn a_stop_under_load_leaves_no_write_unanswered() {
    let mut s = Server::start_in(&PROVOST.install(), &["--limit-requests", "100000"]);
    let (folder, token) = (s.folder.clone(), s.token.clone());
    let (made, acknowledged) = mpsc::channel();
    let clients: Vec<_> = (0..6)
        .map(|client| {
            let (address, token, made) = (s.address.clone(), token.clone(), made.clone());
            thread::spawn(move || {
                for n in 0.. {
                    let name = format!("user-{client}-{n}");
                    match try_to_create(&address, &token, &name) {
                        None => return,
                        Some(answer) if answer.starts_with("HTTP/1.1 201") => made.send(name).expect("heard"),
                        // accepted but never served: it must not have taken effect
                        Some(answer) => assert_eq!(answer, ""),
                    }
                }
            })
        })
        .collect();
    drop(made);
    thread::sleep(Duration::from_millis(700));
    let begun = Instant::now();
    s.signal("TERM");
    s.wait_for_log("stopping");
    let (status, log) = s.wait();
    assert!(status.success(), "{status}\n{log}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    clients.into_iter().for_each(|client| client.join().expect("no other answer than 201"));
    let mut acknowledged: Vec<String> = acknowledged.iter().collect();
    assert!(acknowledged.len() > 20, "too little load: {}", acknowledged.len());
    acknowledged.sort();
    let members = folder.members("default").replace("[]", "");
    let mut there: Vec<&str> = members.split(' ').collect();
    there.sort_unstable();
    assert_eq!(there, acknowledged);
    let again = Server::start_in(&folder, &[]);
    let listed = again.ask_as(&token, "GET", "/Users?count=1", None).json();
    assert_eq!(listed["totalResults"], acknowledged.len());
}

#[test]
fn an_idle_connection_does_not_keep_it_from_ending() {
    let s = PROVOST.start();
    let mut idle = s.connect();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    thread::sleep(Duration::from_millis(100));
    let begun = Instant::now();
    s.stop();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// Seen to fail: the signal ended the server.
#[test]
fn a_hangup_changes_nothing() {
    let mut s = PROVOST.start();
    for _ in 0..3 {
        s.signal("HUP");
        s.wait_for_log("SIGHUP changes nothing");
    }
    s.create_user("ann");
    s.stop();
}

#[test]
fn a_second_signal_ends_it_at_once_with_1() {
    let mut s = PROVOST.start();
    let (_stream, _rest) = half_a_request(&s, "ann");
    s.signal("INT");
    s.wait_for_log("stopping");
    s.signal("INT");
    let begun = Instant::now();
    let (status, log) = s.wait();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

/// Answered writes are there after the process was killed, including the application's rows.
#[test]
fn a_killed_server_has_lost_nothing_that_it_answered() {
    let s = PROVOST.start();
    let token = s.token.clone();
    let names: Vec<String> = (0..20).map(|n| format!("user{n:02}")).collect();
    for name in &names {
        s.create_user(name);
    }
    let folder = s.kill();
    let again = Server::start_in(&folder, &[]);
    let listed = again.ask_as(&token, "GET", "/Users", None).json();
    assert_eq!(listed["totalResults"], 20);
    assert_eq!(folder.members("default").split(' ').count(), 20);
}
