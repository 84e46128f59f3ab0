//! What is hashed and what is remembered, with real hashes.

use super::*;
use crate::tokens::queue;

const NOW: i64 = 1_000_000;
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

/// The nth token with the key id `id`; at most one of them is genuine.
fn token(id: u8, n: u8) -> Token {
    Token::from_random([id; 16], [n; 32])
}

fn stored(token: &Token) -> StoredHash {
    StoredHash { phc: hash::hash(token, [3; 16]).expect("a hash"), version: 1 }
}

/// A hash that no token matches: checking against it fails, so a pass proves that the cache answered.
fn unreadable() -> StoredHash {
    StoredHash { phc: Secret::new("not a hash"), version: 1 }
}

fn one_core() -> Arc<Verifier> {
    Verifier::new([9; 64], 1)
}

async fn check(verifier: &Arc<Verifier>, token: &Token, stored: &StoredHash) -> Option<Authenticity> {
    verifier.verify(token, stored, HERE, at(NOW)).await.ok()
}

fn step(verifier: &Arc<Verifier>, token: &Token, address: IpAddr) -> Step {
    let sender = Sender { whose: Whose::Token(token.key_id().clone()), address };
    verifier.next_step(verifier.fingerprint(token, 1), &sender, at(NOW))
}

fn hash_step(verifier: &Arc<Verifier>, token: &Token, address: IpAddr) -> Turn {
    match step(verifier, token, address) {
        Step::Hash(turn) => turn,
        Step::Done(verdict) => panic!("{verdict:?} without a hash"),
        Step::Wait(_) => panic!("another request hashes it"),
    }
}

fn counted(verifier: &Verifier) -> (u64, u64) {
    let [hashed, turned_away] = verifier.counters();
    (hashed.value, turned_away.value)
}

#[tokio::test]
async fn a_genuine_token_is_hashed_once() {
    let verifier = one_core();
    let token = token(1, 1);
    assert_eq!(check(&verifier, &token, &stored(&token)).await, Some(Authenticity::Genuine));
    let in_a_year = at(NOW + 365 * 24 * 3_600 * 1_000);
    for (address, now) in [(HERE, at(NOW)), (ELSEWHERE, at(0)), (HERE, in_a_year)] {
        let again = verifier.verify(&token, &unreadable(), address, now).await;
        assert_eq!(again.expect("not read again"), Authenticity::Genuine);
    }
    assert_eq!(counted(&verifier), (1, 0));
}

#[tokio::test]
async fn a_new_hash_version_is_never_answered_from_the_cache() {
    let verifier = one_core();
    let token = token(1, 1);
    check(&verifier, &token, &stored(&token)).await.expect("verdict");
    let rewritten = StoredHash { version: 2, ..unreadable() };
    assert_eq!(check(&verifier, &token, &rewritten).await, None);
}

#[tokio::test]
async fn a_forged_token_is_hashed_once_and_takes_nothing_from_the_genuine_one() {
    let verifier = one_core();
    let (genuine, forged) = (token(1, 1), token(1, 2));
    let row = stored(&genuine);
    assert_eq!(check(&verifier, &genuine, &row).await, Some(Authenticity::Genuine));
    assert_eq!(check(&verifier, &forged, &row).await, Some(Authenticity::Forged));
    assert_eq!(check(&verifier, &forged, &unreadable()).await, Some(Authenticity::Forged));
    assert_eq!(check(&verifier, &genuine, &unreadable()).await, Some(Authenticity::Genuine));
    assert_eq!(counted(&verifier), (2, 0));
}

#[tokio::test]
async fn a_burst_of_one_token_is_one_hash() {
    let verifier = one_core();
    let token = token(1, 1);
    let row = stored(&token);
    let turn = hash_step(&verifier, &token, HERE);
    let burst: Vec<_> = (0..200)
        .map(|_| {
            let (verifier, token) = (Arc::clone(&verifier), token.clone());
            // were one of them to hash, it would fail
            tokio::spawn(async move { check(&verifier, &token, &unreadable()).await })
        })
        .collect();
    tokio::task::yield_now().await;
    turn.take(token.clone(), row.phc, at(NOW)).await.expect("verdict");
    for request in burst {
        assert_eq!(request.await.expect("runs"), Some(Authenticity::Genuine));
    }
}

