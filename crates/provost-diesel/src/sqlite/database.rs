//! A database file: one writing thread, any number of readers, migrations.

use super::Conn;
use super::condition::Condition;
use super::connection::File;
use super::cost::Cost;
use super::offsets::OffsetCache;
use super::readers::Readers;
use super::writer::{Writer, WriterStats};
use crate::engine::Engine;
use crate::error::{self, HookError};
use crate::hook::TenantId;
use crate::lane::Lane;
use crate::sql::Fragment;
use diesel::RunQueryDsl;
use diesel::migration::{Migration, MigrationSource};
use diesel::result::Error as DieselError;
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use diesel_migrations::MigrationHarness;
use provost_provider::{Pass, Result, StoreError};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How a database is opened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// How many writes may wait. A [`Lane`] may have as many as there are free places; further ones fail with
    /// [`StoreError::Crowded`]. So however many tenants flood, there is room for one that does not.
    /// [`StoreError::Unavailable`] if no place is left.
    pub queue: usize,
    /// The most writes in one commit.
    pub batch: usize,
    /// How long to wait for another writing process, in milliseconds.
    pub busy_timeout_ms: u32,
    /// The page cache of each connection, in KiB.
    pub cache_kib: u32,
    /// How many large reads run at once; by default the number of processors, between 2 and 16. A tenant gets at most
    /// half.
    pub scans: usize,
    /// How long a list without an index may spend examining rows before it is cancelled, with [`StoreError::TooBroad`].
    pub walk: Duration,
    /// How long such a list may take including waits before it is cancelled, with [`StoreError::Unavailable`].
    pub walk_and_wait: Duration,
    /// From this many bytes of log on, reads of whole lists wait until it is emptied.
    pub log_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue: 4_096,
            batch: 256,
            busy_timeout_ms: 5_000,
            cache_kib: 8 * 1_024,
            scans: scans(),
            walk: Duration::from_secs(10),
            // shorter than clients wait for an answer
            walk_and_wait: Duration::from_secs(30),
            log_bytes: LOG_BYTES,
        }
    }
}

/// Together, tenants may keep all processors busy reading, and one of them half.
fn scans() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 16)
}

/// A database file, shared by everything that uses it; cloning gives another handle. It contains
/// [directories](super::Directory) and the application's tables, and their writes share commits. When the last handle
/// is dropped, queued writes are finished first.
#[derive(Clone)]
pub struct Database {
    shared: Arc<Shared>,
}

struct Shared {
    // the writing connection is closed last, since only it can write the log into the file and delete it
    readers: Readers,
    writer: Writer,
    file: File,
    /// Where pages of its lists ended.
    offsets: OffsetCache,
    log_bytes: u64,
    walk: Duration,
    walk_and_wait: Duration,
    /// Held while the log is emptied for a read; others that wait see the result.
    emptying: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("path", &self.path()).finish_non_exhaustive()
    }
}

impl Database {
    /// Opens a database file, or creates it, readable only by its owner. An existing file is not changed before the
    /// first [`write`](Self::write).
    ///
    /// # Errors
    /// The file cannot be created or opened, or is not a database.
    pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Self> {
        let file = File::new(path.as_ref(), options)?;
        let writer = Writer::start(file.clone(), options.queue, options.batch)?;
        let readers = Readers::new(file.clone(), options.scans);
        let Options { log_bytes, walk, walk_and_wait, .. } = *options;
        let emptying = tokio::sync::Mutex::default();
        Ok(Self {
            shared: Arc::new(Shared {
                readers,
                writer,
                file,
                offsets: OffsetCache::default(),
                log_bytes,
                walk,
                walk_and_wait,
                emptying,
            }),
        })
    }

    /// Where pages of its lists ended.
    pub(super) fn offsets(&self) -> &OffsetCache {
        &self.shared.offsets
    }

