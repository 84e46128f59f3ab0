//! Many clients without a valid token do not slow down those with one.
//!
//! Seen to fail: with one limit for the hashes of all tokens; with one limit for all connections; without the sweep;
//! and with a connection never or always taken for a client's.

use crate::PROVOST;
use actix_web::rt::System;
use actix_web::rt::net::TcpSocket;
use provost_testing::http::send;
use provost_testing::program::Server;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// How long a test on a busy machine waits for something that takes a second or two.
const SOON: Duration = Duration::from_secs(15);
/// How many clients send forged tokens at the same time.
const FORGERS: usize = 100;

/// A server with metrics, and their address.
fn server(options: &[&str]) -> (Server, String) {
    // bound and released: nobody else takes it during the test
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let free = free.to_string();
    let options = [&["--metrics-listen", &free], options].concat();
    (Server::start_in(&PROVOST.install(), &options), free)
}

/// A counter of the metrics page.
fn counted(metrics: &str, name: &str) -> usize {
    let page = send(metrics, "GET", "/metrics", &[], "").body;
    let line = page.lines().find_map(|line| line.strip_prefix(&format!("provost_{name}_total ")));
    line.unwrap_or_else(|| panic!("no {name} in {page}")).parse().expect("a number")
}

/// A number in the digits that tokens use.
fn base62(mut number: usize, width: usize) -> String {
    let mut digits = vec![b'0'; width];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[number % 62];
        number /= 62;
    }
    String::from_utf8(digits).expect("ASCII")
}

/// A token with the key id of `token`, the right checksum and a wrong secret.
fn forged(token: &str, n: usize) -> String {
    let key_id: String = token.chars().take("scim_".len() + 12).collect();
    let body = format!("{key_id}_{}", base62(n, 43));
    let crc = !body.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    });
    format!("{body}{}", base62(usize::try_from(crc).expect("64 bits"), 6))
}

/// The status of a request with this token.
fn ask(address: &str, token: &str) -> u16 {
    let authorization = format!("Authorization: Bearer {}", token.trim());
    send(address, "GET", "/scim/v2/Users", &[&authorization], "").status
}

/// Neither the token whose key id is tried nor one that the server has not seen yet is refused, and forged tokens cost
/// only a few hashes.
#[test]
fn a_flood_of_forged_tokens_keeps_no_genuine_one_out() {
    let (s, metrics) = server(&[]);
    let unseen: Vec<String> =
        (0..3).map(|_| s.folder.run(&["token", "create", "--org", "default"]).stdout()).collect();
    let (address, own) = (s.address.as_str(), s.token.as_str());
    assert_eq!(ask(address, own), 200);
    let (over, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (genuine, statuses) = thread::scope(|scope| {
        let flood: Vec<_> = (0..FORGERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut statuses = Vec::new();
                    while !over.load(Ordering::Relaxed) {
                        let token = forged(own, sent.fetch_add(1, Ordering::Relaxed));
                        statuses.push(ask(address, &token));
                    }
                    statuses
                })
            })
            .collect();
        while sent.load(Ordering::Relaxed) < 3 * FORGERS {
            thread::yield_now();
        }
        let genuine = [&unseen[0], &unseen[1], &unseen[2], own].map(|token| ask(address, token));
        over.store(true, Ordering::Relaxed);
        let flood = flood.into_iter().flat_map(|forger| forger.join().expect("answered"));
        (genuine, flood.collect::<Vec<u16>>())
    });
    assert_eq!(genuine, [200; 4]);
    assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
    let (hashed, turned_away) =
        (counted(&metrics, "token_hashes"), counted(&metrics, "token_checks_refused"));
    assert!(hashed < 100 && turned_away > FORGERS, "{hashed} hashed, {turned_away} turned away");
}

