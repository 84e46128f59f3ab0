//! A database on a server: its connections, and migrations.

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
    /// Connections at most, two at least. The server must grant so many to each process. Three quarters of them may write at once,
    /// so that look-ups do not wait for writes, and one quarter may read much.
    pub connections: usize,
    /// How long a request waits for a connection. Then it is answered [`StoreError::Unavailable`].
    pub wait: Duration,
    /// Time that a statement of a list may take, after which it is given up, with [`StoreError::TooBroad`].
    pub walk: Duration,
    /// How long a request may take in all. What others stood in the way of is run again for half of that.
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

/// A database, shared by all that use it: a clone is another handle. It holds [directories](super::Directory) and the tables of the
/// application alike. Other processes may use it at the same time.
///
/// Its methods need a tokio runtime: what waits for the server does so on threads that may block.
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
    /// A database by its URL, `postgres://user:password@host:port/database`, with several hosts where one of them is the primary.
    /// Nothing is connected yet: see [`Self::prove_fit`].
    ///
    /// | option | what it says |
    /// |---|---|
    /// | `sslmode=verify-full` | TLS, with a server whose certificate is for the host of the URL and of a trusted authority. So it is without the option, too, unless all hosts are on this machine |
    /// | `sslmode=require` | the same: TLS with somebody unknown protects from nothing |
    /// | `sslmode=verify-ca` | TLS; the certificate is of a trusted authority and may be for another host |
    /// | `sslmode=no-verify` | TLS with anybody: it protects from those who only listen |
    /// | `sslmode=disable` | no TLS. So it is without the option where all hosts are on this machine |
    /// | `sslrootcert=FILE` | the trusted authorities in PEM, instead of those of the machine (`system`) |
    /// | `sslcert=FILE`, `sslkey=FILE` | certificate and key that are shown to the server |
    /// | `prepared=off` | no statement stays prepared on the server: for a pooler between that lends connections by the transaction |
    /// | `application_name=NAME`, `options=..` | passed to the server |
    ///
    /// # Errors
    /// [`StoreError::Unfit`]: a URL that cannot be understood, or a file that cannot be read. The password is never shown.
    pub fn open(url: &str, options: &Options) -> Result<Self> {
        let mut address = Address::parse(url)?;
        address.leave_nothing_behind(options.patience);
        Ok(Self { pool: Arc::new(Pool::new(address, options)), options: options.clone() })
    }

    /// What was done so far.
    #[must_use]
    pub fn stats(&self) -> PoolStats {
        self.pool.stats()
    }

    /// Connects, and proves that the server and the database can be used: to be asked at the start.
    ///
    /// # Errors
    /// [`StoreError::Unfit`], in one sentence: the server cannot be reached, refuses the role, is too old, a standby or read-only, or
    /// grants too few connections; the database has another encoding, the tables of another program, or those of a later
    /// version of this one.
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

    /// Applies those migrations that were not applied yet, and gives their names. Several processes may do it at once: the others wait
    /// for the first.
    ///
    /// # Errors
    /// A failure of the database; nothing is changed then.
    pub async fn migrate(
        &self,
        source: impl MigrationSource<Pg> + Clone + Send + 'static,
    ) -> Result<Vec<String>> {
        Ok(self.upkeep(move |conn| migrations::run(conn, source.clone())).await?)
    }

    /// The names of those migrations that were not applied yet. It writes nothing.
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn pending(&self, source: impl MigrationSource<Pg> + Send + 'static) -> Result<Vec<String>> {
        Ok(self.pool.run(Work::Read, move |conn| migrations::pending(conn, &source)).await?)
    }

    /// Reads: look-ups by an index. It is no transaction; it may be run more than once, and must have no other effects.
    ///
    /// # Errors
    /// What `f` gives, or [`StoreError::Unavailable`].
    pub async fn read<T, E>(&self, f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.pool.run(Work::Read, f).await
    }

    /// As [`Self::read`], for what reads many rows: it may take an hour.
    ///
    /// # Errors
    /// As there; [`StoreError::Unavailable`] also when too many others do the same.
    pub async fn scan<T, E>(&self, f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.pool.run(Work::Scan(None), f).await
    }

    /// The same in one snapshot, for what has to fit together. It cannot write.
    ///
    /// # Errors
    /// As there.
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

    /// As [`Self::scan`] for a tenant: with its share of the places, and with the patience of a request.
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
    /// As there.
    pub async fn write<T, E>(&self, f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.write_in(Lane::Shared, f).await
    }

    /// Writes. The work is a transaction: an `Err` or a panic undoes it, and the answer comes after it is durable. It is run again
    /// from its start when others stood in its way, so it must have no other effects; and it must not go on after a statement that
    /// failed, unless that was in a transaction within (a savepoint), because the server takes nothing more of it.
    ///
    /// The work is done also when the future is dropped.
    ///
    /// # Errors
    /// What `f` gives; or [`StoreError::Unavailable`]: too many wait, or the server cannot be reached, or the commit failed and the
    /// work may or may not have taken effect.
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

    /// As [`Self::write`], for as long as it takes: for migrations.
    ///
    /// # Errors
    /// As there.
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
