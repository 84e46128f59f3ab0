//! A database file: one thread that writes, any number of readers, migrations.

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
    /// Writes that may wait. A [`Lane`] may have as many as there are places left, and more are answered
    /// [`StoreError::Crowded`]: however many tenants flood, there is a place for one that does not.
    /// [`StoreError::Unavailable`] where none is left at all.
    pub queue: usize,
    /// Writes that share a commit at most.
    pub batch: usize,
    /// How long to wait for another process that writes, in milliseconds.
    pub busy_timeout_ms: u32,
    /// Page cache of each connection in KiB.
    pub cache_kib: u32,
    /// Reads of many rows at once, by default as many as there are processors, from 2 to 16. Those of one tenant have no
    /// more than half of them.
    pub scans: usize,
    /// Time spent looking at the rows of a list that no index finds after which it is given up, with
    /// [`StoreError::TooBroad`].
    pub walk: Duration,
    /// Time after which such a list is given up together with the waiting in between, with [`StoreError::Unavailable`].
    pub walk_and_wait: Duration,
    /// Bytes of the log beside the file from which on reads of a whole list wait until it is emptied.
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
            // shorter than a client waits for an answer
            walk_and_wait: Duration::from_secs(30),
            log_bytes: LOG_BYTES,
        }
    }
}

/// What all tenants together read takes all processors, and what one of them reads half.
fn scans() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 16)
}

/// A database file, shared by all that use it: a clone is another handle. It holds [directories](super::Directory) and
/// the tables of the application alike, and their writes share commits. When the last handle goes, queued writes are
/// finished first.
#[derive(Clone)]
pub struct Database {
    shared: Arc<Shared>,
}

struct Shared {
    // the connection that writes is closed last: only it can bring the log into the file and remove it
    readers: Readers,
    writer: Writer,
    file: File,
    /// Where pages of its lists ended.
    offsets: OffsetCache,
    log_bytes: u64,
    walk: Duration,
    walk_and_wait: Duration,
    /// Held while the log is emptied for a read: the others that wait see what came of it.
    emptying: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("path", &self.path()).finish_non_exhaustive()
    }
}

impl Database {
    /// Opens a database file, or makes it, readable by its owner alone. Nothing is written to one that is there before
    /// the first [`write`](Self::write).
    ///
    /// # Errors
    /// A file that cannot be made or opened, or that is no database.
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

    /// Applies those migrations that were not applied yet, and gives their names. Two processes may do it at once: one
    /// waits for the other.
    ///
    /// # Errors
    /// A failure of the database; nothing is changed then.
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

    /// The names of those migrations that were not applied yet. It writes nothing, also where nothing ever was.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn pending(&self, migrations: impl MigrationSource<Sqlite>) -> Result<Vec<String>> {
        self.read(|conn| {
            // diesel would make its table of versions, which a reader cannot
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

    /// Reads, at once and on this thread: for look-ups by an index. The connection cannot write. Every write that was
    /// answered is seen.
    ///
    /// # Errors
    /// What `f` gives, or [`StoreError::Unavailable`].
    pub fn read<T, E: From<StoreError>>(&self, f: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        self.shared.readers.with(f)
    }

    /// As [`Self::read`], but on a thread that may block: for what reads many rows. Needs a tokio runtime.
    ///
    /// # Errors
    /// What `f` gives, or [`StoreError::Unavailable`] when too many others do the same.
    pub async fn scan<T, E>(&self, f: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.scan_of(None, f).await
    }

    /// The same in one snapshot, for what has to fit together.
    ///
    /// # Errors
    /// As there.
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

    /// As [`Self::scan`] for a tenant, which has no more than its share of what all may read at once.
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

    /// Waits until the log is short enough for a read that others may join: no log is emptied while somebody reads in it,
    /// and reads that overlap would let it grow without end.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] after some seconds.
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

    /// Leave for a tenant to ask for a place to read a list.
    pub(super) async fn list_pass(&self, tenant: TenantId) -> Result<Pass> {
        self.shared.readers.list_pass(Some(tenant)).await
    }

    /// Leave for a tenant to look through a list, window by window.
    pub(super) async fn walk_pass(&self, tenant: TenantId) -> Result<Pass> {
        self.shared.readers.walk_pass(Some(tenant)).await
    }

    /// Whether a list that was looked at for `worked`, of all the time since it was asked for, may go on.
    ///
    /// # Errors
    /// It took too long.
    pub(super) fn may_go_on(&self, worked: Duration, in_all: Duration) -> Result<()> {
        if worked > self.shared.walk {
            return Err(error::too_broad());
        }
        // that is not the query's fault: others read at the same time
        if in_all > self.shared.walk_and_wait {
            return Err(error::unavailable());
        }
        Ok(())
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

    /// Writes. The work is a transaction, of its own as far as it can see: an `Err` or a panic undoes it, and the answer
    /// comes after it is durable. It may be run more than once on databases with concurrent writers, so it must have no
    /// other effects. It must not wait for anything but the connection.
    ///
    /// It waits in a [`Lane`], after what came before it there. The work is done also when the future is dropped.
    ///
    /// # Errors
    /// What `f` gives; [`StoreError::Crowded`]: too many writes wait in the lane; [`StoreError::Unavailable`]: too many
    /// wait in all, or the commit failed and the work may or may not have taken effect; or [`StoreError::Unfit`]: the
    /// file is not in its place, or damaged.
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

    /// [`Self::write_in`], where more is known of the cost.
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

    /// Writes a copy into an empty file: all that was committed before, nothing that was deleted, and no log beside it.
    /// Others read and write meanwhile; the log grows with what they write. Who makes the file gives it its permissions, and
    /// flushes it.
    ///
    /// # Errors
    /// [`StoreError::Backend`]: the database cannot be read, or the copy not be written.
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

    /// Brings all that is in the log into the file, and empties the log.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: somebody reads or writes; a failure of the database.
    pub async fn empty_log(&self) -> Result<()> {
        let file = self.shared.file.clone();
        blocking(move || file.empty_log()).await
    }

    /// Writes the whole file anew, without its free parts, and empties the log. A second copy is in memory meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: somebody reads or writes; a failure of the database.
    pub async fn vacuum(&self) -> Result<()> {
        let file = self.shared.file.clone();
        blocking(move || file.vacuum()).await
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.shared.file.path()
    }

    /// Whether the file is in its place and sound.
    #[must_use]
    pub fn condition(&self) -> &Condition {
        self.shared.file.condition()
    }

    /// What the writing thread has done.
    #[must_use]
    pub fn stats(&self) -> WriterStats {
        self.shared.writer.stats()
    }
}

/// Twice what SQLite leaves of a log when it begins it anew (`journal_size_limit`).
const LOG_BYTES: u64 = 128 * 1024 * 1024;
const LOG_PAUSE: Duration = Duration::from_millis(50);
const LOG_WAIT: Duration = Duration::from_secs(3);

/// Runs what may block on a thread that may.
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
