//! Where jobs wait for the thread that runs them.

use super::cost::Cost;
use super::turns::{Load, Next, Rejected, Turns};
use crate::error;
use crate::lane::Lane;
use provost_provider::{Result, StoreError};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time of all jobs that may wait, as they said beforehand. More than a client has patience for.
const MOST_WAITING_US: u64 = 8_000_000;
/// What a lane owes at most: a disk that stood still is not its fault.
const MOST_OWED_US: u64 = 1_000_000;
/// A job that took longer than it said by less than this owes nothing: what small ones take is much the same for all.
const FORGIVEN_US: u64 = 1_000;

/// Jobs that wait: [`Turns`] that one thread fills and another empties.
pub(super) struct Inbox<J> {
    state: Mutex<State<J>>,
    filled: Condvar,
}

struct State<J> {
    turns: Turns<Lane, J>,
    /// Whether the thread that takes waits to be woken.
    idle: bool,
    closed: bool,
}

/// What became of the wait for jobs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// So many are there.
    Jobs(usize),
    /// None came.
    Nothing,
    /// None will come any more.
    Closed,
}

/// A job that was taken.
pub(super) struct Taken<J> {
    pub(super) lane: Lane,
    pub(super) cost: Cost,
    pub(super) job: J,
}

impl<J> Inbox<J> {
    /// `queue` bounds the jobs that wait.
    pub(super) fn new(queue: usize) -> Self {
        let turns = Turns::new(Load { jobs: queue, cost: MOST_WAITING_US });
        Self { state: Mutex::new(State { turns, idle: false, closed: false }), filled: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job: [`StoreError::Crowded`] where too many of its lane wait, [`StoreError::Unavailable`] where too many do.
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

    /// No more jobs are added.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.filled.notify_one();
    }

    /// Waits for jobs. Those that are there when it is closed are still taken.
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

    /// The job whose turn it is, among those of a cost, if it is wanted.
    pub(super) fn take(&self, most: Cost, wanted: impl FnOnce(Next) -> bool) -> Option<Taken<J>> {
        let mut state = self.state();
        if !wanted(state.turns.peek(most.0)?) {
            return None;
        }
        let (lane, cost, job) = state.turns.pop(most.0)?;
        Some(Taken { lane, cost: Cost(cost), job })
    }

    /// A job is done, and took so long.
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