/// A connection from one of this machine's addresses.
fn connect_from(host: u8, to: &str) -> TcpStream {
    let to: SocketAddr = to.parse().expect("an address");
    let connecting = async {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from(([127, 0, 0, host], 0))).expect("bound");
        socket.connect(to).await.expect("connected").into_std().expect("a socket")
    };
    let stream = System::new().block_on(connecting);
    stream.set_nonblocking(false).expect("set");
    stream.set_read_timeout(Some(SOON)).expect("set");
    stream
}

/// Sends a request on an existing connection. Returns the status, or `None` if the connection was closed.
fn ask_on(mut stream: &TcpStream, path: &str, token: &str) -> Option<u16> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut bytes = [0; 4096];
    let n = stream.read(&mut bytes).ok().filter(|n| *n > 0)?;
    let text = String::from_utf8_lossy(&bytes[..n]).into_owned();
    Some(text.split(' ').nth(1)?.parse().expect("a status"))
}

/// Whether the server has closed a connection on which no answer is due.
fn is_closed(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).expect("set");
    let read = stream.read(&mut [0; 1]);
    stream.set_nonblocking(false).expect("set");
    !read.is_err_and(|e| e.kind() == ErrorKind::WouldBlock)
}

/// Waits until so many of the connections are open, and checks that it is never fewer.
fn wait_for_open(connections: &[TcpStream], open: usize) {
    let begun = Instant::now();
    loop {
        let count = connections.iter().filter(|stream| !is_closed(stream)).count();
        assert!(count >= open, "{count} are open");
        if count == open {
            return;
        }
        assert!(begun.elapsed() < SOON, "{count} are still open");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Two addresses take all available connections and leave them idle.
fn take_all_connections(path: &str, is_client: bool) {
    let (s, metrics) = server(&[
        "--limit-connections",
        "40",
        "--limit-idle-time",
        "1h",
        "--limit-anonymous-idle-time",
        "1h",
        "--limit-anonymous-connections",
        "40",
        "--limit-requests",
        "10000",
    ]);
    let client = connect_from(1, &s.address);
    assert_eq!(ask_on(&client, "/scim/v2/Users?count=0", &s.token), Some(200));
    let token = if is_client { s.token.as_str() } else { "" };
    let idle: Vec<TcpStream> = (0..90)
        .map(|n| {
            let stream = connect_from(2 + n % 2, &s.address);
            stream.set_read_timeout(Some(Duration::from_secs(1))).expect("set");
            // with no room left it is not answered, and an earlier one may be closed
            let _ = ask_on(&stream, path, token);
            stream
        })
        .collect();
    for host in [1, 4] {
        let newcomer = connect_from(host, &s.address);
        assert_eq!(ask_on(&newcomer, "/scim/v2/Users?count=0", &s.token), Some(200), "from 127.0.0.{host}");
        let prober = connect_from(host, &s.address);
        assert_eq!(ask_on(&prober, "/healthz", ""), Some(200));
    }
    assert_eq!(ask_on(&client, "/scim/v2/Users?count=0", &s.token), Some(200), "the client of before");
    let closed = idle.iter().filter(|stream| is_closed(stream)).count();
    let open = idle.len() - closed;
    assert!(closed >= 50 && open >= 10, "{closed} are closed, {open} open");
    assert!(counted(&metrics, "connections_closed") >= 50);
}

#[test]
fn idle_strangers_keep_no_client_out() {
    take_all_connections("/healthz", false);
}

#[test]
fn idle_clients_keep_no_other_out() {
    take_all_connections("/scim/v2/Users?count=0", true);
}

/// Silent ones, and those that read a page and keep the connection.
#[test]
fn idle_clients_of_the_metrics_keep_no_other_out() {
    let (_server, metrics) = server(&["--limit-anonymous-idle-time", "1h", "--limit-head-time", "1h"]);
    let idle: Vec<TcpStream> = (0..90).map(|_| connect_from(2, &metrics)).collect();
    for stream in idle.iter().step_by(2) {
        stream.set_read_timeout(Some(Duration::from_secs(1))).expect("set");
        let _ = ask_on(stream, "/metrics", "");
    }
    for host in [1, 2] {
        let newcomer = connect_from(host, &metrics);
        assert_eq!(ask_on(&newcomer, "/healthz", ""), Some(200), "from 127.0.0.{host}");
    }
    let open = idle.iter().filter(|stream| !is_closed(stream)).count();
    assert!(open < 64, "{open} are open");
}

#[test]
fn a_stranger_is_soon_idle_for_too_long_and_a_client_is_not() {
    let (s, metrics) = server(&["--limit-anonymous-idle-time", "1s"]);
    let (client, refused) = (s.connect(), s.connect());
    assert_eq!(ask_on(&client, "/scim/v2/Users?count=0", &s.token), Some(200));
    assert_eq!(ask_on(&client, "/healthz", ""), Some(200));
    assert_eq!(ask_on(&refused, "/scim/v2/Users", &forged(&s.token, 1)), Some(401));
    let prober = s.connect();
    assert_eq!(ask_on(&prober, "/healthz", ""), Some(200));
    wait_for_open(&[refused, prober], 0);
    assert_eq!(counted(&metrics, "connections_closed"), 2);
    assert_eq!(ask_on(&client, "/scim/v2/Users?count=0", &s.token), Some(200));
}

#[test]
fn strangers_over_their_share_are_closed() {
    let (s, _) = server(&["--limit-anonymous-connections", "3", "--limit-head-time", "1h"]);
    let client = s.connect();
    assert_eq!(ask_on(&client, "/scim/v2/Users?count=0", &s.token), Some(200));
    let silent: Vec<TcpStream> = (0..20).map(|_| s.connect()).collect();
    wait_for_open(&silent, 3);
    assert_eq!(ask_on(&client, "/scim/v2/Users?count=0", &s.token), Some(200));
}

/// A trusted proxy tells its own clients apart, and its connections do not count as a stranger's.
#[test]
fn a_proxy_keeps_its_connections() {
    let (s, _) = server(&[
        "--trusted-proxy",
        "127.0.0.1",
        "--limit-anonymous-idle-time",
        "1s",
        "--limit-anonymous-connections",
        "1",
    ]);
    let proxied: Vec<TcpStream> = (0..5).map(|_| s.connect()).collect();
    assert!(proxied.iter().all(|stream| ask_on(stream, "/healthz", "") == Some(200)));
    let prober = connect_from(2, &s.address);
    assert_eq!(ask_on(&prober, "/healthz", ""), Some(200));
    wait_for_open(&[prober], 0);
    wait_for_open(&proxied, 5);
}

/// Clients that are refused and keep sending: the data is discarded at a limited pace, and each client gets its answer.
///
/// Seen to fail: with discarded data read as fast as it comes, 1 GB in two seconds.
#[test]
fn bodies_that_are_refused_are_not_read_as_fast_as_they_come() {
    const CLIENTS: usize = 6;
    const BODY: usize = 16 * 1024 * 1024;
    // that much a second, plus what each client may send at once
    const MOST: usize = 32 * 1024 * 1024;
    const MORE: usize = CLIENTS * 512 * 1024;
    let (s, metrics) = server(&[]);
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut stream = TcpStream::connect(&s.address).expect("connected");
                let head =
                    format!("POST /scim/v2/Users HTTP/1.1\r\nhost: x\r\ncontent-length: {BODY}\r\n\r\n");
                stream.write_all(head.as_bytes()).expect("sent");
                let mut status = [0; 12];
                stream.read_exact(&mut status).expect("an answer");
                assert_eq!(&status, b"HTTP/1.1 401");
                let piece = [b' '; 64 * 1024];
                // until the server closes the connection
                while stream.write_all(&piece).is_ok() {}
            });
        }
    });
    let read = counted(&metrics, "unwanted_bytes");
    let seconds = usize::try_from(begun.elapsed().as_secs()).expect("a few") + 1;
    assert!(read > 0 && read <= seconds * MOST + MORE, "{read} bytes in {seconds} seconds");
}
