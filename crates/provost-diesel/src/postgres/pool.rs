//! Connections: as many as were ever needed at once, up to a limit, and how long each use may take.

use super::Options;
use super::address::Address;
use super::conn::Conn;
use super::failure;
use super::link::Failed;
use crate::error;
use crate::hook::TenantId;
use crate::lane::Lane;
use diesel::connection::{AnsiTransactionManager as Tx, SimpleConnection, TransactionManager};
use provost_provider::{Full, Gate, Pass, Result, StoreError};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Counters since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Committed transactions.
    pub writes: u64,
    /// How often work was run again because of conflicts or a broken connection.
    pub retries: u64,
    /// Connections made.
    pub connections: u64,
    /// Requests that gave up waiting for a connection.
    pub refused: u64,
}

#[derive(Default)]
struct Counts {
    writes: AtomicU64,
    retries: AtomicU64,
    connections: AtomicU64,
    refused: AtomicU64,
}

fn count(what: &AtomicU64) {
    what.fetch_add(1, Ordering::Relaxed);
}

/// The connections to a server.
pub(super) struct Pool {
    idle: Arc<Idle>,
    options: Options,
    /// One place for each connection.
    all: Gate<TenantId>,
    /// Places for writes: some connections are reserved for reads.
    writes: Gate<TenantId>,
    /// Places for large reads.
    scans: Gate<TenantId>,
}

/// What a connection is used for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// Looks something up.
    Read,
    /// A large read, for a tenant or for upkeep.
    Scan(Option<TenantId>),
    /// Writes, in a transaction.
    Write(Lane),
    /// A write without a short time limit: migrations.
    Upkeep,
}

impl Work {
    fn writes(self) -> bool {
        matches!(self, Self::Write(_) | Self::Upkeep)
    }

    fn patience(self, usual: Duration) -> Duration {
        match self {
            Self::Read | Self::Write(_) => usual,
            Self::Scan(Some(_)) => usual.max(LONG_LIST),
            Self::Scan(None) | Self::Upkeep => LONG,
        }
    }

    /// How long a statement of a tenant's list may run, however long the list waited for others.
    fn longest_statement(self, usual: Duration) -> Option<Duration> {
        matches!(self, Self::Scan(Some(_))).then_some(usual)
    }
}

/// How long upkeep, or reading everything, may take.
const LONG: Duration = Duration::from_secs(3_600);
/// How long a list for a client may take: no longer than clients wait for an answer.
const LONG_LIST: Duration = Duration::from_secs(30);

impl Pool {
    pub(super) fn new(address: Address, options: &Options) -> Self {
        let connections = options.connections.max(2);
        let (writes, scans) = (connections - connections.div_ceil(4), connections.div_ceil(4));
        Self {
            idle: Arc::new(Idle { address, conns: Mutex::default(), counts: Counts::default() }),
            options: options.clone(),
            all: Gate::new(connections),
            writes: Gate::new(writes),
            scans: Gate::new(scans),
        }
    }

    pub(super) fn address(&self) -> &Address {
        &self.idle.address
    }

    /// Runs work on a thread that may block, to its end, whether or not anybody waits for it.
    pub(super) async fn run<T, E>(
        &self,
        work: Work,
        mut f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let begun = Instant::now();
        let patience = work.patience(self.options.patience);
        let passes = self.passes(work).await?;
        let walk = work.longest_statement(self.options.walk);
        let (idle, times) =
            (self.idle.clone(), Times { end: begun + patience, last_try: begun + patience / 2, walk });
        let done = tokio::task::spawn_blocking(move || {
            let result = idle.work(work, times, &mut f);
            drop(passes);
            result
        });
        done.await.unwrap_or_else(|e| Err(StoreError::backend(e).into()))
    }

    /// Permission to use a connection. The more restricted place is taken first, so that nobody holds a connection
    /// while waiting for it.
    async fn passes(&self, work: Work) -> Result<(Option<Pass>, Pass)> {
        let passes = async {
            let first = match work {
                Work::Read | Work::Write(Lane::Notes(_)) | Work::Upkeep => None,
                Work::Scan(tenant) => Some(self.scans.pass(tenant).await?),
                Work::Write(Lane::Tenant(tenant)) => Some(self.writes.pass(Some(tenant)).await?),
                Work::Write(Lane::Shared) => Some(self.writes.pass(None).await?),
            };
            Ok::<_, Full>((first, self.all.pass(None).await?))
        };
        match tokio::time::timeout(self.options.wait, passes).await {
            Ok(Ok(passes)) => Ok(passes),
            _ => {
                count(&self.idle.counts.refused);
                Err(error::unavailable())
            }
        }
    }

