//! Requests that wait to be stored. Nobody waits for that, and a client that is always refused cannot make it much.

use super::{Came, Head, RequestStore, Words};
use crate::clock;
use crate::storage::{Result, Storage};
use provost::actix::Served;
use provost::hook::TenantId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many wait, of all organisations. More are not kept.
const MOST: usize = 256;
/// How many of them may be of one organisation.
const MOST_OF_ONE: usize = 64;

const EVERY: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Requests {
    words: Arc<Words>,
    waiting: Mutex<Vec<(TenantId, Came)>>,
    /// Held while they are being stored, so that a server that stops waits for it.
    writing: tokio::sync::Mutex<()>,
}

impl Requests {
    pub(crate) fn new(words: Words) -> Self {
        Self { words: Arc::new(words), waiting: Mutex::default(), writing: tokio::sync::Mutex::default() }
    }

    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    /// Keeps a request, if somebody may have a question about it and there is room. Its body is let go in any case.
    pub(crate) fn note(&self, head: Head<'_>, served: &mut Served) {
        let tenant = served.principal.as_ref().and_then(|principal| principal.tenant.parse().ok());
        let tenant = tenant.map(TenantId).filter(|tenant| has_room(&self.locked(), *tenant));
        let came =
            tenant.and_then(|tenant| Some((tenant, Came::new(head, served, &self.words, clock::now())?)));
        self.locked().extend(came);
        served.body = None;
    }

    /// Stores them regularly while the server runs.
    pub(crate) async fn keep(self: Arc<Self>, storage: Storage) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.write(&storage).await;
        }
    }

    /// Stores them now. What cannot be stored is dropped.
    pub(crate) async fn write(&self, storage: &Storage) {
        let _until_written = self.writing.lock().await;
        let mut of_each = BTreeMap::<TenantId, Vec<Came>>::new();
        for (tenant, came) in std::mem::take(&mut *self.locked()) {
            of_each.entry(tenant).or_default().push(came);
        }
        for (tenant, came) in of_each {
            if let Err(error) = self.write_of(storage, tenant, came).await {
                tracing::warn!(%error, "refused requests could not be kept");
            }
        }
    }

    async fn write_of(&self, storage: &Storage, tenant: TenantId, came: Vec<Came>) -> Result<()> {
        let (keeps_values, words) =
            (storage.keeps_values(tenant, clock::now()).await?, Arc::clone(&self.words));
        // bodies of 64 KiB take long to read
        let write =
            move || came.into_iter().map(|came| came.written(keeps_values, &words)).collect::<Vec<_>>();
        let Ok(requests) = tokio::task::spawn_blocking(write).await else { return Ok(()) };
        storage.keep_requests(tenant, requests).await
    }

    // Nothing that runs under the lock can leave it half changed, so a panic elsewhere does not matter here.
    fn locked(&self) -> MutexGuard<'_, Vec<(TenantId, Came)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn has_room<T>(waiting: &[(TenantId, T)], tenant: TenantId) -> bool {
    let own = waiting.iter().filter(|(of, _)| *of == tenant);
    waiting.len() < MOST && own.count() < MOST_OF_ONE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with one bound for all.
    #[test]
    fn one_that_is_always_refused_leaves_room_for_others() {
        let mut waiting = Vec::new();
        for tenant in 0..10 {
            for _ in 0..1_000 {
                if has_room(&waiting, TenantId(tenant)) {
                    waiting.push((TenantId(tenant), ()));
                }
            }
        }
        let of = |tenant| waiting.iter().filter(|(of, ())| *of == TenantId(tenant)).count();
        assert_eq!((of(0), of(3), of(4), waiting.len()), (MOST_OF_ONE, MOST_OF_ONE, 0, MOST));
    }
}
