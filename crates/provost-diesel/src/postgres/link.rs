//! The connection to a server: its socket, driven by the waiting thread, and what became of requests.

use super::address::Address;
use super::failure;
use super::request::{self, Behind, Broken, Kept, Message, Request};
use crate::error;
use diesel::result::{DatabaseErrorKind as Kind, Error};
use diesel::{ConnectionError, ConnectionResult, QueryResult};
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{AbortHandle, yield_now};
use tokio_postgres::{Client, NoTls, RowStream};

/// The connection to a server.
pub(super) struct Link {
    driver: Driver,
    client: Arc<Client>,
    /// Without its socket task every statement fails.
    socket: AbortHandle,
    kept: Kept,
    /// What was sent after the last statement.
    behind: Option<Behind>,
    /// The deadline of the work.
    deadline: Instant,
    /// Whether the work is a list, whose statements the server cancels after a while.
    is_list: bool,
    /// Whether a statement of the work failed, and whether the work may be run again.
    failed: Option<Failed>,
}

/// What a failed statement means for the work it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// The work may succeed if run again.
    Again,
    /// It would not.
    ForGood,
}

const NO_ANSWER: &str = "the database server does not answer";
/// How long sending may block if nothing is to be received.
const MOMENT: Duration = Duration::from_secs(1);

impl Link {
    pub(super) fn open(address: &Address, deadline: Instant) -> ConnectionResult<Self> {
        let bad = |said: String| ConnectionError::BadConnection(said);
        let driver = Driver::new().map_err(|e| bad(e.to_string()))?;
        let connect = async {
            match &address.tls {
                Some(tls) => {
                    let (client, socket) = address.config.connect(tls.clone()).await?;
                    Ok((client, tokio::spawn(socket).abort_handle()))
                }
                None => {
                    let (client, socket) = address.config.connect(NoTls).await?;
                    Ok((client, tokio::spawn(socket).abort_handle()))
                }
            }
        };
        let connected = driver.wait(deadline, connect).ok_or_else(|| bad(NO_ANSWER.to_owned()))?;
        let (client, socket) = connected.map_err(|e| bad(failure::sentence(&e)))?;
        let kept = address.keeps_statements.then(HashMap::new);
        let client = Arc::new(client);
        Ok(Self { driver, client, socket, kept, behind: None, deadline, is_list: false, failed: None })
    }

    pub(super) fn keeps_statements(&self) -> bool {
        self.kept.is_some()
    }

    pub(super) fn keep_statements(&mut self, keep: bool) {
        self.kept = keep.then(HashMap::new);
    }

    /// Other work begins, with this deadline.
    pub(super) fn begin_work(&mut self, deadline: Instant, is_list: bool) {
        (self.deadline, self.is_list, self.failed, self.behind) = (deadline, is_list, None, None);
    }

    pub(super) fn failed(&self) -> Option<Failed> {
        self.failed
    }

    /// The failed part was rolled back.
    pub(super) fn forgive(&mut self) {
        self.failed = None;
    }

    pub(super) fn is_open(&self) -> bool {
        !self.client.is_closed() && !self.socket.is_finished()
    }

    /// Sends and receives what is pending.
    pub(super) fn look(&self) {
        let looked = async {
            yield_now().await;
            yield_now().await;
        };
        let _ = self.driver.wait(Instant::now() + MOMENT, looked);
    }

    /// One round trip: sends all messages and returns the rows of the last one. What was announced as needed next is
    /// sent too.
    pub(super) fn exchange(
        &mut self,
        messages: Vec<Message>,
        foreseen: Option<Request>,
    ) -> QueryResult<Option<RowStream>> {
        let Self { driver, client, kept, deadline, behind, .. } = self;
        *behind = None;
        let answered = driver.wait(*deadline, request::exchange(client, kept, messages, foreseen));
        let (rows, behind) = self.judge(answered)?;
        self.behind = behind;
        Ok(rows)
    }

    /// The rows of a statement that was sent after the last one, if this is it.
    pub(super) fn take_behind(&mut self, asked: &Request) -> QueryResult<Option<RowStream>> {
        match self.behind.take() {
            Some(behind) if behind.is(asked) => self.wait(behind.rows()),
            _ => Ok(None),
        }
    }

    /// Waits for a part of an answer.
    pub(super) fn wait<T>(&mut self, part: impl Future<Output = Result<T, Broken>>) -> QueryResult<T> {
        let answered = self.driver.wait(self.deadline, part);
        self.judge(answered)
    }

    /// Sends a text without waiting for its answer.
    pub(super) fn post(&self, text: &str) {
        let sent = async {
            let mut end = pin!(self.client.batch_execute(text));
            // polling it for the first time sends it
            poll_fn(|cx| {
                let _ = end.as_mut().poll(cx);
                Poll::Ready(())
            })
            .await;
        };
        let _ = self.driver.wait(Instant::now() + MOMENT, sent);
        self.look();
    }

    /// Remembers a failure.
    fn judge<T>(&mut self, answered: Option<Result<T, Broken>>) -> QueryResult<T> {
        let e = match answered {
            Some(Ok(done)) => return Ok(done),
            Some(Err(Broken::Proof { by_anybody })) => error::found(error::prepared_otherwise(by_anybody)),
            Some(Err(Broken::Failed(e))) => {
                if let Some(kept) = self.kept.as_mut().filter(|_| failure::is_stale(&e)) {
                    kept.clear();
                }
                match self.is_list && failure::is_cancelled(&e) {
                    true => error::found(error::too_broad()),
                    false => failure::error(&e),
                }
            }
            None => Error::DatabaseError(Kind::ClosedConnection, Box::new(NO_ANSWER.to_owned())),
        };
        let verdict = if failure::is_retried(&e) { Failed::Again } else { Failed::ForGood };
        self.failed.get_or_insert(verdict);
        if matches!(e, Error::DatabaseError(Kind::ClosedConnection, _)) {
            self.socket.abort();
            self.look();
        }
        Err(e)
    }
}

/// The link's own runtime. Dropping a runtime waits for its threads, which panics on threads that must not block.
struct Driver(Option<Runtime>);

impl Driver {
    fn new() -> std::io::Result<Self> {
        Builder::new_current_thread().enable_all().build().map(|runtime| Self(Some(runtime)))
    }

    /// Waits for something until a deadline.
    fn wait<T>(&self, deadline: Instant, work: impl Future<Output = T>) -> Option<T> {
        let runtime = self.0.as_ref()?;
        runtime.block_on(async { tokio::time::timeout_at(deadline.into(), work).await.ok() })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
