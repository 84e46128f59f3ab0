//! Who may read much, and when: a few at once, and no tenant more than half of them.

use crate::error;
use crate::hook::TenantId;
use provost_provider::Result;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a read waits for those before it.
const WAIT: Duration = Duration::from_secs(3);
/// Tenants whose shares are remembered before those that nobody uses are dropped.
const REMEMBERED: usize = 256;

/// Lets reads pass in the order in which they come, those of each tenant within its share.
#[derive(Debug)]
pub(super) struct Gate {
    all: Arc<Semaphore>,
    share: usize,
    shares: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
}

/// Leave to read. It goes with the work, not with who waits for it: a client that went away frees nothing before its
/// work is done.
#[derive(Debug)]
pub(super) struct Pass {
    _share: Option<OwnedSemaphorePermit>,
    _all: OwnedSemaphorePermit,
}

impl Gate {
    pub(super) fn new(at_once: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(at_once)), share: at_once.div_ceil(2), shares: Mutex::default() }
    }

    /// A pass; `None` for work that is nobody's, such as a command's.
    ///
    /// Who waits for a share is not in the queue of all, so that a tenant has no more places in it than it may use.
    pub(super) async fn pass(&self, tenant: Option<TenantId>) -> Result<Pass> {
        let share = tenant.map(|tenant| self.share_of(tenant));
        let both = async {
            let share = match share {
                Some(share) => Some(share.acquire_owned().await?),
                None => None,
            };
            Ok::<_, tokio::sync::AcquireError>(Pass {
                _share: share,
                _all: self.all.clone().acquire_owned().await?,
            })
        };
        match tokio::time::timeout(WAIT, both).await {
            Ok(Ok(pass)) => Ok(pass),
            _ => Err(error::unavailable()),
        }
    }

    fn share_of(&self, tenant: TenantId) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if shares.len() >= REMEMBERED {
            // who has or awaits a pass has a handle
            shares.retain(|_, share| Arc::strong_count(share) > 1);
        }
        shares.entry(tenant).or_insert_with(|| Arc::new(Semaphore::new(self.share))).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn passes<F: Future<Output = Result<Pass>>>(waiting: &mut std::pin::Pin<&mut F>) -> Option<Pass> {
        match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(pass) => Some(pass.unwrap()),
            Poll::Pending => None,
        }
    }

    /// Seen to fail: with one queue for all, and with the share taken after the place in the queue.
    #[tokio::test(start_paused = true)]
    async fn no_tenant_has_more_than_half_and_its_waiters_are_in_nobodys_way() {
        let gate = Gate::new(4);
        let (greedy, other) = (Some(TenantId(1)), Some(TenantId(2)));
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

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_told_to_come_again() {
        let gate = Gate::new(1);
        let held = gate.pass(Some(TenantId(1))).await.unwrap();
        let refused = gate.pass(Some(TenantId(2))).await.unwrap_err();
        assert!(
            matches!(refused, provost_provider::StoreError::Unavailable { retry_after_s: 1.. }),
            "{refused}"
        );
        drop(held);
        assert!(gate.pass(Some(TenantId(2))).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded() {
        let gate = Gate::new(2);
        for n in 0..10_000 {
            drop(gate.pass(Some(TenantId(n))).await.unwrap());
        }
        assert!(gate.shares.lock().unwrap().len() <= REMEMBERED);
    }
}
