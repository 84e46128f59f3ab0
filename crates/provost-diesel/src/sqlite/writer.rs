//! One thread owns the connection that writes. It runs all waiting jobs in one transaction, each in a savepoint of its
//! own, commits once and then answers: a flush of the disk is shared by everybody who waited for it.

use super::Conn;
use super::condition::{self, LOOK};
use super::connection::File;
use crate::error;
use diesel::Connection;
use diesel::connection::{AnsiTransactionManager as Tx, TransactionManager};
use provost_provider::{Result, StoreError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// What the writing thread has done since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriterStats {
    /// Transactions.
    pub batches: u64,
    /// Jobs in them.
    pub jobs: u64,
    /// Times the connection had to be opened again.
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

/// A piece of work, answered exactly once, after the commit.
trait Job: Send {
    /// Runs the work; its failure undoes what it wrote.
    fn run(&mut self, conn: &mut Conn) -> std::result::Result<(), Undo>;
    /// Sends the answer: the outcome of the work, or that of the batch.
    fn answer(self: Box<Self>, batch: BatchOutcome);
}

/// The work failed, and its savepoint is to be rolled back. The reason stays with the job.
struct Undo;

impl From<diesel::result::Error> for Undo {
    fn from(e: diesel::result::Error) -> Self {
        tracing::error!(error = %e, "a savepoint failed");
        Self
    }
}

/// How it went for a job, apart from its own result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BatchOutcome {
    /// It was run, and what it wrote (or undid) is committed.
    Committed,
    /// It was run, panicked, and was undone.
    Panicked,
    /// The file was not in its place, before or after.
    Lost,
    /// Its fate is not known: the transaction did not come to a good end.
    Unknown,
}

struct Call<F, T, E> {
    work: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Call<F, T, E>
where
    F: FnMut(&mut Conn) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, conn: &mut Conn) -> std::result::Result<(), Undo> {
        let result = (self.work)(conn);
        let undo = if result.is_ok() { Ok(()) } else { Err(Undo) };
        self.result = Some(result);
        undo
    }

    fn answer(self: Box<Self>, batch: BatchOutcome) {
        let answer = match (batch, self.result) {
            (BatchOutcome::Committed, Some(result)) => result,
            (BatchOutcome::Panicked, _) => Err(StoreError::backend("a write panicked and was undone").into()),
            (BatchOutcome::Lost, _) => Err(condition::lost().into()),
            _ => Err(error::unavailable().into()),
        };
        // who asked may be gone
        let _ = self.reply.send(answer);
    }
}

/// A handle on the writing thread. Dropping it lets the thread finish what is queued, and waits for that.
pub(super) struct Writer {
    queue: Option<mpsc::SyncSender<Box<dyn Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    counters: Arc<Counters>,
}

impl Writer {
    /// Opens the connection and starts the thread. `queue` bounds the jobs that wait, `batch` those of a transaction.
    pub(super) fn start(file: File, queue: usize, batch: usize) -> Result<Self> {
        let conn = file.first_writer()?;
        let (sender, jobs) = mpsc::sync_channel(queue);
        let counters = Arc::new(Counters::default());
        let runner =
            Runner { conn: Some(conn), keeps_a_log: false, file, jobs, batch, counters: counters.clone() };
        let thread = std::thread::Builder::new()
            .name("provost-writer".to_owned())
            .spawn(move || runner.run())
            .map_err(StoreError::backend)?;
        Ok(Self { queue: Some(sender), thread: Mutex::new(Some(thread)), counters })
    }

