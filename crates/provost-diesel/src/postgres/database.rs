//! A database on a server: its connections and migrations.

use super::Conn;
use super::address::Address;
use super::failure::unfit;
use super::pool::{Pool, PoolStats, Work};
use super::{fitness, migrations};
use crate::engine::Engine;
use crate::hook::TenantId;
use crate::lane::Lane;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::result::Error as DieselError;
use provost_provider::{Result, StoreError};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a database is used.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The most connections, at least two. The server must allow this many for each process. Three quarters of them may
    /// write at once, so that look-ups do not wait for writes, and one quarter may do large reads.
    pub connections: usize,
    /// How long a request waits for a connection before it fails with [`StoreError::Unavailable`].
    pub wait: Duration,
    /// How long a statement of a list may take before it is cancelled, with [`StoreError::TooBroad`].
    pub walk: Duration,
    /// How long a request may take in total. Work that conflicts with others is retried for half of that.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: 16,
            wait: Duration::from_secs(3),
            walk: Duration::from_secs(10),
            patience: Duration::from_secs(8),
        }
    }
}

/// A database, shared by everything that uses it; cloning gives another handle. It contains
/// [directories](super::Directory) and the application's tables. Other processes may use it at the same time.
///
/// Its methods need a tokio runtime: they wait for the server on threads that may block.
#[derive(Clone)]
pub struct Database {
    pool: Arc<Pool>,
    options: Options,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("pool", &self.pool).finish_non_exhaustive()
    }
}

impl Database {
    /// The database at a URL, `postgres://user:password@host:port/database`, with several hosts if one of them is the
    /// primary. Does not connect yet: see [`Self::prove_fit`].
    ///
    /// | option | meaning |
    /// |---|---|
    /// | `sslmode=verify-full` | TLS, with a certificate from a trusted authority for the host. Default for remote hosts |
    /// | `sslmode=require` | the same, since TLS with an unknown server protects from nothing |
    /// | `sslmode=verify-ca` | TLS, with a certificate from a trusted authority for any host |
    /// | `sslmode=no-verify` | TLS with any certificate, which only protects from passive listeners |
    /// | `sslmode=disable` | no TLS. The default if all hosts are on this machine |
    /// | `sslrootcert=FILE` | the trusted authorities in PEM, instead of the machine's (`system`) |
    /// | `sslcert=FILE`, `sslkey=FILE` | the client's certificate and key |
    /// | `prepared=off` | keeps no statements prepared on the server: for a transaction pooler in between |
    /// | `application_name=NAME`, `options=..` | passed to the server |
    ///
    /// # Errors
    /// [`StoreError::Unfit`]: the URL cannot be understood, or a file cannot be read. The password is never shown.
    pub fn open(url: &str, options: &Options) -> Result<Self> {
        let mut address = Address::parse(url)?;
        address.leave_nothing_behind(options.patience);
        Ok(Self { pool: Arc::new(Pool::new(address, options)), options: options.clone() })
    }

    /// Counters since the start.
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        self.pool.stats()
    }

    /// Connects and checks that the server and the database can be used. To be called at the start.
    ///
    /// # Errors
    /// [`StoreError::Unfit`], in one sentence: the server cannot be reached, refuses the role, is too old, a standby or
    /// read-only, or allows too few connections; or the database has another encoding, or tables of another program or
    /// of a later version of this one.
    pub async fn prove_fit(&self) -> Result<()> {
        let (address, wait) = (self.pool.address().clone(), self.options.patience);
        let reached = tokio::task::spawn_blocking(move || {
            let conn = Conn::open(&address, Instant::now() + wait);
            conn.map(drop).map_err(|e| unfit(format!("the database at {address} cannot be used: {e}")))
        });
        reached.await.map_err(StoreError::backend)??;
        let wanted = self.options.connections;
        Ok(self.pool.run(Work::Read, move |conn| fitness::prove(conn, wanted)).await?)
    }

    /// Runs pending migrations, and returns their names. If several processes do so at once, the others wait for the
    /// first.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn migrate(
        &self,
        source: impl MigrationSource<Pg> + Clone + Send + 'static,
    ) -> Result<Vec<String>> {
        Ok(self.upkeep(move |conn| migrations::run(conn, source.clone())).await?)
    }

    /// The names of pending migrations. Writes nothing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn pending(&self, source: impl MigrationSource<Pg> + Send + 'static) -> Result<Vec<String>> {
        Ok(self.pool.run(Work::Read, move |conn| migrations::pending(conn, &source)).await?)
    }

    /// Reads, for indexed look-ups. Not a transaction; `f` may be run more than once, and must have no other effects.
    ///
    /// # Errors
    /// Those of `f`, or [`StoreError::Unavailable`].
    pub async fn read<T, E>(&self, f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.pool.run(Work::Read, f).await
    }

    /// Like [`Self::read`], for reading many rows; may take an hour.
    ///
    /// # Errors
    /// As for [`Self::read`]; [`StoreError::Unavailable`] also if too many others do the same.
    pub async fn scan<T, E>(&self, f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.pool.run(Work::Scan(None), f).await
    }

    /// Like [`Self::scan`], in one snapshot, for results that must be consistent with each other. It cannot write.
    ///
    /// # Errors
    /// As for [`Self::scan`].
    pub async fn snapshot<T, E>(
        &self,
        mut f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<DieselError> + Send + 'static,
    {
        self.scan(move |conn| conn.snapshot(&mut f)).await
    }

    /// Like [`Self::scan`] for a tenant, with its share of the places and the time limit of a request.
    pub(super) async fn scan_of<T, E>(
        &self,
        tenant: TenantId,
        f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.pool.run(Work::Scan(Some(tenant)), f).await
    }

    /// Writes what belongs to no tenant: [`Self::write_in`] with [`Lane::Shared`].
    ///
    /// # Errors
    /// As for [`Self::write_in`].
    pub async fn write<T, E>(&self, f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.write_in(Lane::Shared, f).await
    }

    /// Writes in a transaction: an `Err` or a panic undoes it, and the result comes after it is durable. The work is
    /// run again from its start if others conflict with it, so it must have no other effects. After a failed statement
    /// it must not continue, unless that was in a nested transaction (a savepoint), since the server accepts nothing
    /// more.
    ///
    /// The work is done even if the future is dropped.
    ///
    /// # Errors
    /// Those of `f`; or [`StoreError::Unavailable`]: too many are waiting, the server cannot be reached, or the commit
    /// failed and the work may or may not have taken effect.
    pub async fn write_in<T, E>(
        &self,
        lane: Lane,
        f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.pool.run(Work::Write(lane), f).await
    }

    /// Like [`Self::write`], without a short time limit: for migrations.
    ///
    /// # Errors
    /// As for [`Self::write`].
    pub async fn upkeep<T, E>(
        &self,
        f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.pool.run(Work::Upkeep, f).await
    }
}
