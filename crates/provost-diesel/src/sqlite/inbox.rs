//! Where jobs wait for the thread that runs them.

use super::cost::Cost;
use super::turns::{Load, Next, Rejected, Turns};
use crate::error;
use crate::lane::Lane;
use provost_provider::{Result, StoreError};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The estimated time of all jobs that may wait. Longer than clients are patient.
const MOST_WAITING_US: u64 = 8_000_000;
/// The most that a lane can owe, since a stalled disk is not its fault.
const MOST_OWED_US: u64 = 1_000_000;
/// A job that exceeds its estimate by less than this owes nothing: small ones all take about the same.
const FORGIVEN_US: u64 = 1_000;

/// Waiting jobs: [`Turns`] that one thread empties and others fill.
pub(super) struct Inbox<J> {
    state: Mutex<State<J>>,
    filled: Condvar,
}

struct State<J> {
    turns: Turns<Lane, J>,
    /// Whether the taking thread is waiting to be woken.
    idle: bool,
    closed: bool,
}

/// The result of waiting for jobs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// This many are there.
    Jobs(usize),
    /// None came.
    Nothing,
    /// No more will come.
    Closed,
}

/// A job that was taken.
pub(super) struct Taken<J> {
    pub(super) lane: Lane,
    pub(super) cost: Cost,
    pub(super) job: J,
}

impl<J> Inbox<J> {
    /// `queue` limits the waiting jobs.
    pub(super) fn new(queue: usize) -> Self {
        let turns = Turns::new(Load { jobs: queue, cost: MOST_WAITING_US });
        Self { state: Mutex::new(State { turns, idle: false, closed: false }), filled: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job: [`StoreError::Crowded`] if too many of its lane wait, [`StoreError::Unavailable`] if too many wait
    /// in total.
    pub(super) fn push(&self, lane: Lane, cost: Cost, job: J) -> Result<()> {
        let mut state = self.state();
        if state.closed {
            return Err(error::unavailable());
        }
        state.turns.push(lane, cost.0, job).map_err(|full| match full {
            Rejected::All => error::unavailable(),
            Rejected::Lane(waiting_us) => StoreError::Crowded { retry_after_s: seconds(waiting_us) },
        })?;
        if std::mem::take(&mut state.idle) {
            drop(state);
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Stops accepting jobs.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.filled.notify_one();
    }

    /// Waits for jobs. Those already there when it is closed can still be taken.
    pub(super) fn wait(&self, timeout: Duration) -> Waited {
        let end = Instant::now() + timeout;
        let mut state = self.state();
        loop {
            match state.turns.len() {
                0 if state.closed => return Waited::Closed,
                0 => {}
                n => return Waited::Jobs(n),
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.idle = false;
                return Waited::Nothing;
            }
            state.idle = true;
            state = self.filled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes the job whose turn it is, among those up to a cost, if it is wanted.
    pub(super) fn take(&self, most: Cost, wanted: impl FnOnce(Next) -> bool) -> Option<Taken<J>> {
        let mut state = self.state();
        if !wanted(state.turns.peek(most.0)?) {
            return None;
        }
        let (lane, cost, job) = state.turns.pop(most.0)?;
        Some(Taken { lane, cost: Cost(cost), job })
    }

    /// A job is done, and took this long.
    pub(super) fn settle(&self, lane: Lane, cost: Cost, took: Duration) {
        let more = Cost::of_time(took).0.saturating_sub(cost.0);
        if more > FORGIVEN_US {
            self.state().turns.charge(lane, more, MOST_OWED_US);
        }
    }
}

fn seconds(us: u64) -> u32 {
    u32::try_from(us.div_ceil(1_000_000)).unwrap_or(u32::MAX).max(error::RETRY_AFTER_S)
}
