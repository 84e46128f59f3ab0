//! Decides whether a token is genuine, and pays for argon2 once per token and process, not once per request.

use super::cache::{Fingerprint, Recent};
use super::{Secret, Token, hash};
use crate::clock::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, watch};

/// How long a genuine token is believed without another hash. A revoked one is refused at once all the same, because its
/// row is read on every request.
const GENUINE_MS: i64 = 10 * 60 * 1000;
/// How long a forged token is refused without another hash.
const FORGED_MS: i64 = 10 * 1000;
/// Fingerprints remembered of each kind; they are kept apart so that a flood of forged tokens pushes out no genuine one.
const CAPACITY: usize = 8 * 1024;
/// Hashes under way or waiting for a core. The last in the queue waits about 1.6 s on one core.
const MAX_PENDING: usize = 64;

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authenticity {
    Genuine,
    Forged,
    /// Too many unknown tokens at once; the caller is to come again.
    Busy,
}

/// The stored half of a token, from its row.
#[derive(Debug, Clone)]
pub(crate) struct StoredHash {
    pub(crate) phc: Secret,
    /// Counts up whenever `phc` is written anew.
    pub(crate) version: i64,
}

/// Checks tokens against their stored hashes. One per process, shared by all workers.
#[derive(Debug)]
pub(crate) struct Verifier {
    mac: Hmac<Sha256>,
    cores: Arc<Semaphore>,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    genuine: Recent,
    forged: Recent,
    /// One hash per token however many requests bring it at once: the others wait for its outcome.
    pending: HashMap<Fingerprint, watch::Receiver<Option<bool>>>,
}

enum Step {
    Done(Authenticity),
    Wait(watch::Receiver<Option<bool>>),
    Hash(Turn),
}

impl Verifier {
    /// `process_key` is random and never leaves the process; `cores` bounds how many hashes run at once.
    pub(crate) fn new(process_key: [u8; 64], cores: usize) -> Arc<Self> {
        let known = Known {
            genuine: Recent::new(CAPACITY, GENUINE_MS),
            forged: Recent::new(CAPACITY, FORGED_MS),
            pending: HashMap::new(),
        };
        Arc::new(Self {
            mac: Hmac::new(&process_key.into()),
            cores: Arc::new(Semaphore::new(cores.max(1))),
            known: Mutex::new(known),
        })
    }

    /// Holds `token` against its row's hash. Expiry and revocation are the caller's: they are facts of the row.
    pub(crate) async fn verify(
        self: &Arc<Self>,
        token: &Token,
        stored: &StoredHash,
        now: Timestamp,
    ) -> Result<Authenticity, VerifyError> {
        let fingerprint = self.fingerprint(token, stored.version);
        loop {
            match self.next_step(fingerprint, now) {
                Step::Done(verdict) => return Ok(verdict),
                Step::Hash(turn) => return turn.take(token.clone(), stored.phc.clone(), now).await,
                Step::Wait(mut outcome) => {
                    // an error means that the request that was hashing gave up, for instance because its client went away
                    if let Ok(outcome) = outcome.wait_for(Option::is_some).await {
                        return Ok(verdict(*outcome == Some(true)));
                    }
                }
            }
        }
    }

    fn next_step(self: &Arc<Self>, fingerprint: Fingerprint, now: Timestamp) -> Step {
        let mut known = self.known();
        if known.genuine.holds(&fingerprint, now) {
            return Step::Done(Authenticity::Genuine);
        }
        if known.forged.holds(&fingerprint, now) {
            return Step::Done(Authenticity::Forged);
        }
        if let Some(outcome) = known.pending.get(&fingerprint) {
            return Step::Wait(outcome.clone());
        }
        if known.pending.len() >= MAX_PENDING {
            return Step::Done(Authenticity::Busy);
        }
        let (outcome, waiting) = watch::channel(None);
        known.pending.insert(fingerprint, waiting);
        Step::Hash(Turn { verifier: Arc::clone(self), fingerprint, outcome })
    }

    fn fingerprint(&self, token: &Token, hash_version: i64) -> Fingerprint {
        let mac = self.mac.clone().chain_update(token.text().reveal()).finalize().into_bytes().into();
        Fingerprint { mac, hash_version }
    }

    // Nothing that runs under the lock can leave it half changed, so a panic elsewhere does not matter here.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right and duty to hash one token. Dropped early, it lets the next request take over.
struct Turn {
    verifier: Arc<Verifier>,
    fingerprint: Fingerprint,
    outcome: watch::Sender<Option<bool>>,
}

impl Turn {
    async fn take(self, token: Token, phc: Secret, now: Timestamp) -> Result<Authenticity, VerifyError> {
        let core =
            Arc::clone(&self.verifier.cores).acquire_owned().await.map_err(|_closed| VerifyError::Stopped)?;
        // from here on it runs to its end, whether or not the client waits: the next request will want the outcome
        let hashed = tokio::task::spawn_blocking(move || {
            let genuine = hash::matches(&token, &phc)?;
            self.record(genuine, now);
            drop(core);
            Ok(verdict(genuine))
        });
        hashed.await.unwrap_or(Err(VerifyError::Stopped))
    }

    fn record(&self, genuine: bool, now: Timestamp) {
        let mut known = self.verifier.known();
        let list = if genuine { &mut known.genuine } else { &mut known.forged };
        list.insert(self.fingerprint, now);
        drop(known);
        self.outcome.send_replace(Some(genuine));
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.verifier.known().pending.remove(&self.fingerprint);
    }
}

fn verdict(genuine: bool) -> Authenticity {
    if genuine { Authenticity::Genuine } else { Authenticity::Forged }
}

/// A check that came to no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VerifyError {
    #[error("the server is stopping")]
    Stopped,
    #[error(transparent)]
    Hash(#[from] hash::HashError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn token(n: u8) -> Token {
        Token::from_random([1; 16], [n; 32])
    }

