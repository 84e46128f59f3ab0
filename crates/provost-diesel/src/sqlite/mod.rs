//! SQLite: a file, one thread that writes, any number of readers.

mod condition;
mod connection;
#[cfg(test)]
mod plans;
mod readers;
mod store;
mod writer;

#[path = "../directory.rs"]
pub mod directory;
#[path = "../queries/mod.rs"]
mod queries;

pub use condition::Condition;
pub use connection::PRIVACY;
pub use writer::WriterStats;

use crate::derivation::Derivation;
use crate::error::HookError;
use crate::finding::{Finding, Refreshed};
use crate::hook::{Hook, TenantId};
use crate::marks::Marks;
use crate::sql::{Dialect, Fragment};
use connection::File;
use diesel::RunQueryDsl;
use diesel::migration::{Migration, MigrationSource};
use diesel::sql_types::BigInt;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use provost_core::resource::Site;
use provost_provider::{Result, StoreError};
use readers::Readers;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use writer::Writer;

/// The connection that hooks and the application's own statements run on.
pub type Conn = diesel::SqliteConnection;

const DIALECT: Dialect = Dialect { each: "json_each", position: "instr" };

/// The directory's tables. Versions are `2026-01-01-NNNNNN`; the application's own migrations, kept in the same
/// bookkeeping table, must have others.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// How a database is opened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Writes that may wait; more are answered [`StoreError::Unavailable`].
    pub queue: usize,
    /// Writes that share a commit at most.
    pub batch: usize,
    /// How long to wait for another process that writes, in milliseconds.
    pub busy_timeout_ms: u32,
    /// Page cache of each connection in KiB.
    pub cache_kib: u32,
    /// Scans at once.
    pub scans: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { queue: 4_096, batch: 256, busy_timeout_ms: 5_000, cache_kib: 8 * 1_024, scans: 4 }
    }
}

/// A database, shared by all that use it: a clone is another handle. When the last one goes, queued writes are
/// finished first.
pub struct Sqlite<H = ()> {
    shared: Arc<Shared<H>>,
}

struct Shared<H> {
    writer: Writer,
    readers: Readers,
    marks: Marks,
    site: Site,
    derivation: Derivation,
    /// Shared with queued writes, which must not keep the writer itself alive: dropping it waits for them.
    hook: Arc<H>,
    file: File,
}

impl<H> Clone for Sqlite<H> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<H> fmt::Debug for Sqlite<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.shared.file.path()).finish_non_exhaustive()
    }
}

impl<H> Sqlite<H> {
    /// What a store answers, remembered where it says that the file is damaged.
    fn noted<T>(&self, answer: Result<T>) -> Result<T> {
        answer.inspect_err(|e| self.shared.file.condition().note(e))
    }
}

impl<H: Hook<Conn>> Sqlite<H> {
    /// Opens a database file, or makes it: `sqlite:PATH` or a path. Its tables are [`Self::migrate`]'s business.
    ///
    /// # Errors
    /// A file that cannot be made or opened.
    pub fn open(url: &str, site: Site, hook: H, options: &Options) -> Result<Self> {
        let file = File::new(url, options)?;
        let writer = Writer::start(file.clone(), options.queue, options.batch)?;
        let readers = Readers::new(file.clone(), options.scans);
        Ok(Self {
            shared: Arc::new(Shared {
                writer,
                readers,
                marks: Marks::default(),
                derivation: Derivation::of(&site.schemas),
                site,
                hook: Arc::new(hook),
                file,
            }),
        })
    }

    /// Makes or changes the directory's tables as this version and the schemas need them, and gives the names of the
    /// migrations it applied. Two processes may do it at once: one waits for the other. If their schemas or indices
    /// differ, the later one has its way, and the stores of the earlier answer [`StoreError::Unfit`] from then on.
    ///
    /// # Errors
    /// A failure of the database; nothing is changed then.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        let site = self.shared.site.clone();
        self.write(move |conn| {
            let applied = conn.run_pending_migrations(MIGRATIONS).map_err(HookError::Other)?;
            let applied = applied.iter().map(ToString::to_string).collect();
            let Refreshed { derived, activated } = directory::refresh(conn, &site.schemas)?;
            if activated > 0 {
                tracing::info!(resources = activated, "resources without `active` got `active: true`");
            }
            if derived > 0 {
                tracing::info!(resources = derived, "filter values were made anew");
            }
            Ok(applied)
        })
        .await
        .map_err(|e: HookError| e.into())
    }

    /// Applies migrations of the application.
    ///
    /// # Errors
    /// A failure of the database; nothing is changed then.
    pub async fn migrate_with(&self, migrations: EmbeddedMigrations) -> Result<Vec<String>> {
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
    pub fn pending(&self, migrations: EmbeddedMigrations) -> Result<Vec<String>> {
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

    /// Whether the tables agree with each other: what is wrong, up to `limit` findings. It reads everything.
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn check(&self, limit: usize) -> Result<Vec<Finding>> {
        let site = self.shared.site.clone();
        Ok(self.scan(move |conn| directory::check(conn, &site.schemas, limit)).await?)
    }

    /// Resources whose names would not be taken today: see [`directory::notices`].
    ///
    /// # Errors
    /// A failure of the database.
    pub async fn notices(&self, limit: usize) -> Result<Vec<Finding>> {
        Ok(self.scan(move |conn| directory::notices(conn, limit)).await?)
    }

    /// One tenant's store.
    #[must_use]
    pub fn tenant(&self, tenant: TenantId) -> SqliteStore<H> {
        SqliteStore { db: self.clone(), tenant }
    }

    /// The hook.
    #[must_use]
    pub fn hook(&self) -> &H {
        &self.shared.hook
    }

    /// Where resources are served, and which kinds there are.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.shared.site
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

    /// Reads the application's own tables, at once and on this thread: for look-ups by an index. The connection
    /// cannot write. Every write that was answered is seen.
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
        let _permit = self.shared.readers.permit().await?;
        let db = self.clone();
        match tokio::task::spawn_blocking(move || db.shared.readers.with(f)).await {
            Ok(result) => result,
            Err(e) => Err(StoreError::backend(e).into()),
        }
    }

    /// Writes the application's own tables. The work is a transaction, of its own as far as it can see: an `Err` or a
    /// panic undoes it, and the answer comes after it is durable. It may be run more than once on databases with
    /// concurrent writers, so it must have no other effects. It must not wait for anything but the connection.
    ///
    /// The work is done also when the future is dropped.
    ///
    /// # Errors
    /// What `f` gives; [`StoreError::Unavailable`]: too many writes wait, or the commit failed and the work may or may
    /// not have taken effect; or [`StoreError::Unfit`]: the file is not in its place, or damaged.
    pub async fn write<T, E>(&self, f: impl FnMut(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.condition().takes_writes()?;
        self.shared.writer.submit(f).await
    }
}

/// One tenant's resources in a [`Sqlite`] database.
pub struct SqliteStore<H = ()> {
    db: Sqlite<H>,
    tenant: TenantId,
}

impl<H> SqliteStore<H> {
    /// The database.
    #[must_use]
    pub fn database(&self) -> &Sqlite<H> {
        &self.db
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }
}

impl<H> Clone for SqliteStore<H> {
    fn clone(&self) -> Self {
        Self { db: self.db.clone(), tenant: self.tenant }
    }
}

impl<H> fmt::Debug for SqliteStore<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("db", &self.db).field("tenant", &self.tenant).finish()
    }
}
