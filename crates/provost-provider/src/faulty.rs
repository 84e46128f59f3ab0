//! A store that fails on purpose.

use crate::error::StoreError;
use crate::store::{Create, Delete, Find, Get, Result, Store, Update, Updated};
use crate::testkit::random::Random;
use provost_core::Resource;
use provost_core::query::Page;
use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

/// What goes wrong in a call to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails before anything happened, as if no connection was available.
    Refuse,
    /// It takes effect, but the answer is lost, as if the connection broke after the commit.
    Lose,
    /// It is delayed until others had their turn.
    Delay,
}

/// Which calls to a [`FaultyStore`] go wrong, and how. Calls of all five methods are counted together, from 1.
#[derive(Debug, Clone)]
pub struct Faults(Plan);

#[derive(Debug, Clone)]
enum Plan {
    At(u64, Fault),
    Every(u64, Fault),
    Seeded(u64, usize),
}

impl Faults {
    /// Only the `n`-th call.
    #[must_use]
    pub fn at(n: u64, fault: Fault) -> Self {
        Self(Plan::At(n, fault))
    }

    /// Every `n`-th call; none if `n` is 0.
    #[must_use]
    pub fn every(n: u64, fault: Fault) -> Self {
        Self(Plan::Every(n, fault))
    }

    /// Random faults in one call out of `one_in`. The same seed and order of calls give the same faults.
    #[must_use]
    pub fn seeded(seed: u64, one_in: usize) -> Self {
        Self(Plan::Seeded(seed, one_in))
    }
}

/// Wraps a store: some calls fail, are delayed, or take effect but lose their answer, according to [`Faults`]. Failures
/// are [`StoreError::Unavailable`].
///
/// ```
/// use provost_core::query::Include;
/// use provost_core::{Id, SchemaSet, resource::Service};
/// use provost_provider::testkit::{Fault, Faults, FaultyStore};
/// use provost_provider::{Get, MemoryStore, Store, StoreError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let service = Service::new("https://example.com/scim/v2", SchemaSet::builtin().into());
/// let user = service.schemas.resource_type("User").unwrap().clone();
/// let store = FaultyStore::new(MemoryStore::new(), Faults::every(2, Fault::Refuse));
/// let id = Id::from("1");
/// assert!(store.get(Get::new(&service, &user, &id, Include::ALL)).await.is_ok());
/// assert!(matches!(store.get(Get::new(&service, &user, &id, Include::ALL)).await, Err(StoreError::Unavailable { .. })));
/// assert_eq!((store.calls(), store.fired()), (2, 1));
/// # }
/// ```
#[derive(Debug)]
pub struct FaultyStore<S> {
    inner: Arc<S>,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    plan: Plan,
    random: Mutex<Random>,
    calls: AtomicU64,
    fired: AtomicU64,
}

impl<S> Clone for FaultyStore<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), state: self.state.clone() }
    }
}

/// How many turns others get before a delayed call.
const TURNS: usize = 8;

impl<S: Store> FaultyStore<S> {
    /// Wraps a store.
    pub fn new(inner: S, faults: Faults) -> Self {
        Self::around(Arc::new(inner), faults)
    }

    /// Wraps a store that is also used directly, to see what is behind the faults.
    #[must_use]
    pub fn around(inner: Arc<S>, faults: Faults) -> Self {
        let Faults(plan) = faults;
        let seed = match plan {
            Plan::Seeded(seed, _) => seed,
            _ => 0,
        };
        let random = Mutex::new(Random::new(seed));
        let state = State { plan, random, calls: AtomicU64::new(0), fired: AtomicU64::new(0) };
        Self { inner, state: Arc::new(state) }
    }

    /// The store inside, which does not fail.
    #[must_use]
    pub fn inner(&self) -> &Arc<S> {
        &self.inner
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.state.calls.load(Ordering::SeqCst)
    }

    /// How many of them went wrong.
    #[must_use]
    pub fn fired(&self) -> u64 {
        self.state.fired.load(Ordering::SeqCst)
    }

    async fn call<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        match self.state.next() {
            Some(Fault::Refuse) => return Err(unavailable()),
            Some(Fault::Delay) => pause(TURNS).await,
            Some(Fault::Lose) => return work.await.and_then(|_lost| Err(unavailable())),
            None => {}
        }
        work.await
    }
}

impl State {
    fn next(&self) -> Option<Fault> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        let fault = match self.plan {
            Plan::At(n, fault) => (call == n).then_some(fault),
            Plan::Every(n, fault) => (n != 0 && call.is_multiple_of(n)).then_some(fault),
            Plan::Seeded(_, one_in) => {
                let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
                let all = [Fault::Refuse, Fault::Lose, Fault::Delay];
                random.one_in(one_in).then(|| random.pick(&all).copied()).flatten()
            }
        };
        if fault.is_some() {
            self.fired.fetch_add(1, Ordering::SeqCst);
        }
        fault
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { retry_after_s: 1 }
}

/// Gives other tasks `turns` turns.
pub(crate) async fn pause(turns: usize) {
    let mut left = turns;
    poll_fn(|cx| {
        let Some(fewer) = left.checked_sub(1) else { return Poll::Ready(()) };
        left = fewer;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl<S: Store> Store for FaultyStore<S> {
    async fn get(&self, asked: Get<'_>) -> Result<Option<Resource>> {
        self.call(self.inner.get(asked)).await
    }

    async fn find(&self, asked: Find<'_>) -> Result<Page> {
        self.call(self.inner.find(asked)).await
    }

    fn tenant_key(&self) -> String {
        self.inner.tenant_key()
    }

    async fn create(&self, asked: Create<'_>) -> Result<Updated> {
        self.call(self.inner.create(asked)).await
    }

    async fn update(&self, asked: Update<'_>) -> Result<Updated> {
        self.call(self.inner.update(asked)).await
    }

    async fn delete(&self, asked: Delete<'_>) -> Result<()> {
        self.call(self.inner.delete(asked)).await
    }
}
