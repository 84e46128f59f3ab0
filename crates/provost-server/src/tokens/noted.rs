//! Notes about tokens, stored every few seconds while no request waits: that they were used, which milestones they
//! reached, and why they were refused. A server that stops first stores them all.
//!
//! The first of its kind is stored at once, since an administrator who has just pressed Test Connection is looking for it.
//!
//! Whether a key id exists is looked up here and not while the client waits, since it could measure that.

use super::heard::{Clients, Due};
use super::reason::NOTED_EVERY_MS;
use super::{Heard, KeyId, KnownToken, Milestone, Reason, Refusal, TokenStore};
use crate::clock::{self, Timestamp};
use crate::storage::{Storage, StorageError};
use provost::hook::TenantId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// The most tokens with a refusal to be stored.
const MOST: usize = 10_000;
/// How many of them may have an unchecked key id, so that a flood of these leaves room for the others.
const MOST_UNKNOWN: usize = MOST / 2;

const EVERY: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(crate) struct Noted {
    /// Each token's last refusal.
    refusals: Mutex<HashMap<KeyId, Refusal>>,
    /// Each token's last use.
    uses: Mutex<HashMap<KeyId, Timestamp>>,
    heard: Mutex<Clients>,
    /// The latest time of each milestone.
    milestones: Mutex<HashMap<(TenantId, KeyId, Milestone), Timestamp>>,
    /// Held while notes are being stored, so that a server that stops waits for it.
    writing: tokio::sync::Mutex<()>,
    /// Signals the first use or refusal of a token.
    first: Notify,
}

impl Noted {
    /// The refusal of a text with this key id, which may not exist.
    pub(super) fn unknown(&self, key_id: KeyId, reason: Reason, at: Timestamp) {
        self.insert(key_id, Refusal { at, reason }, MOST_UNKNOWN);
    }

    /// The refusal of an existing token.
    pub(super) fn known(&self, token: &KnownToken, reason: Reason, at: Timestamp) {
        let since = |last: Timestamp| at.as_millis().abs_diff(last.as_millis());
        if token.refused.is_some_and(|last| since(last) < NOTED_EVERY_MS.unsigned_abs()) {
            return;
        }
        self.insert(token.key_id.clone(), Refusal { at, reason }, MOST);
        if token.refused.is_none() {
            self.first.notify_one();
        }
    }

    fn insert(&self, key_id: KeyId, refusal: Refusal, most: usize) {
        let mut waiting = locked(&self.refusals);
        if waiting.len() < most || waiting.contains_key(&key_id) {
            waiting.insert(key_id, refusal);
        }
    }

    /// A use of a token.
    pub(super) fn used(&self, token: &KnownToken, at: Timestamp) {
        locked(&self.uses).insert(token.key_id.clone(), at);
        if token.last_used.is_none() {
            self.first.notify_one();
        }
    }

    /// An answered request of a token, and what it shows. `tenant` is called at most once.
    pub(crate) fn hear(
        &self,
        key_id: &Arc<str>,
        tenant: impl FnOnce() -> Option<TenantId>,
        what: Option<Milestone>,
        now: Timestamp,
    ) {
        let due = locked(&self.heard).hear(key_id, tenant, what, now);
        let (Some((tenant, due)), Some(what), Some(key_id)) = (due, what, KeyId::parse(key_id)) else {
            return;
        };
        locked(&self.milestones).insert((tenant, key_id, what), now);
        if due == Due::Now {
            self.first.notify_one();
        }
    }

    /// The milestones not stored yet, with the cycles that have ended meanwhile.
    fn milestones(&self, now: Timestamp) -> Vec<(TenantId, Heard)> {
        let mut waiting = std::mem::take(&mut *locked(&self.milestones));
        for (tenant, key_id, last) in locked(&self.heard).ended(now) {
            if let Some(key_id) = KeyId::parse(&key_id) {
                waiting.insert((tenant, key_id, Milestone::Cycle), last);
            }
        }
        let heard = |((tenant, key_id, what), at)| (tenant, Heard { key_id, what, first: at, last: at });
        let mut all: Vec<_> = waiting.into_iter().map(heard).collect();
        all.sort_by(|(_, a), (_, b)| (&a.key_id, a.what.word()).cmp(&(&b.key_id, b.what.word())));
        all
    }