    /// Runs `work` in a savepoint and answers when it is durable. A full queue is [`StoreError::Unavailable`].
    ///
    /// The work is done also when nobody waits for the answer any more.
    pub(super) async fn submit<T, E>(
        &self,
        work: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let sent = match &self.queue {
            Some(queue) => queue.try_send(Box::new(Call { work, result: None, reply })).is_ok(),
            None => false,
        };
        if !sent {
            return Err(error::unavailable().into());
        }
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
        drop(self.queue.take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // a job can hold the last handle: a thread must not wait for itself
        if let Some(thread) = thread.filter(|t| t.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }
}

struct Runner {
    /// `None` while the file cannot be opened.
    conn: Option<Conn>,
    /// Whether the file was switched to a log since it was opened: not before something is written to it.
    keeps_a_log: bool,
    file: File,
    jobs: mpsc::Receiver<Box<dyn Job>>,
    batch: usize,
    counters: Arc<Counters>,
}

impl Runner {
    fn run(mut self) {
        loop {
            let first = match self.jobs.recv_timeout(LOOK) {
                Ok(first) => first,
                Err(RecvTimeoutError::Timeout) => {
                    // readers ask what was found here
                    let _ = self.look();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut jobs = vec![first];
            jobs.extend(self.jobs.try_iter().take(self.batch.saturating_sub(1)));
            let outcomes = self.transact(&mut jobs);
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                job.answer(outcome);
            }
        }
    }

    /// Whether the file is in its place.
    fn look(&self) -> Result<()> {
        let condition = self.file.condition();
        if self.conn.is_none() {
            condition.log_closed();
        }
        condition.look()
    }

    fn transact(&mut self, jobs: &mut [Box<dyn Job>]) -> Vec<BatchOutcome> {
        add(&self.counters.batches, 1);
        add(&self.counters.jobs, jobs.len());
        let all = |outcome| vec![outcome; jobs.len()];
        let condition = self.file.condition().clone();
        if self.look().is_err() {
            return all(BatchOutcome::Lost);
        }
        if self.conn.is_none() {
            add(&self.counters.reopened, 1);
            self.conn = self.file.writer().ok();
        }
        let Some(conn) = &mut self.conn else { return all(BatchOutcome::Unknown) };
        // IMMEDIATE takes the lock at once: a read that later becomes a write could be refused without a wait
        let log = if self.keeps_a_log { Ok(()) } else { self.file.keep_a_log(conn) };
        self.keeps_a_log = log.is_ok();
        if let Err(e) = log.and_then(|()| Tx::begin_transaction_sql(conn, "BEGIN IMMEDIATE")) {
            tracing::warn!(error = %e, jobs = jobs.len(), "no transaction could be begun");
            condition.note_failure(&e);
            if depth(conn) != Some(0) {
                self.conn = None;
            }
            return all(BatchOutcome::Unknown);
        }
        let outcomes = batch(conn, jobs, &self.counters).unwrap_or_else(|e| {
            condition.note_failure(&e);
            tracing::error!(error = %e, jobs = jobs.len(), "a batch of writes was not committed");
            // whether a transaction is left open is settled by a new connection
            self.conn = None;
            vec![BatchOutcome::Unknown; jobs.len()]
        });
        // what was committed to a file that is gone must not be called durable
        match self.look() {
            Ok(()) => outcomes,
            Err(_lost) => vec![BatchOutcome::Lost; jobs.len()],
        }
    }
}

fn add(counter: &AtomicU64, n: usize) {
    counter.fetch_add(u64::try_from(n).unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// Levels of transactions that diesel believes in; `None` when it has given the connection up.
fn depth(conn: &mut Conn) -> Option<u32> {
    let status = Tx::transaction_manager_status_mut(conn).transaction_depth();
    status.ok().map(|depth| depth.map_or(0, u32::from))
}

/// Runs all jobs in the transaction that was begun, and commits it.
fn batch(
    conn: &mut Conn,
    jobs: &mut [Box<dyn Job>],
    counters: &Counters,
) -> diesel::QueryResult<Vec<BatchOutcome>> {
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs.iter_mut() {
        let mut outcome = BatchOutcome::Committed;
        let _undone = conn.transaction::<(), Undo, _>(|conn| {
            // inside the savepoint: diesel does not roll back on a panic
            catch_unwind(AssertUnwindSafe(|| job.run(conn))).unwrap_or_else(|_panic| {
                add(&counters.panics, 1);
                tracing::error!("a write panicked and was undone");
                outcome = BatchOutcome::Panicked;
                unwind(conn)?;
                Err(Undo)
            })
        });
        // SQLite ends a whole transaction by itself when the disk is full, or fails, or memory is short. A job that
        // ran after that would commit by itself, before its batch
        if depth(conn) != Some(1) {
            return Err(diesel::result::Error::RollbackTransaction);
        }
        outcomes.push(outcome);
    }
    Tx::commit_transaction(conn)?;
    Ok(outcomes)
}

/// Rolls back the savepoints that a panic left open inside the job's own.
fn unwind(conn: &mut Conn) -> diesel::QueryResult<()> {
    while depth(conn).is_some_and(|depth| depth > 2) {
        Tx::rollback_transaction(conn)?;
    }
    Ok(())
}
