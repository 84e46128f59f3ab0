//! Work for the writing thread, and its answer.

use super::Conn;
use super::condition;
use crate::error;
use provost_provider::{Result, StoreError};
use tokio::sync::oneshot;

/// A piece of work that is answered exactly once, after the commit.
pub(super) trait Job: Send {
    /// Runs the work. If it fails, what it wrote is undone.
    fn run(&mut self, conn: &mut Conn) -> std::result::Result<(), Undo>;
    /// Sends the answer: the result of the work, or that of the batch.
    fn answer(self: Box<Self>, batch: BatchOutcome);
}

/// The work failed, so its savepoint is rolled back. The job keeps the reason.
pub(super) struct Undo;

impl From<diesel::result::Error> for Undo {
    fn from(e: diesel::result::Error) -> Self {
        tracing::error!(error = %e, "a savepoint failed");
        Self
    }
}

/// What happened to a job, apart from its own result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BatchOutcome {
    /// It ran, and what it wrote (or undid) is committed.
    Committed,
    /// It panicked, and was undone.
    Panicked,
    /// The file was not in place, before or after.
    Lost,
    /// It is not known, since the transaction did not end properly.
    Unknown,
}

/// A function as a job.
struct Call<F, T, E> {
    work: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

/// The function as a job, and where to receive its answer.
pub(super) fn job<F, T, E>(work: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    F: FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Call { work, result: None, reply }), answer)
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
        // the caller may be gone
        let _ = self.reply.send(answer);
    }
}
