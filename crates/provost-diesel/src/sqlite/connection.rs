//! Opening connections to a database file.

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

/// Personal data stays in the file, and only as long as it is somebody's. For every connection that writes directories,
/// an application's own included.
///
/// * SQLite would put journals and sorts that grow beyond memory into `/var/tmp`: into another folder, which a hardened
///   container does not let it write.
/// * What is deleted would stay readable in the free parts of the file. `ON` overwrites it; `FAST` would leave pages that
///   became free as a whole as they are.
pub const PRIVACY: &str = "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;";

/// A database file, by the URI that SQLite opens it with.
#[derive(Debug, Clone)]
pub(super) struct File {
    path: PathBuf,
    uri: String,
    busy_timeout_ms: u32,
    cache_kib: u32,
    condition: Condition,
}

/// What a connection may do. Either opens a file that is there, and makes none.
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
        // the characters that mean something in SQLite's URIs
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

    /// The first connection that writes. It makes the file if there is none, readable by its owner alone.
    pub(super) fn first_writer(&self) -> Result<Conn> {
        make_private(&self.path).map_err(|e| unusable(&self.path, &e))?;
        let conn = self.open_writer().map_err(|e| self.unopened(&e))?;
        self.condition.look()?;
        Ok(conn)
    }

    /// A connection beside which there is no other. It makes the file if there is none.
    pub(super) fn alone(&self) -> Result<Conn> {
        make_private(&self.path).map_err(|e| unusable(&self.path, &e))?;
        let alone = self.establish(Mode::Write).and_then(|mut conn| {
            // nothing is written: even an empty file would get a page by a commit
            conn.batch_execute("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK;")
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        });
        alone.map_err(|e| match &e {
            ConnectionError::CouldntSetupConfiguration(why) if error::is_passing(why) => error::unavailable(),
            _ => self.unopened(&e),
        })
    }

    /// A connection that writes, to a file that was opened before.
    pub(super) fn writer(&self) -> Result<Conn> {
        let conn = self.open_writer().map_err(|e| self.unavailable(&e))?;
        self.condition.look()?;
        Ok(conn)
    }

    /// `synchronous=FULL` flushes the log at each commit: an answered write survives a power cut.
    fn open_writer(&self) -> ConnectionResult<Conn> {
        self.condition.opening(&self.path);
        let mut conn = self.establish(Mode::Write)?;
        // and looks whether it is a database
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
        // it was opened by its name
        self.condition.look()?;
        Ok(conn)
    }

    /// Switches the file to a write-ahead log, which it remembers: readers and the writer do not wait for each other. Gives
    /// whether it has one: not before something is in it, so that a process that is killed leaves an empty file or one with
    /// tables, and never what is left where a file was copied without its log.
    ///
    /// Where several processes do it to a new file at once, SQLite refuses those who would wait for each other without asking
    /// how long they may; so they try for as long as for any lock.
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

    /// The bytes of the log beside the file.
    pub(super) fn log_bytes(&self) -> u64 {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        std::fs::metadata(log).map_or(0, |log| log.len())
    }

    /// As [`Self::empty_log`], without waiting for anybody.
    pub(super) fn try_empty_log(&self) -> Result<()> {
        Self { busy_timeout_ms: 0, ..self.clone() }.empty_log()
    }

    pub(super) fn empty_log(&self) -> Result<()> {
        let mut conn = self.upkeep()?;
        let sql = Fragment::new("PRAGMA wal_checkpoint(TRUNCATE)").once::<(Integer, Integer, Integer)>();
        let told: Vec<(i32, i32, i32)> = sql.load(&mut conn).map_err(error::database)?;
        // it tells in a row, and by no error, that somebody reads or writes and the log stays
        match told.first() {
            Some((0, ..)) => Ok(()),
            _ => Err(error::unavailable()),
        }
    }

    pub(super) fn vacuum(&self) -> Result<()> {
        self.upkeep()?.batch_execute("VACUUM;").map_err(error::database)?;
        // the old pages are overwritten, and those in the log are gone
        self.empty_log()
    }

    /// A connection for a while, beside that of the writing thread.
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

/// Whether nothing was written to a database: no table is in it, and it has none of the numbers that applications may give it.
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

/// Directories hold personal data: other users of the machine have no business in the file. SQLite gives its log the
/// same permissions.
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
