//! One thread owns the writing connection. It runs waiting jobs in one transaction, each in a savepoint of its own,
//! commits once and then answers, so that everybody who waited shares one flush of the disk. `turns` decides whose job
//! is next.

use super::Conn;
use super::condition::LOOK;
use super::connection::{self, File};
use super::cost::Cost;
use super::inbox::{Inbox, Taken, Waited};
use super::job::{self, BatchOutcome, Job, Undo};
use super::turns::Next;
use crate::error;
use crate::lane::Lane;
use diesel::Connection;
use diesel::connection::{AnsiTransactionManager as Tx, TransactionManager};
use provost_provider::{Result, StoreError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

/// Counters of the writing thread since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriterStats {
    /// Transactions.
    pub batches: u64,
    /// Jobs in them.
    pub jobs: u64,
    /// How often the connection had to be reopened.
    pub reopened: u64,
    /// Jobs that panicked.
    pub panics: u64,
}

#[derive(Default)]
struct Counters {
    batches: AtomicU64,
    jobs: AtomicU64,
    reopened: AtomicU64,
    panics: AtomicU64,
}

/// A handle for the writing thread. Dropping it waits until the thread has finished what is queued.
pub(super) struct Writer {
    inbox: Arc<Inbox<Box<dyn Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    counters: Arc<Counters>,
}

impl Writer {
    /// Opens the connection and starts the thread. `queue` limits the waiting jobs, `batch` those in a transaction.
    pub(super) fn start(file: File, queue: usize, batch: usize) -> Result<Self> {
        let conn = file.first_writer()?;
        let (inbox, counters) = (Arc::new(Inbox::new(queue)), Arc::new(Counters::default()));
        let (jobs, counts) = (inbox.clone(), counters.clone());
        let runner =
            Runner { conn: Some(conn), keeps_a_log: false, file, inbox: jobs, batch, counters: counts };
        let thread = std::thread::Builder::new()
            .name("provost-writer".to_owned())
            .spawn(move || runner.run())
            .map_err(StoreError::backend)?;
        Ok(Self { inbox, thread: Mutex::new(Some(thread)), counters })
    }

    /// Runs `work` in a savepoint, and answers when it is durable. Too many waiting jobs are [`StoreError::Crowded`] or
    /// [`StoreError::Unavailable`].
    ///
    /// The work is done even if nobody waits for the answer any more.
    pub(super) async fn submit<T, E>(
        &self,
        lane: Lane,
        cost: Cost,
        work: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, answer) = job::job(work);
        self.inbox.push(lane, cost, job)?;
        answer.await.unwrap_or_else(|_gone| Err(error::unavailable().into()))
    }

    pub(super) fn stats(&self) -> WriterStats {
        let read = |n: &AtomicU64| n.load(Ordering::Relaxed);
        WriterStats {
            batches: read(&self.counters.batches),
            jobs: read(&self.counters.jobs),
            reopened: read(&self.counters.reopened),
            panics: read(&self.counters.panics),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.inbox.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // a job can hold the last handle, and a thread must not wait for itself
        if let Some(thread) = thread.filter(|t| t.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}

struct Runner {
    /// `None` while the file cannot be opened.
    conn: Option<Conn>,
    /// Whether the file was switched to a log since it was opened, which happens once it is not empty and is written
    /// again.
    keeps_a_log: bool,
    file: File,
    inbox: Arc<Inbox<Box<dyn Job>>>,
    batch: usize,
    counters: Arc<Counters>,
}

/// The jobs of one transaction, taken as they are run.
struct Batch<'a> {
    inbox: &'a Inbox<Box<dyn Job>>,
    /// How many may still be taken: no more than were waiting at the beginning.
    left: usize,
    /// Whether small jobs go first, because others have just waited for a large one.
    small_first: bool,
    /// Whether one did.
    small_went: bool,
    taken: Vec<Box<dyn Job>>,
    /// What they took, or were estimated to take.
    spent: Cost,
}

impl Batch<'_> {
    /// The next job, unless the batch is over: after a while if others wait, or before a large job, so that neither its
    /// answer nor earlier ones wait longer than necessary.
    fn take(&mut self) -> Option<Taken<Box<dyn Job>>> {
        let (is_first, spent) = (self.taken.is_empty(), self.spent.0);
        let wanted =
            |next: Next| is_first || !next.others || Cost(spent.saturating_add(next.cost)) <= Cost::LARGE;
        let most = if is_first && !self.small_first { Cost::ANY } else { Cost::LARGE };
        let taken = self.take_if(most, wanted);
        self.small_went |= self.small_first && taken.is_some();
        if taken.is_none() && is_first { self.take_if(Cost::ANY, wanted) } else { taken }
    }

    /// The same outcome for all, including jobs not taken yet.
    fn all(&mut self, outcome: BatchOutcome) -> Vec<BatchOutcome> {
        while let Some(next) = self.take_if(Cost::ANY, |_| true) {
            self.taken.push(next.job);
        }
        vec![outcome; self.taken.len()]
    }

    fn take_if(&mut self, most: Cost, wanted: impl FnOnce(Next) -> bool) -> Option<Taken<Box<dyn Job>>> {
        let left = self.left.checked_sub(1)?;
        let taken = self.inbox.take(most, wanted)?;
        self.left = left;
        Some(taken)
    }
}

