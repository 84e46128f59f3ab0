//! Threads for work that takes longer than about a millisecond, so that the threads that serve all connections are not
//! blocked.

use crate::gate::{Full, Gate, Pass};
use crate::principal::Principal;
use provost_core::{Error, ErrorKind};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread::Builder;
use tokio::sync::oneshot;

/// How many requests may wait for a place; each counts once more for every [`HELD`] bytes it keeps in memory meanwhile.
/// A tenant gets half of these, so that even the last one is answered within seconds.
const WAITING: usize = 64;
/// Bytes.
const HELD: usize = 1024 * 1024;
/// After how many seconds a retry makes sense.
const RETRY_S: u32 = 5;

/// The places for those threads: few, with at most half for one tenant.
pub(crate) struct Pool {
    places: Gate<Arc<str>>,
    waiting: Gate<Arc<str>>,
}

impl Pool {
    /// As many places as processors, but at least two, so that no tenant can have all.
    pub(crate) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self { places: Gate::new(processors.max(2)), waiting: Gate::new(WAITING) }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// 429 if too many requests of the tenant are waiting, and 503 if too many are waiting in total.
    pub(crate) async fn place(&self, principal: &Principal) -> Result<Pass, Error> {
        self.place_holding(principal, 0).await
    }

    /// The same for a request that keeps this many bytes in memory.
    pub(crate) async fn place_holding(&self, principal: &Principal, bytes: usize) -> Result<Pass, Error> {
        if let Ok(place) = self.places.try_pass(principal.payer(), 1) {
            return Ok(place);
        }
        let counts = (bytes / HELD).saturating_add(1).min(self.waiting.share());
        let counts = u32::try_from(counts).unwrap_or(u32::MAX);
        let waiting = self.waiting.try_pass(principal.payer(), counts).map_err(crowded)?;
        let place = self.place_at_last(principal).await;
        drop(waiting);
        place
    }

    /// The same for work that must not be refused, however many wait.
    pub(crate) async fn place_at_last(&self, principal: &Principal) -> Result<Pass, Error> {
        self.places.pass(principal.payer()).await.map_err(crowded)
    }
}

fn crowded(full: Full) -> Error {
    let (kind, message, remedy) = match full {
        Full::Share => (
            ErrorKind::TooManyRequests,
            "too many requests of this organisation that take long are waiting",
            "send fewer at once",
        ),
        Full::All => {
            (ErrorKind::Unavailable, "too many requests that take long are waiting", "try again later")
        }
    };
    Error::new(kind, message).with_remedy(remedy).with_retry_after(RETRY_S)
}

/// Runs work on a thread of its own, which keeps the place until it is done, whether or not anybody waits. A panic is
/// propagated to the waiter.
pub(crate) async fn work<T: Send + 'static>(
    place: Pass,
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let (done, result) = oneshot::channel();
    let run = move || {
        let outcome = catch_unwind(AssertUnwindSafe(job));
        drop(place);
        // the caller may be gone
        let _ = done.send(outcome);
    };
    Builder::new().name("scim-long".to_owned()).spawn(run).map_err(failed)?;
    let outcome: Result<T, Box<dyn Any + Send>> = result.await.map_err(failed)?;
    outcome.map_err(|panic| resume_unwind(panic))
}

fn failed(e: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal, "an internal error occurred").with_source(e)
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("places", &self.places).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::Credential;
    use std::sync::mpsc;

    /// Seen to fail: with the place kept by the waiting future.
    #[tokio::test]
    async fn a_place_is_kept_by_the_work_and_free_after_a_panic() {
        let pool = Pool { places: Gate::new(2), waiting: Gate::new(2) };
        let caller = Principal::new("acme", Credential::token("key-1"));
        let (go_on, held) = mpsc::channel::<()>();
        let place = pool.place(&caller).await.unwrap();
        let mut waits = Box::pin(work(place, move || held.recv().is_ok()));
        assert!(at_once(waits.as_mut()).is_none());
        drop(waits);
        assert_eq!(pool.places.try_pass(caller.payer(), 1).unwrap_err(), Full::Share);
        go_on.send(()).unwrap();
        let place = pool.place(&caller).await.unwrap();
        let panics = tokio::spawn(work(place, || panic!("it broke")));
        assert!(panics.await.unwrap_err().is_panic());
        assert!(pool.places.try_pass(caller.payer(), 1).is_ok());
    }

    fn at_once<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        use std::task::{Context, Poll, Waker};
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }
}