    pub(super) fn stats(&self) -> PoolStats {
        let Counts { writes, retries, connections, refused } = &self.idle.counts;
        let [writes, retries, connections, refused] =
            [writes, retries, connections, refused].map(|count| count.load(Ordering::Relaxed));
        PoolStats { writes, retries, connections, refused }
    }
}

/// The deadlines of work.
#[derive(Clone, Copy)]
struct Times {
    end: Instant,
    /// After this it is not begun again, so that what has begun has time to finish.
    last_try: Instant,
    /// How long a statement may take, if limited.
    walk: Option<Duration>,
}

/// Idle connections.
struct Idle {
    address: Address,
    conns: Mutex<Vec<Conn>>,
    counts: Counts,
}

/// The result of one attempt.
enum Tried<T, E> {
    Done(Result<T, E>),
    /// Rolled back because of a conflict or the connection.
    Again(E),
}

impl Idle {
    fn work<T, E: From<StoreError>>(
        &self,
        work: Work,
        times: Times,
        f: &mut impl FnMut(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut tries = 0;
        loop {
            let mut conn = self.take(times.end)?;
            conn.lend(times.end, tries, times.walk);
            // a panic drops the connection, which undoes what it wrote
            let tried = catch_unwind(AssertUnwindSafe(|| attempt(&mut conn, work, f)));
            let tried = match tried {
                Ok(tried) => {
                    // judged by its own state, however a failure was handled
                    if conn.is_alive() {
                        self.conns().push(conn);
                    }
                    tried
                }
                Err(_panic) => {
                    tracing::error!("a request panicked and was undone");
                    return Err(StoreError::backend("a request panicked and was undone").into());
                }
            };
            match tried {
                Tried::Done(result) => {
                    if work.writes() && result.is_ok() {
                        count(&self.counts.writes);
                    }
                    return result;
                }
                Tried::Again(_) if Instant::now() < times.last_try => std::thread::sleep(pause(tries)),
                Tried::Again(e) => return Err(e),
            }
            count(&self.counts.retries);
            tries = tries.saturating_add(1);
        }
    }

    /// An idle connection that is alive, or a new one, so that requests do not notice a restarted server.
    fn take(&self, deadline: Instant) -> Result<Conn> {
        loop {
            let idle = self.conns().pop();
            match idle {
                Some(mut conn) => {
                    if conn.is_alive() {
                        return Ok(conn);
                    }
                }
                None => {
                    count(&self.counts.connections);
                    return Conn::open(&self.address, deadline).map_err(|e| {
                        tracing::warn!(error = %e, address = %self.address, "the database server cannot be reached");
                        error::unavailable()
                    });
                }
            }
        }
    }

    fn conns(&self) -> MutexGuard<'_, Vec<Conn>> {
        self.conns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn attempt<T, E: From<StoreError>>(
    conn: &mut Conn,
    work: Work,
    f: &mut impl FnMut(&mut Conn) -> Result<T, E>,
) -> Tried<T, E> {
    if !work.writes() {
        return match f(conn) {
            Err(e) if conn.failed() == Some(Failed::Again) => Tried::Again(e),
            result => Tried::Done(result),
        };
    }
    let begun = Tx::begin_transaction(conn).and_then(|()| match work {
        // after waiting for another's upkeep, its results must be visible, whatever level the database sets
        Work::Upkeep => conn.batch_execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"),
        _ => Ok(()),
    });
    if let Err(e) = begun {
        let _ = Tx::rollback_transaction(conn);
        return Tried::Again(error::database(e).into());
    }
    match f(conn) {
        // statements not waited for are sent along; if one fails, the server undoes everything
        Ok(done) => match Tx::commit_transaction(conn) {
            Ok(()) => Tried::Done(Ok(done)),
            Err(e) if failure::is_undone(&e) => Tried::Again(error::database(e).into()),
            // it is not known whether this was written, so neither retry it nor report success
            Err(e) => Tried::Done(Err(error::database(e).into())),
        },
        Err(e) => {
            let again = conn.failed() == Some(Failed::Again);
            // if that fails, the connection is not used again, and the server rolls back
            let _ = Tx::rollback_transaction(conn);
            if again { Tried::Again(e) } else { Tried::Done(Err(e)) }
        }
    }
}

/// A few milliseconds, different for two that conflicted.
fn pause(tries: u32) -> Duration {
    static TURN: AtomicU32 = AtomicU32::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed).wrapping_add(std::process::id());
    let noise = turn.wrapping_mul(0x9e37_79b9) >> 29;
    Duration::from_millis(u64::from(tries.min(7).saturating_add(1)) * u64::from(noise.saturating_add(1)))
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("address", self.address())
            .field("free", &self.all)
            .finish_non_exhaustive()
    }
}