    /// Runs pending migrations, and returns their names. If two processes do so at once, one waits for the other.
    ///
    /// # Errors
    /// The database failed; then nothing is changed.
    pub async fn migrate(
        &self,
        migrations: impl MigrationSource<Sqlite> + Send + 'static,
    ) -> Result<Vec<String>> {
        let mut migrations = Some(migrations);
        self.write(move |conn| {
            let Some(migrations) = migrations.take() else { return Ok(Vec::new()) };
            let applied = conn.run_pending_migrations(migrations).map_err(StoreError::Backend)?;
            Ok(applied.iter().map(ToString::to_string).collect())
        })
        .await
    }

    /// The names of pending migrations. Writes nothing, even in an empty database.
    ///
    /// # Errors
    /// The database failed.
    pub fn pending(&self, migrations: impl MigrationSource<Sqlite>) -> Result<Vec<String>> {
        self.read(|conn| {
            // diesel would create its table of versions, which a reader cannot
            let sql = "select 1 from sqlite_master where name = '__diesel_schema_migrations'";
            let made: Vec<i64> = Fragment::new(sql).once::<BigInt>().load(conn)?;
            let pending = match made.is_empty() {
                true => migrations.migrations(),
                false => conn.pending_migrations(migrations),
            };
            let names = |all: Vec<Box<dyn Migration<_>>>| all.iter().map(|m| m.name().to_string()).collect();
            pending.map(names).map_err(HookError::Other)
        })
        .map_err(StoreError::from)
    }

    /// Reads at once, on this thread: for indexed look-ups. The connection cannot write. It sees every write that was
    /// answered.
    ///
    /// # Errors
    /// Those of `f`, or [`StoreError::Unavailable`].
    pub fn read<T, E: From<StoreError>>(&self, f: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.shared.readers.with(f)
    }

    /// Like [`Self::read`], on a thread that may block: for reading many rows. Needs a tokio runtime.
    ///
    /// # Errors
    /// Those of `f`, or [`StoreError::Unavailable`] if too many others do the same.
    pub async fn scan<T, E>(&self, f: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.scan_of(None, f).await
    }

