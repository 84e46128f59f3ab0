//! Limits how much of a scarce resource is in use at once. No tenant gets more than half of it.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many tenants' shares are remembered before unused ones are dropped.
const REMEMBERED: usize = 256;

/// Admits work in the order it arrives, each tenant's within its share: half of the places, rounded up.
///
/// A place may be a thread, or a kilobyte of memory. It is independent of a runtime and of time: to limit the wait, put
/// a timeout around [`Self::pass`].
///
/// ```
/// # use provost_provider::{Full, Gate};
/// let memory = Gate::new(1_000);
/// let acme = memory.try_pass(Some("acme"), 500)?;
/// assert_eq!(memory.try_pass(Some("acme"), 1).unwrap_err(), Full::Share);
/// let zeta = memory.try_pass(Some("zeta"), 500)?;
/// assert_eq!(memory.try_pass(Some("other"), 1).unwrap_err(), Full::All);
/// drop(acme);
/// assert!(memory.try_pass(Some("other"), 1).is_ok());
/// # drop(zeta);
/// # Ok::<(), Full>(())
/// ```
pub struct Gate<K> {
    all: Arc<Semaphore>,
    share: usize,
    shares: Shares<K>,
    parts: Shares<(K, K)>,
}

type Shares<K> = Mutex<HashMap<K, Arc<Semaphore>>>;

/// Permission to use places. It belongs to the work and not to the client that waits: a client that leaves frees
/// nothing before its work is done.
#[derive(Debug)]
#[must_use = "the places are free again when it is dropped"]
pub struct Pass {
    part: Option<OwnedSemaphorePermit>,
    share: Option<OwnedSemaphorePermit>,
    all: OwnedSemaphorePermit,
}

/// Why no place is available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// The tenant has used its share; others are not affected.
    #[error("the tenant has its share already")]
    Share,
    /// All are taken.
    #[error("all places are taken")]
    All,
}

impl<K: Eq + Hash> Gate<K> {
    /// A gate with this many places.
    #[must_use]
    pub fn new(places: usize) -> Self {
        let places = places.min(Semaphore::MAX_PERMITS);
        Self {
            all: Arc::new(Semaphore::new(places)),
            share: places.div_ceil(2),
            shares: Mutex::default(),
            parts: Mutex::default(),
        }
    }

    /// The most places a tenant may have.
    #[must_use]
    pub fn share(&self) -> usize {
        self.share
    }

    /// Waits for a place. Work without a tenant, such as a command's, has no share.
    ///
    /// A tenant that waits for its share is not in the common queue, so that it never has more places there than it may
    /// use.
    ///
    /// # Errors
    /// None: it waits.
    pub async fn pass(&self, tenant: Option<K>) -> Result<Pass, Full> {
        let share = match tenant.map(|tenant| self.share_of(tenant)) {
            Some(share) => Some(share.acquire_owned().await.map_err(|_closed| Full::Share)?),
            None => None,
        };
        let all = self.all.clone().acquire_owned().await.map_err(|_closed| Full::All)?;
        Ok(Pass { part: None, share, all })
    }

    /// This many places now, or none.
    ///
    /// # Errors
    /// Not enough places are free.
    pub fn try_pass(&self, tenant: Option<K>, places: u32) -> Result<Pass, Full> {
        let share = match tenant.map(|tenant| self.share_of(tenant)) {
            Some(share) => Some(share.try_acquire_many_owned(places).map_err(|_full| Full::Share)?),
            None => None,
        };
        let all = self.all.clone().try_acquire_many_owned(places).map_err(|_full| Full::All)?;
        Ok(Pass { part: None, share, all })
    }

    /// The most places a part of a tenant may have.
    #[must_use]
    pub fn part(&self) -> usize {
        self.share.div_ceil(2)
    }

