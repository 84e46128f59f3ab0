//! Connections: as many as were ever busy at once, up to a bound, and who has them for how long.

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

/// What was done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Transactions that were committed.
    pub writes: u64,
    /// Times that work was run again, since others stood in its way or the connection broke.
    pub retries: u64,
    /// Connections that were made.
    pub connections: u64,
    /// Work that was given up while it waited for a connection.
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
    /// Places of those that write: some connections are left to those that only read.
    writes: Gate<TenantId>,
    /// Places of those that read much.
    scans: Gate<TenantId>,
}

/// What work does with a connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// Looks something up.
    Read,
    /// Reads much, for a tenant or for upkeep.
    Scan(Option<TenantId>),
    /// Writes, in a transaction.
    Write(Lane),
    /// Writes for as long as it takes: migrations.
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

    /// After which a list that looks at all there is is given up, whatever its waiting for others.
    fn longest_statement(self, usual: Duration) -> Option<Duration> {
        matches!(self, Self::Scan(Some(_))).then_some(usual)
    }
}

/// How long upkeep may take, and a read of all there is.
const LONG: Duration = Duration::from_secs(3_600);
/// How long a list may take that a client asks for: no longer than a client waits for an answer.
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

    /// Does work on a thread that may wait, to its end, whether or not somebody waits for it.
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

    /// Leave to use a connection for this: what only some may do first, so that nobody holds a connection who waits for that.
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

/// When work must be done.
#[derive(Clone, Copy)]
struct Times {
    end: Instant,
    /// When it is begun again no more: what is begun must have time to be done.
    last_try: Instant,
    /// How long a statement may take, if that is bounded.
    walk: Option<Duration>,
}

/// Connections that nobody uses.
struct Idle {
    address: Address,
    conns: Mutex<Vec<Conn>>,
    counts: Counts,
}

/// What became of one try.
enum Tried<T, E> {
    Done(Result<T, E>),
    /// Undone because of others, or of the connection.
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
            // the connection goes with a panic, and what it wrote
            let tried = catch_unwind(AssertUnwindSafe(|| attempt(&mut conn, work, f)));
            let tried = match tried {
                Ok(tried) => {
                    // by its own state, whatever was made of a failure
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

    /// An idle connection that is alive, or a new one: that the server was restarted is not noticed by requests.
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
        // who waited for another's upkeep must see what that did, whatever level is set for the database
        Work::Upkeep => conn.batch_execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"),
        _ => Ok(()),
    });
    if let Err(e) = begun {
        let _ = Tx::rollback_transaction(conn);
        return Tried::Again(error::database(e).into());
    }
    match f(conn) {
        // what nobody waited for yet is sent along: where it fails, the server undoes all
        Ok(done) => match Tx::commit_transaction(conn) {
            Ok(()) => Tried::Done(Ok(done)),
            Err(e) if failure::is_undone(&e) => Tried::Again(error::database(e).into()),
            // whether it was written is not known, so it is neither done again nor called done
            Err(e) => Tried::Done(Err(error::database(e).into())),
        },
        Err(e) => {
            let again = conn.failed() == Some(Failed::Again);
            // where that fails, the connection is not lent again, and the server rolls back
            let _ = Tx::rollback_transaction(conn);
            if again { Tried::Again(e) } else { Tried::Done(Err(e)) }
        }
    }
}

/// Some milliseconds, of which two that collided do not choose the same.
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
