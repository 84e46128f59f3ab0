//! Clients without a good token, in large numbers, cost those with one nothing.
//!
//! Seen to fail: with one bound for the hashes of all tokens.

use crate::PROVOST;
use provost_testing::http::send;
use provost_testing::program::Server;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// How many send forged tokens at the same time.
const FORGERS: usize = 100;

/// A server with metrics, and where they are.
fn server(options: &[&str]) -> (Server, String) {
    // bound and given back: nobody else takes it within the test
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

/// The digits of a number, as tokens have them.
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

/// The status of a request with that token.
fn ask(address: &str, token: &str) -> u16 {
    let authorization = format!("Authorization: Bearer {}", token.trim());
    send(address, "GET", "/scim/v2/Users", &[&authorization], "").status
}

/// Neither the token whose key id is tried nor one that the server has not seen yet is refused, and what is forged costs
/// a few hashes.
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