    fn stored(token: &Token) -> StoredHash {
        StoredHash { phc: hash::hash(token, [3; 16]).expect("a hash"), version: 1 }
    }

    /// Hashes that nothing fits: a check that reaches it fails, so a pass proves that the cache answered.
    fn unreadable() -> StoredHash {
        StoredHash { phc: Secret::new("not a hash"), version: 1 }
    }

    #[tokio::test]
    async fn a_genuine_token_is_hashed_once_in_ten_minutes() {
        let verifier = Verifier::new([9; 64], 1);
        let token = token(1);
        assert_eq!(
            verifier.verify(&token, &stored(&token), at(NOW)).await.expect("verdict"),
            Authenticity::Genuine
        );
        let late = at(NOW + GENUINE_MS - 1);
        assert_eq!(
            verifier.verify(&token, &unreadable(), late).await.expect("from the cache"),
            Authenticity::Genuine
        );
        let too_late = at(NOW + GENUINE_MS);
        assert!(verifier.verify(&token, &unreadable(), too_late).await.is_err(), "the hash is read again");
    }

    #[tokio::test]
    async fn a_new_hash_version_is_never_answered_from_the_cache() {
        let verifier = Verifier::new([9; 64], 1);
        let token = token(1);
        verifier.verify(&token, &stored(&token), at(NOW)).await.expect("verdict");
        let rewritten = StoredHash { version: 2, ..unreadable() };
        assert!(verifier.verify(&token, &rewritten, at(NOW)).await.is_err());
    }

    #[tokio::test]
    async fn a_forged_token_is_remembered_for_ten_seconds() {
        let verifier = Verifier::new([9; 64], 1);
        let (genuine, forged) = (token(1), token(2));
        let row = stored(&genuine);
        assert_eq!(verifier.verify(&forged, &row, at(NOW)).await.expect("verdict"), Authenticity::Forged);
        let soon = at(NOW + FORGED_MS - 1);
        assert_eq!(
            verifier.verify(&forged, &unreadable(), soon).await.expect("from the cache"),
            Authenticity::Forged
        );
        assert!(verifier.verify(&forged, &unreadable(), at(NOW + FORGED_MS)).await.is_err());
        assert_eq!(verifier.verify(&genuine, &row, at(NOW)).await.expect("verdict"), Authenticity::Genuine);
    }

    #[tokio::test]
    async fn a_burst_of_one_token_is_one_hash() {
        let verifier = Verifier::new([9; 64], 1);
        let token = token(1);
        let row = stored(&token);
        let Step::Hash(turn) = verifier.next_step(verifier.fingerprint(&token, 1), at(NOW)) else {
            panic!("the first request hashes");
        };
        let burst: Vec<_> = (0..20)
            .map(|_| {
                let (verifier, token) = (Arc::clone(&verifier), token.clone());
                // were one of them to hash, it would fail
                tokio::spawn(async move { verifier.verify(&token, &unreadable(), at(NOW)).await })
            })
            .collect();
        tokio::task::yield_now().await;
        turn.take(token.clone(), row.phc, at(NOW)).await.expect("verdict");
        for request in burst {
            assert_eq!(request.await.expect("runs").expect("verdict"), Authenticity::Genuine);
        }
    }

    #[tokio::test]
    async fn when_the_first_client_goes_away_the_next_takes_over() {
        let verifier = Verifier::new([9; 64], 1);
        let token = token(1);
        let row = stored(&token);
        let Step::Hash(abandoned) = verifier.next_step(verifier.fingerprint(&token, 1), at(NOW)) else {
            panic!("the first request hashes");
        };
        let waiting = {
            let (verifier, token) = (Arc::clone(&verifier), token.clone());
            tokio::spawn(async move { verifier.verify(&token, &row, at(NOW)).await })
        };
        tokio::task::yield_now().await;
        drop(abandoned);
        assert_eq!(waiting.await.expect("runs").expect("verdict"), Authenticity::Genuine);
        assert!(verifier.known().pending.is_empty());
    }

    #[tokio::test]
    async fn a_flood_of_unknown_tokens_is_turned_away_and_known_ones_are_not() {
        let verifier = Verifier::new([9; 64], 1);
        let known = token(0);
        verifier.verify(&known, &stored(&known), at(NOW)).await.expect("verdict");
        let flood: Vec<Step> =
            (1..=64).map(|n| verifier.next_step(verifier.fingerprint(&token(n), 1), at(NOW))).collect();
        assert_eq!(flood.len(), MAX_PENDING);
        let one_more = verifier.verify(&token(65), &unreadable(), at(NOW)).await;
        assert_eq!(one_more.expect("verdict"), Authenticity::Busy);
        assert_eq!(
            verifier.verify(&known, &unreadable(), at(NOW)).await.expect("verdict"),
            Authenticity::Genuine
        );
        drop(flood);
        assert!(verifier.known().pending.is_empty(), "abandoned turns leave nothing behind");
    }

    #[test]
    fn debug_of_the_verifier_shows_no_key() {
        let shown = format!("{:?}", Verifier::new([0xAB; 64], 1));
        assert!(!shown.contains("171") && !shown.to_lowercase().contains("abab"), "{shown}");
    }
}
