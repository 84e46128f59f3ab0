//! Decides whether a token is genuine, with one argon2 hash per token and process instead of one per request.
//!
//! A genuine token is remembered: its fingerprint is compared with its row, which is read on every request. So a flood
//! of forged tokens only affects tokens that this process has never seen.

use super::cache::{Fingerprint, Recent};
use super::failures::{self, Failures};
use super::queue::{Queue, Sender, Whose};
use super::{Secret, Token, hash};
use crate::clock::Timestamp;
use crate::storage::Counter;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{oneshot, watch};

/// How many genuine tokens are remembered at least: about 10 MB.
const GENUINE: usize = 64 * 1024;
/// The same for forged ones, kept apart so that a flood of them does not displace genuine ones.
const FORGED: usize = 8 * 1024;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authenticity {
    Genuine,
    Forged,
    /// Too many unknown tokens at once, or too many forged ones with this key id from this address. The client should
    /// try again.
    Busy,
}

/// The stored hash of a token, from its row.
#[derive(Debug, Clone)]
pub(crate) struct StoredHash {
    pub(crate) phc: Secret,
    /// Incremented whenever `phc` is rewritten.
    pub(crate) version: i64,
}

/// Checks tokens against their stored hashes. One per process, shared by all workers.
#[derive(Debug)]
pub(crate) struct Verifier {
    mac: Hmac<Sha256>,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    genuine: Recent<Whose, Fingerprint>,
    forged: Recent<Fingerprint, ()>,
    /// One hash per token, however many requests carry it at once: the others wait for its outcome.
    pending: HashMap<Fingerprint, Pending>,
    failures: Failures,
    queue: Queue<Core>,
    hashed: u64,
    turned_away: u64,
}

type Outcome = watch::Receiver<Option<Authenticity>>;

/// A token that waits for its hash.
#[derive(Debug)]
struct Pending {
    sender: Sender,
    outcome: Outcome,
}

impl Known {
    /// How many tokens of a sender wait for their hash, if it failed before: each may fail too.
    fn suspects(&self, sender: &Sender, failures: u64) -> u64 {
        if failures == 0 {
            return 0;
        }
        let waiting = self.pending.values().filter(|pending| pending.sender == *sender).count();
        u64::try_from(waiting).unwrap_or(u64::MAX)
    }
}

enum Step {
    Done(Authenticity),
    Wait(Outcome),
    Hash(Turn),
}

impl Verifier {
    /// `process_key` is random and never leaves the process; `cores` limits how many hashes run at once.
    pub(crate) fn new(process_key: [u8; 64], cores: usize) -> Arc<Self> {
        let known = Known {
            genuine: Recent::new(GENUINE),
            forged: Recent::new(FORGED),
            pending: HashMap::new(),
            failures: Failures::new(),
            queue: Queue::new(cores),
            hashed: 0,
            turned_away: 0,
        };
        Arc::new(Self { mac: Hmac::new(&process_key.into()), known: Mutex::new(known) })
    }

