//! Opens connections to a database file.

use super::condition::{self, Condition};
use super::{Conn, Options};
use crate::error;
use crate::sql::Fragment;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use provost_provider::{Result, StoreError};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Keeps personal data inside the file, and only while it is needed. For every connection that writes directories,
/// including an application's own.
///
/// * By default SQLite writes journals and sorts that exceed memory to `/var/tmp`: a different folder, to which a
///   hardened container has no access.
/// * By default deleted data stays readable in free parts of the file. `ON` overwrites it; `FAST` would not overwrite
///   pages that became entirely free.
pub const PRIVACY: &str = "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;";

/// A database file, with the URI by which SQLite opens it.
#[derive(Debug, Clone)]
pub(super) struct File {
    path: PathBuf,
    uri: String,
    busy_timeout_ms: u32,
    cache_kib: u32,
    condition: Condition,
}

/// What a connection may do. Neither mode creates the file.
#[derive(Clone, Copy)]
enum Mode {
    Read,
    Write,
}

impl File {
    pub(super) fn new(path: &Path, options: &Options) -> Result<Self> {
        let text = path.to_str().ok_or_else(|| unusable(path, "its name is not UTF-8"))?;
        if text.is_empty() || text == ":memory:" || text.starts_with("sqlite:") {
            return Err(unusable(path, "a database is a file, and this is the path of none"));
        }
        // escape the special characters in SQLite's URIs
        let uri = format!("file:{}", text.replace('%', "%25").replace('?', "%3f").replace('#', "%23"));
        Ok(Self {
            path: path.to_owned(),
            uri,
            busy_timeout_ms: options.busy_timeout_ms,
            cache_kib: options.cache_kib,
            condition: Condition::default(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn condition(&self) -> &Condition {
        &self.condition
    }

    /// The first writing connection. Creates the file if necessary, readable only by its owner.
    pub(super) fn first_writer(&self) -> Result<Conn> {
        make_private(&self.path).map_err(|e| unusable(&self.path, &e))?;
        let conn = self.open_writer().map_err(|e| self.unopened(&e))?;
        self.condition.look()?;
        Ok(conn)
    }

    /// A connection that excludes all others. Creates the file if necessary.
    pub(super) fn alone(&self) -> Result<Conn> {
        make_private(&self.path).map_err(|e| unusable(&self.path, &e))?;
        let alone = self.establish(Mode::Write).and_then(|mut conn| {
            // writes nothing, since a commit would add a page even to an empty file
            conn.batch_execute("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK;")
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        });
        alone.map_err(|e| match &e {
            ConnectionError::CouldntSetupConfiguration(why) if error::is_passing(why) => error::unavailable(),
            _ => self.unopened(&e),
        })
    }

    /// A writing connection to a file that was opened before.
    pub(super) fn writer(&self) -> Result<Conn> {
        let conn = self.open_writer().map_err(|e| self.unavailable(&e))?;
        self.condition.look()?;
        Ok(conn)
    }

    /// `synchronous=FULL` flushes the log at each commit, so that an answered write survives a power failure.
    fn open_writer(&self) -> ConnectionResult<Conn> {
        self.condition.opening(&self.path);
        let mut conn = self.establish(Mode::Write)?;
        // also checks that it is a database
        conn.batch_execute(
            "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864; SELECT count(*) FROM sqlite_master;",
        )
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
        let mode = Fragment::new("PRAGMA journal_mode").once::<Text>().load::<String>(&mut conn);
        if mode.map_err(ConnectionError::CouldntSetupConfiguration)?.iter().any(|mode| mode == "wal") {
            self.condition.log_opened();
        }
        Ok(conn)
    }

    /// A connection that cannot write.
    pub(super) fn reader(&self) -> Result<Conn> {
        let conn = self.establish(Mode::Read).map_err(|e| self.unavailable(&e))?;
        // it was opened by name
        self.condition.look()?;
        Ok(conn)
    }

    /// Switches the file to a write-ahead log, permanently, so that readers and the writer do not wait for each other.
    /// Returns whether it has one. The file must not be empty: a killed process then leaves either an empty file or one
    /// with tables, and never one that looks like a copy without its log.
    ///
    /// If several processes do this to a new file at once, SQLite refuses those that would wait for each other at once,
    /// ignoring the timeout; so they retry for as long as for any lock.
    pub(super) fn keep_a_log(&self, conn: &mut Conn) -> QueryResult<bool> {
        const PAUSE_MS: u32 = 10;
        let pages: Vec<i64> = Fragment::new("PRAGMA page_count").once::<BigInt>().load(conn)?;
        if pages == [0] {
            return Ok(false);
        }
        let mut tries = self.busy_timeout_ms / PAUSE_MS;
        loop {
            match conn.batch_execute("PRAGMA journal_mode=WAL;") {
                Err(e) if tries > 0 && error::is_passing(&e) => {
                    tries -= 1;
                    std::thread::sleep(Duration::from_millis(PAUSE_MS.into()));
                }
                done => return done.map(|()| true),
            }
        }
    }

    /// The size of the log in bytes.
    pub(super) fn log_bytes(&self) -> u64 {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        std::fs::metadata(log).map_or(0, |log| log.len())
    }

    /// Like [`Self::empty_log`], without waiting for others.
    pub(super) fn try_empty_log(&self) -> Result<()> {
        Self { busy_timeout_ms: 0, ..self.clone() }.empty_log()
    }

    pub(super) fn empty_log(&self) -> Result<()> {
        let mut conn = self.upkeep()?;
        let sql = Fragment::new("PRAGMA wal_checkpoint(TRUNCATE)").once::<(Integer, Integer, Integer)>();
        let told: Vec<(i32, i32, i32)> = sql.load(&mut conn).map_err(error::database)?;
        // if others are reading or writing, it reports so in a row instead of an error
        match told.first() {
            Some((0, ..)) => Ok(()),
            _ => Err(error::unavailable()),
        }
    }

    pub(super) fn vacuum(&self) -> Result<()> {
        self.upkeep()?.batch_execute("VACUUM;").map_err(error::database)?;
        // the old pages are overwritten, and those in the log gone
        self.empty_log()
    }

    /// A temporary connection beside that of the writing thread.
    fn upkeep(&self) -> Result<Conn> {
        self.condition.takes_writes()?;
        let conn = self.establish(Mode::Write).map_err(|e| self.unavailable(&e))?;
        self.condition.look()?;
        Ok(conn)
    }

    fn establish(&self, mode: Mode) -> ConnectionResult<Conn> {
        let mode = match mode {
            Mode::Read => "ro",
            Mode::Write => "rw",
        };
        let mut conn = Conn::establish(&format!("{}?mode={mode}", self.uri))?;
        let pragmas = format!(
            "PRAGMA busy_timeout={}; PRAGMA cache_size=-{}; PRAGMA foreign_keys=ON; {PRIVACY}",
            self.busy_timeout_ms, self.cache_kib
        );
        conn.batch_execute(&pragmas).map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    }

    fn unopened(&self, e: &ConnectionError) -> StoreError {
        match e {
            ConnectionError::CouldntSetupConfiguration(e) if condition::is_damage(e) => {
                StoreError::Unfit(format!(
                    "the file `{}` is not an SQLite database, or it is damaged ({e}): restore it from a backup, or name another file",
                    self.path.display()
                ))
            }
            e => unusable(&self.path, e),
        }
    }

    fn unavailable(&self, e: &ConnectionError) -> StoreError {
        tracing::warn!(error = %e, path = %self.path.display(), "the database file cannot be opened");
        if let ConnectionError::CouldntSetupConfiguration(e) = e {
            self.condition.note_failure(e);
        }
        error::unavailable()
    }
}

/// Whether nothing was ever written to a database: it has no tables, and none of the numbers an application can set.
pub(super) fn is_blank(conn: &mut Conn) -> QueryResult<bool> {
    let numbers = ["select count(*) from sqlite_master", "PRAGMA user_version", "PRAGMA application_id"];
    for number in numbers {
        if Fragment::new(number).once::<BigInt>().load::<i64>(conn)? != [0] {
            return Ok(false);
        }
    }
    Ok(true)
}

fn unusable(path: &Path, why: impl fmt::Display) -> StoreError {
    StoreError::backend(format!("the database file `{}` cannot be opened: {why}", path.display()))
}

/// Directories contain personal data that other users of the machine must not see. SQLite gives its log the same
/// permissions.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut how = std::fs::OpenOptions::new();
    how.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    match how.open(path) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}