    /// Like [`Self::scan`], in one snapshot, for results that must be consistent with each other.
    ///
    /// # Errors
    /// As for [`Self::scan`].
    pub async fn snapshot<T, E>(
        &self,
        f: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<DieselError> + Send + 'static,
    {
        self.scan(move |conn| conn.snapshot(f)).await
    }

    /// Like [`Self::scan`] for a tenant, which gets only its share of all concurrent reads.
    pub(super) async fn scan_of<T, E>(
        &self,
        tenant: Option<TenantId>,
        f: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let pass = self.shared.readers.pass(tenant).await?;
        let db = self.clone();
        blocking(move || {
            let result = db.read(f);
            drop(pass);
            result
        })
        .await
    }

    /// Waits until the log is short enough for a read that others may overlap: the log cannot be emptied while somebody
    /// reads in it, and overlapping reads would let it grow for ever.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] after a few seconds.
    pub(super) async fn log_is_short(&self) -> Result<()> {
        let emptied = async {
            while self.shared.file.log_bytes() > self.shared.log_bytes {
                let only_one = self.shared.emptying.lock().await;
                if self.shared.file.log_bytes() <= self.shared.log_bytes {
                    break;
                }
                let file = self.shared.file.clone();
                if blocking(move || file.try_empty_log()).await.is_ok() {
                    break;
                }
                drop(only_one);
                tokio::time::sleep(LOG_PAUSE).await;
            }
        };
        tokio::time::timeout(LOG_WAIT, emptied).await.map_err(|_elapsed| error::unavailable())
    }

    /// Permission for a tenant to queue for reading a list.
    pub(super) async fn list_pass(&self, tenant: TenantId) -> Result<Pass> {
        self.shared.readers.list_pass(Some(tenant)).await
    }

    /// Permission for a tenant to walk through a list window by window.
    pub(super) async fn walk_pass(&self, tenant: TenantId) -> Result<Pass> {
        self.shared.readers.walk_pass(Some(tenant)).await
    }

    /// Checks that a list that has been worked on for `worked`, and was requested `in_all` ago, may continue.
    ///
    /// # Errors
    /// It took too long.
    pub(super) fn may_go_on(&self, worked: Duration, in_all: Duration) -> Result<()> {
        if worked > self.shared.walk {
            return Err(error::too_broad());
        }
        // not the query's fault: others are reading at the same time
        if in_all > self.shared.walk_and_wait {
            return Err(error::unavailable());
        }
        Ok(())
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

    /// Writes. To the work it looks like a transaction of its own: an `Err` or a panic undoes it, and the result comes
    /// after it is durable. On databases with concurrent writers it may be run more than once, so it must have no other
    /// effects. It must not wait for anything but the connection.
    ///
    /// It waits in a [`Lane`] behind earlier work there. The work is done even if the future is dropped.
    ///
    /// # Errors
    /// Those of `f`; [`StoreError::Crowded`]: too many writes are waiting in the lane; [`StoreError::Unavailable`]: too
    /// many are waiting in total, or the commit failed and the work may or may not have taken effect;
    /// [`StoreError::Unfit`]: the file is not in place, or damaged.
    pub async fn write_in<T, E>(
        &self,
        lane: Lane,
        f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.submit(lane, Cost::WRITE, f).await
    }

    /// [`Self::write_in`] with a better estimate of the cost.
    pub(super) async fn submit<T, E>(
        &self,
        lane: Lane,
        cost: Cost,
        f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.condition().takes_writes()?;
        self.shared.writer.submit(lane, cost, f).await
    }

    /// Writes a copy into an empty file: everything committed before, without deleted data or a log. Others can read
    /// and write meanwhile; the log grows with what they write. The caller creates the file with its permissions, and
    /// flushes it.
    ///
    /// # Errors
    /// [`StoreError::Backend`]: the database cannot be read, or the copy cannot be written.
    pub async fn copy_to(&self, file: impl AsRef<Path>) -> Result<()> {
        let to = file.as_ref().to_str().map(str::to_owned);
        let to = to.ok_or_else(|| StoreError::backend("the name of the copy is not UTF-8"))?;
        self.scan(move |conn| {
            let mut sql = Fragment::new("vacuum into ");
            sql.text(&to);
            sql.once::<()>().execute(conn).map(drop).map_err(StoreError::backend)
        })
        .await
    }

    /// Writes the whole log into the file, and empties the log.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: somebody else reads or writes; or the database failed.
    pub async fn empty_log(&self) -> Result<()> {
        let file = self.shared.file.clone();
        blocking(move || file.empty_log()).await
    }

    /// Rewrites the whole file without its free parts, and empties the log. Needs memory for a second copy.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: somebody else reads or writes; or the database failed.
    pub async fn vacuum(&self) -> Result<()> {
        let file = self.shared.file.clone();
        blocking(move || file.vacuum()).await
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.shared.file.path()
    }

    /// Whether the file is in place and intact.
    #[must_use]
    pub fn condition(&self) -> &Condition {
        self.shared.file.condition()
    }

    /// Counters of the writing thread.
    #[must_use]
    pub fn stats(&self) -> WriterStats {
        self.shared.writer.stats()
    }
}

/// Twice as much as SQLite leaves of a log when it restarts it (`journal_size_limit`).
const LOG_BYTES: u64 = 128 * 1024 * 1024;
const LOG_PAUSE: Duration = Duration::from_millis(50);
const LOG_WAIT: Duration = Duration::from_secs(3);

/// Runs something that may block on a suitable thread.
async fn blocking<T, E>(f: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    match tokio::task::spawn_blocking(f).await {
        Ok(result) => result,
        Err(e) => Err(StoreError::backend(e).into()),
    }
}