    /// Checks `token`, which came from `address`, against its row's hash. The caller checks expiry and revocation,
    /// which are in the row.
    pub(crate) async fn verify(
        self: &Arc<Self>,
        token: &Token,
        stored: &StoredHash,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Authenticity, VerifyError> {
        let fingerprint = self.fingerprint(token, stored.version);
        let whose = Whose::Token(token.key_id().clone());
        let sender = Sender { whose, address };
        loop {
            match self.next_step(fingerprint, &sender, now) {
                Step::Done(verdict) => return Ok(verdict),
                Step::Hash(turn) => return turn.take(token.clone(), stored.phc.clone(), now).await,
                Step::Wait(mut outcome) => {
                    // an error means that the request that was hashing was given up, for instance because its client
                    // went away
                    if let Ok(outcome) = outcome.wait_for(Option::is_some).await
                        && let Some(verdict) = *outcome
                    {
                        return Ok(verdict);
                    }
                }
            }
        }
    }

    /// Hashes a password for a sign-in, in turn with the tokens; `None` if too many wait.
    pub(crate) async fn hash_password<T: Send + 'static>(
        self: &Arc<Self>,
        account: [u8; 32],
        address: IpAddr,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, VerifyError> {
        let (ticket, called) = oneshot::channel();
        self.known().queue.enter(Sender { whose: Whose::Account(account), address }, 0, ticket);
        self.call();
        let Ok(core) = called.await else {
            self.known().turned_away += 1;
            return Ok(None);
        };
        let hashed = tokio::task::spawn_blocking(move || {
            let hashed = job();
            drop(core);
            hashed
        });
        hashed.await.map(Some).or(Err(VerifyError::Stopped))
    }

    fn next_step(self: &Arc<Self>, fingerprint: Fingerprint, sender: &Sender, now: Timestamp) -> Step {
        let mut known = self.known();
        if known.genuine.get(&sender.whose).is_some_and(|genuine| genuine.is(&fingerprint)) {
            return Step::Done(Authenticity::Genuine);
        }
        if known.forged.get(&fingerprint).is_some() {
            return Step::Done(Authenticity::Forged);
        }
        if let Some(pending) = known.pending.get(&fingerprint) {
            return Step::Wait(pending.outcome.clone());
        }
        let failures = known.failures.held_against(sender, now);
        if failures.saturating_add(known.suspects(sender, failures)) >= failures::MOST {
            known.turned_away += 1;
            return Step::Done(Authenticity::Busy);
        }
        let (ticket, called) = oneshot::channel();
        known.queue.enter(sender.clone(), failures, ticket);
        let (outcome, waiting) = watch::channel(None);
        known.pending.insert(fingerprint, Pending { sender: sender.clone(), outcome: waiting });
        drop(known);
        let turn = Turn { verifier: Arc::clone(self), fingerprint, sender: sender.clone(), called, outcome };
        self.call();
        Step::Hash(turn)
    }

    /// Gives free cores to those who wait.
    fn call(self: &Arc<Self>) {
        loop {
            // without holding the lock while a core is passed on, since one that nobody takes comes back at once
            let Some(next) = self.known().queue.call() else { return };
            drop(next.send(Core(Arc::clone(self))));
        }
    }

    fn fingerprint(&self, token: &Token, hash_version: i64) -> Fingerprint {
        let mac = self.mac.clone().chain_update(token.text().reveal()).finalize().into_bytes().into();
        Fingerprint { mac, hash_version }
    }

    /// For metrics.
    pub(crate) fn counters(&self) -> [Counter; 2] {
        let known = self.known();
        [
            Counter::new("token_hashes", "Tokens hashed, because they were not known", known.hashed),
            Counter::new(
                "token_checks_refused",
                "Unknown tokens turned away unhashed, because others waited or too many like them were forged",
                known.turned_away,
            ),
        ]
    }

    // Nothing that runs under the lock can leave it half changed, so a panic elsewhere does not matter here.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right and duty to hash one token. If dropped early, the next request takes over.
struct Turn {
    verifier: Arc<Verifier>,
    fingerprint: Fingerprint,
    sender: Sender,
    called: oneshot::Receiver<Core>,
    outcome: watch::Sender<Option<Authenticity>>,
}

impl Turn {
    async fn take(mut self, token: Token, phc: Secret, now: Timestamp) -> Result<Authenticity, VerifyError> {
        let Ok(core) = (&mut self.called).await else {
            return Ok(self.give_way());
        };
        // from here on it completes even if the client goes away, since the next request will need the outcome
        let hashed = tokio::task::spawn_blocking(move || {
            let genuine = hash::matches(&token, &phc)?;
            let verdict = self.record(genuine, now);
            drop(core);
            Ok(verdict)
        });
        hashed.await.unwrap_or(Err(VerifyError::Stopped))
    }

    fn give_way(&self) -> Authenticity {
        self.verifier.known().turned_away += 1;
        self.outcome.send_replace(Some(Authenticity::Busy));
        Authenticity::Busy
    }

    fn record(&self, genuine: bool, now: Timestamp) -> Authenticity {
        let mut known = self.verifier.known();
        known.hashed += 1;
        let verdict = if genuine {
            known.genuine.insert(self.sender.whose.clone(), self.fingerprint);
            Authenticity::Genuine
        } else {
            known.forged.insert(self.fingerprint, ());
            known.failures.count(&self.sender, now);
            Authenticity::Forged
        };
        drop(known);
        self.outcome.send_replace(Some(verdict));
        verdict
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.verifier.known().pending.remove(&self.fingerprint);
    }
}

/// A core to hash on. When dropped, it goes to the next one waiting.
#[derive(Debug)]
struct Core(Arc<Verifier>);

impl Drop for Core {
    fn drop(&mut self) {
        self.0.known().queue.done();
        self.0.call();
    }
}

/// A check without a verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VerifyError {
    #[error("the server is stopping")]
    Stopped,
    #[error(transparent)]
    Hash(#[from] hash::HashError),
}

#[cfg(test)]
mod tests;