#[tokio::test]
async fn when_the_first_client_goes_away_the_next_takes_over() {
    let verifier = one_core();
    let token = token(1, 1);
    let row = stored(&token);
    let abandoned = hash_step(&verifier, &token, HERE);
    let waiting = {
        let (verifier, token) = (Arc::clone(&verifier), token.clone());
        tokio::spawn(async move { check(&verifier, &token, &row).await })
    };
    tokio::task::yield_now().await;
    drop(abandoned);
    assert_eq!(waiting.await.expect("runs"), Some(Authenticity::Genuine));
    assert!(verifier.known().pending.is_empty());
}

/// Seen to fail: with one limit for all hashes.
#[tokio::test]
async fn a_flood_of_forged_tokens_keeps_out_nobody_else() {
    let verifier = one_core();
    let (known, unseen) = (token(1, 0), token(2, 0));
    check(&verifier, &known, &stored(&known)).await.expect("verdict");
    let flood: Vec<Turn> = (1..=200).map(|n| hash_step(&verifier, &token(1, n), HERE)).collect();
    let neighbour = {
        let (verifier, unseen, row) = (Arc::clone(&verifier), unseen.clone(), stored(&unseen));
        tokio::spawn(async move { check(&verifier, &unseen, &row).await })
    };
    tokio::task::yield_now().await;
    let known_again = check(&verifier, &known, &unreadable()).await;
    assert_eq!(known_again, Some(Authenticity::Genuine), "the key id that is being tried");
    let (mut forged, mut busy, row) = (0, 0, stored(&known));
    for (n, turn) in (1..).zip(flood) {
        match turn.take(token(1, n), row.phc.clone(), at(NOW)).await.expect("verdict") {
            Authenticity::Forged => forged += 1,
            Authenticity::Busy => busy += 1,
            Authenticity::Genuine => panic!("a forged token got in"),
        }
    }
    assert_eq!(neighbour.await.expect("runs"), Some(Authenticity::Genuine));
    // one was being hashed when the others arrived
    assert_eq!((forged, busy), (1 + queue::MOST_OF_KEY_ID, 199 - queue::MOST_OF_KEY_ID));
    assert!(verifier.known().pending.is_empty());
}

/// Seen to fail: without counting failures, and with all that come before one that was forgiven is counted.
#[tokio::test]
async fn who_failed_too_often_has_to_wait_and_nobody_else() {
    let verifier = one_core();
    let (genuine, neighbour) = (token(1, 0), token(2, 0));
    let row = stored(&genuine);
    for n in 1..=20 {
        assert_eq!(check(&verifier, &token(1, n), &row).await, Some(Authenticity::Forged));
    }
    assert_eq!(check(&verifier, &token(1, 21), &row).await, Some(Authenticity::Busy));
    assert_eq!(counted(&verifier), (20, 1), "turned away without a hash");
    assert_eq!(check(&verifier, &neighbour, &stored(&neighbour)).await, Some(Authenticity::Genuine));
    let elsewhere = verifier.verify(&genuine, &row, ELSEWHERE, at(NOW)).await;
    assert_eq!(elsewhere.expect("verdict"), Authenticity::Genuine);
    let later = verifier.verify(&token(1, 22), &row, HERE, at(NOW + 1_000)).await;
    assert_eq!(later.expect("verdict"), Authenticity::Forged, "one more a second later");
    let suspect = |n| {
        let token = token(1, n);
        let sender = Sender { whose: Whose::Token(token.key_id().clone()), address: HERE };
        verifier.next_step(verifier.fingerprint(&token, 1), &sender, at(NOW + 2_000))
    };
    let first = suspect(23);
    assert!(matches!(first, Step::Hash(_)));
    assert!(
        matches!(suspect(24), Step::Done(Authenticity::Busy)),
        "one, and not all that come until it is hashed"
    );
    drop(first);
    assert!(matches!(suspect(25), Step::Hash(_)), "its client went away");
}

#[tokio::test]
async fn clients_that_go_away_give_back_their_cores_and_places() {
    let verifier = one_core();
    for _ in 0..3 {
        drop((0..100).map(|n| hash_step(&verifier, &token(n, 0), HERE)).collect::<Vec<_>>());
    }
    assert!(verifier.known().pending.is_empty());
    let token = token(1, 1);
    assert_eq!(check(&verifier, &token, &stored(&token)).await, Some(Authenticity::Genuine));
}

#[test]
fn debug_of_the_verifier_shows_no_key() {
    let shown = format!("{:?}", Verifier::new([0xAB; 64], 1));
    assert!(!shown.contains("171") && !shown.to_lowercase().contains("abab"), "{shown}");
}