impl Runner {
    fn run(mut self) {
        let inbox = self.inbox.clone();
        let mut small_first = false;
        loop {
            let waiting = match inbox.wait(LOOK) {
                Waited::Jobs(waiting) => waiting,
                Waited::Nothing => {
                    // readers check what was found here
                    let _ = self.look();
                    continue;
                }
                Waited::Closed => return,
            };
            // those that arrive meanwhile are for the next batch
            let left = waiting.min(self.batch.max(1));
            let taken = Vec::with_capacity(left);
            let mut batch =
                Batch { inbox: &inbox, left, small_first, small_went: false, taken, spent: Cost(0) };
            add(&self.counters.batches, 1);
            let outcomes = self.transact(&mut batch);
            // only once, so that large ones do not starve
            small_first = !batch.small_went && batch.spent > Cost::LARGE;
            add(&self.counters.jobs, batch.taken.len());
            for (job, outcome) in batch.taken.into_iter().zip(outcomes) {
                job.answer(outcome);
            }
        }
    }

    /// Whether the file is in place.
    fn look(&self) -> Result<()> {
        let condition = self.file.condition();
        if self.conn.is_none() {
            condition.log_closed();
        }
        condition.look()
    }

    fn transact(&mut self, jobs: &mut Batch<'_>) -> Vec<BatchOutcome> {
        let condition = self.file.condition().clone();
        if self.look().is_err() {
            return jobs.all(BatchOutcome::Lost);
        }
        if self.conn.is_none() {
            add(&self.counters.reopened, 1);
            self.conn = self.file.writer().ok();
        }
        let Some(conn) = &mut self.conn else { return jobs.all(BatchOutcome::Unknown) };
        // IMMEDIATE takes the lock at once: a read that turns into a write could be refused without waiting
        let log = if self.keeps_a_log { Ok(true) } else { self.file.keep_a_log(conn) };
        let begun = log.and_then(|log| Tx::begin_transaction_sql(conn, "BEGIN IMMEDIATE").map(|()| log));
        if let Ok(log) = begun
            && log != self.keeps_a_log
        {
            condition.log_opened();
            self.keeps_a_log = log;
        }
        let is_new = matches!(begun, Ok(false));
        if let Err(e) = begun {
            tracing::warn!(error = %e, jobs = jobs.left, "no transaction could be begun");
            condition.note_failure(&e);
            if depth(conn) != Some(0) {
                self.conn = None;
            }
            return jobs.all(BatchOutcome::Unknown);
        }
        let outcomes = batch(conn, jobs, is_new, &self.counters).unwrap_or_else(|e| {
            condition.note_failure(&e);
            let outcomes = jobs.all(BatchOutcome::Unknown);
            tracing::error!(error = %e, jobs = outcomes.len(), "a batch of writes was not committed");
            // a new connection, since a transaction may have been left open
            self.conn = None;
            outcomes
        });
        // what was committed to a file that is gone must not be called durable
        match self.look() {
            Ok(()) => outcomes,
            Err(_lost) => vec![BatchOutcome::Lost; outcomes.len()],
        }
    }
}

fn add(counter: &AtomicU64, n: usize) {
    counter.fetch_add(u64::try_from(n).unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// The depth of transactions according to diesel; `None` if it has given up the connection.
fn depth(conn: &mut Conn) -> Option<u32> {
    let status = Tx::transaction_manager_status_mut(conn).transaction_depth();
    status.ok().map(|depth| depth.map_or(0, u32::from))
}

/// Runs all jobs in the transaction and commits it. If nothing was written to a new file, there is nothing to commit,
/// and SQLite would add a page without tables.
fn batch(
    conn: &mut Conn,
    jobs: &mut Batch<'_>,
    is_new: bool,
    counters: &Counters,
) -> diesel::QueryResult<Vec<BatchOutcome>> {
    let mut outcomes = Vec::with_capacity(jobs.left);
    while let Some(Taken { lane, cost, mut job }) = jobs.take() {
        let begun = Instant::now();
        outcomes.push(run(conn, &mut *job, counters));
        let took = begun.elapsed();
        jobs.spent.0 = jobs.spent.0.saturating_add(Cost::of_time(took).max(cost).0);
        jobs.inbox.settle(lane, cost, took);
        jobs.taken.push(job);
        // SQLite itself ends the whole transaction if the disk is full or fails, or memory runs out. A further job
        // would then commit on its own, before its batch
        if depth(conn) != Some(1) {
            return Err(diesel::result::Error::RollbackTransaction);
        }
    }
    match is_new && connection::is_blank(conn)? {
        true => Tx::rollback_transaction(conn)?,
        false => Tx::commit_transaction(conn)?,
    }
    Ok(outcomes)
}

/// Runs a job in a savepoint.
fn run(conn: &mut Conn, job: &mut dyn Job, counters: &Counters) -> BatchOutcome {
    let mut outcome = BatchOutcome::Committed;
    let _undone = conn.transaction::<(), Undo, _>(|conn| {
        // inside the savepoint, since diesel does not roll back on a panic
        catch_unwind(AssertUnwindSafe(|| job.run(conn))).unwrap_or_else(|_panic| {
            add(&counters.panics, 1);
            tracing::error!("a write panicked and was undone");
            outcome = BatchOutcome::Panicked;
            unwind(conn)?;
            Err(Undo)
        })
    });
    outcome
}

/// Rolls back nested savepoints that a panic left open inside the job's own.
fn unwind(conn: &mut Conn) -> diesel::QueryResult<()> {
    while depth(conn).is_some_and(|depth| depth > 2) {
        Tx::rollback_transaction(conn)?;
    }
    Ok(())
}