    /// Stores the notes regularly while the server runs.
    pub(crate) async fn keep(self: Arc<Self>, storage: Storage) {
        loop {
            // stores them, whether woken or not
            let _was_woken = tokio::time::timeout(EVERY, self.first.notified()).await;
            self.write(&storage, clock::now()).await;
        }
    }

    /// Stores the notes now. What cannot be stored is dropped.
    pub(crate) async fn write(&self, storage: &Storage, now: Timestamp) {
        let _until_written = self.writing.lock().await;
        if let Err(error) = self.write_all(storage, now).await {
            tracing::warn!(%error, "what was seen of tokens could not be recorded");
        }
    }

    async fn write_all(&self, storage: &Storage, now: Timestamp) -> Result<(), StorageError> {
        let (uses, refusals, milestones) = (taken(&self.uses), taken(&self.refusals), self.milestones(now));
        if !uses.is_empty() {
            storage.note_uses(uses).await?;
        }
        if !milestones.is_empty() {
            storage.note_milestones(milestones).await?;
        }
        if !refusals.is_empty() {
            storage.note_refusals(refusals).await?;
        }
        Ok(())
    }
}

/// The notes in an order that is the same for all servers, so that two that write the same rows do not deadlock.
fn taken<T>(waiting: &Mutex<HashMap<KeyId, T>>) -> Vec<(KeyId, T)> {
    let mut all: Vec<_> = std::mem::take(&mut *locked(waiting)).into_iter().collect();
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    all
}

// Nothing that runs under the lock can leave it half changed, so a panic elsewhere does not matter here.
fn locked<T>(waiting: &Mutex<T>) -> MutexGuard<'_, T> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: usize) -> KeyId {
        KeyId::parse(&format!("A{n:011}")).expect("a key id")
    }

    /// Seen to fail: with one limit for both kinds, and with none.
    #[test]
    fn what_waits_is_bounded_and_unknown_ones_leave_room() {
        let (noted, at) = (Noted::default(), Timestamp::from_millis(1));
        (0..3 * MOST).for_each(|n| noted.unknown(key(n), Reason::CutOff(40), at));
        assert_eq!(locked(&noted.refusals).len(), MOST_UNKNOWN);
        let any = crate::tokens::tests::known();
        let row = |n| KnownToken { key_id: key(n), ..any.clone() };
        (0..3 * MOST).for_each(|n| noted.known(&row(n + 3 * MOST), Reason::Ended, at));
        assert_eq!(locked(&noted.refusals).len(), MOST);
        noted.known(&row(0), Reason::Altered, at);
        assert_eq!(
            locked(&noted.refusals).get(&key(0)).map(|r| r.reason),
            Some(Reason::Altered),
            "the last one counts"
        );
    }

    #[test]
    fn a_token_is_noted_once_a_minute() {
        let noted = Noted::default();
        let refused = |ms| Some(Timestamp::from_millis(ms));
        for (last, waits) in
            [(None, true), (refused(40_001), false), (refused(40_000), true), (refused(160_000), true)]
        {
            let row = KnownToken { refused: last, ..crate::tokens::tests::known() };
            noted.known(&row, Reason::WrongSecret, Timestamp::from_millis(100_000));
            assert_eq!(!std::mem::take(&mut *locked(&noted.refusals)).is_empty(), waits, "{last:?}");
        }
    }

    /// Seen to fail: with nobody woken, and with every use waking the clock.
    #[tokio::test]
    async fn only_the_first_is_written_at_once() {
        let (noted, at) = (Noted::default(), Timestamp::from_millis(100_000));
        let earlier = Timestamp::from_millis(1);
        let new = KnownToken { last_used: None, refused: None, ..crate::tokens::tests::known() };
        let known = KnownToken { last_used: Some(earlier), refused: Some(earlier), ..new.clone() };
        let is_woken = async || tokio::time::timeout(Duration::ZERO, noted.first.notified()).await.is_ok();
        for (row, expected) in [(&new, true), (&known, false)] {
            noted.used(row, at);
            assert_eq!(is_woken().await, expected, "a use");
            noted.known(row, Reason::WrongSecret, at);
            assert_eq!(is_woken().await, expected, "a refusal");
        }
        noted.unknown(key(1), Reason::CutOff(40), at);
        assert!(!is_woken().await, "anybody can send what is no token");
    }
}