    /// This many places now, or none, for a part of a tenant, such as one of its tokens. A part gets at most half of
    /// the tenant's share, so that the other parts are left something.
    ///
    /// # Errors
    /// Not enough places are free.
    pub fn try_pass_of(&self, tenant: K, part: K, places: u32) -> Result<Pass, Full>
    where
        K: Clone,
    {
        let own = share_of(&self.parts, (tenant.clone(), part), self.part());
        let part = own.try_acquire_many_owned(places).map_err(|_full| Full::Share)?;
        Ok(Pass { part: Some(part), ..self.try_pass(Some(tenant), places)? })
    }

    fn share_of(&self, tenant: K) -> Arc<Semaphore> {
        share_of(&self.shares, tenant, self.share)
    }
}

fn share_of<K: Eq + Hash>(shares: &Shares<K>, key: K, places: usize) -> Arc<Semaphore> {
    let mut shares = shares.lock().unwrap_or_else(PoisonError::into_inner);
    if shares.len() >= REMEMBERED {
        // each pass, held or awaited, keeps a reference
        shares.retain(|_, share| Arc::strong_count(share) > 1);
    }
    shares.entry(key).or_insert_with(|| Arc::new(Semaphore::new(places))).clone()
}

impl Pass {
    /// Adds the places of another pass from the same gate, tenant and part.
    pub fn join(&mut self, other: Self) {
        self.all.merge(other.all);
        for (own, more) in [(&mut self.share, other.share), (&mut self.part, other.part)] {
            if let (Some(own), Some(more)) = (own, more) {
                own.merge(more);
            }
        }
    }
}

impl<K> fmt::Debug for Gate<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("free", &self.all.available_permits()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn passes<F: Future<Output = Result<Pass, Full>>>(waiting: &mut std::pin::Pin<&mut F>) -> Option<Pass> {
        match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(pass) => Some(pass.unwrap()),
            Poll::Pending => None,
        }
    }

    /// Seen to fail: with one queue for all, and with the share taken after the place in the queue.
    #[tokio::test]
    async fn no_tenant_has_more_than_half_and_its_waiters_are_in_nobodys_way() {
        let gate = Gate::new(4);
        let (greedy, other) = (Some(1), Some(2));
        let mut held = vec![gate.pass(greedy).await.unwrap(), gate.pass(greedy).await.unwrap()];
        let mut third = pin!(gate.pass(greedy));
        assert!(passes(&mut third).is_none());
        let others = [gate.pass(other).await.unwrap(), gate.pass(None).await.unwrap()];
        let mut next = pin!(gate.pass(other));
        assert!(passes(&mut next).is_none());
        drop(others);
        assert!(passes(&mut next).is_some() && passes(&mut third).is_none());
        held.pop();
        assert!(passes(&mut third).is_some());
    }

    #[test]
    fn places_that_were_joined_are_free_again_together() {
        let gate = Gate::new(10);
        let mut held = gate.try_pass(Some(1), 2).unwrap();
        held.join(gate.try_pass(Some(1), 3).unwrap());
        assert_eq!(gate.try_pass(Some(1), 1).unwrap_err(), Full::Share);
        drop(held);
        assert!(gate.try_pass(Some(1), 5).is_ok());
    }

    #[test]
    fn memory_is_bounded() {
        let gate = Gate::new(2);
        for n in 0..10_000 {
            drop(gate.try_pass(Some(n), 1).unwrap());
        }
        assert!(gate.shares.lock().unwrap().len() <= REMEMBERED);
    }

    /// Seen to fail: with each part getting the tenant's whole share.
    #[test]
    fn a_part_of_a_tenant_leaves_half_of_its_share_to_the_others() {
        let gate = Gate::new(16);
        let mut held = gate.try_pass_of("acme", "key", 3).unwrap();
        held.join(gate.try_pass_of("acme", "key", 1).unwrap());
        assert_eq!(gate.try_pass_of("acme", "key", 1).unwrap_err(), Full::Share);
        let others =
            [gate.try_pass_of("acme", "other", 4).unwrap(), gate.try_pass_of("zeta", "key", 4).unwrap()];
        assert_eq!(gate.try_pass_of("acme", "third", 1).unwrap_err(), Full::Share);
        drop(held);
        assert!(gate.try_pass_of("acme", "key", 4).is_ok());
        drop(others);
    }
}
