//! Requests that wait to be stored. Nobody waits for that, and a client that is always refused cannot make it much.

use super::{Asked, Request, RequestStore, Secrets};
use crate::clock;
use crate::storage::Storage;
use provost::actix::Served;
use provost::hook::TenantId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many wait, of all organisations and of one. More are left out until the next time.
const MOST: usize = 256;
const MOST_OF_ONE: usize = 64;

const EVERY: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Requests {
    secrets: Secrets,
    waiting: Mutex<Vec<(TenantId, Request)>>,
    /// Held while they are being stored, so that a server that stops waits for it.
    writing: tokio::sync::Mutex<()>,
}

impl Requests {
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self { secrets, waiting: Mutex::default(), writing: tokio::sync::Mutex::default() }
    }

    /// Keeps a request, if somebody may have a question about it and there is room.
    pub(crate) fn note(&self, asked: Asked<'_>, served: &Served) {
        let tenant = || served.principal.as_ref()?.tenant.parse().ok().map(TenantId);
        let Some(tenant) = tenant().filter(|_| served.body.is_some()) else { return };
        // before the work
        if !has_room(&self.locked(), tenant) {
            return;
        }
        let Some(request) = Request::of(asked, served, &self.secrets, clock::now()) else { return };
        let mut waiting = self.locked();
        if has_room(&waiting, tenant) {
            waiting.push((tenant, request));
        }
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
        let mut of_each = BTreeMap::<TenantId, Vec<Request>>::new();
        for (tenant, request) in std::mem::take(&mut *self.locked()) {
            of_each.entry(tenant).or_default().push(request);
        }
        for (tenant, requests) in of_each {
            if let Err(error) = storage.keep_requests(tenant, requests).await {
                tracing::warn!(%error, "refused requests could not be kept");
            }
        }
    }

    // Nothing that runs under the lock can leave it half changed, so a panic elsewhere does not matter here.
    fn locked(&self) -> MutexGuard<'_, Vec<(TenantId, Request)>> {
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
