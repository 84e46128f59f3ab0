//! SQLite's instance of the statements, and its connections.

#[path = "queries/audit.rs"]
mod audit;
#[path = "backend.rs"]
mod backend;
#[path = "queries/hook.rs"]
mod hook;
#[path = "queries/listings.rs"]
mod listings;
#[path = "queries/organisations.rs"]
mod organisations;
#[path = "queries/seats.rs"]
mod seats;
#[path = "queries/settings.rs"]
mod settings;
#[path = "queries/tokens.rs"]
mod tokens;

use super::{Result, StorageError, migrations};
use diesel::connection::SimpleConnection;
use diesel::sql_types::Integer;
use diesel::{Connection, QueryableByName, RunQueryDsl};
use provost::core::SchemaSet;
use provost::diesel::sqlite::{Condition, PRIVACY};
use provost::diesel::{Derivation, Refreshed};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

pub(super) use audit::record_refused;
pub(crate) use provost::diesel::sqlite::{Conn, directory};

/// A database file, and as many connections to it as were ever busy at once.
pub(crate) struct Backend {
    path: PathBuf,
    /// What the directory's connections find out about the file.
    condition: OnceLock<Condition>,
    /// How the server that uses it makes what filters look for; `None` where nobody will ask for that.
    derivation: Option<Derivation>,
    idle: Mutex<Vec<Conn>>,
}

/// Another process may hold the write lock: wait for it, five seconds at most. FULL loses no commit that was answered,
/// whatever fails.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                       PRAGMA cache_size = -2048;";
/// Readers and the writer do not wait for each other. The file remembers it.
const WAL: &str = "PRAGMA journal_mode = WAL;";
/// How often that is tried while others do it: five seconds in all, as long as for any lock.
const SWITCHES: u32 = 500;

impl Backend {
    /// A database that is there and in the form that this program needs.
    pub(super) fn open(path: &Path, schemas: Option<&SchemaSet>) -> Result<Self> {
        if !path.exists() {
            return Err(StorageError::NoDatabase(path.to_owned()));
        }
        let backend = Self::at(path, schemas);
        backend.read(|c| {
            // asking for pending steps would write into a file that may be somebody else's
            let is_ours = organisations::ping(c).is_ok();
            if is_ours && migrations::are_complete(c)? {
                migrations::prove_known(c, path)
            } else {
                Err(StorageError::NotMigrated(path.to_owned()))
            }
        })?;
        Ok(backend)
    }

    /// A database that is made or brought up to date; and what was done to it.
    pub(super) fn prepare(path: &Path, schemas: Option<&SchemaSet>) -> Result<(Self, Vec<String>)> {
        make_private(path)
            .map_err(|e| StorageError::CannotOpen { path: path.to_owned(), why: e.to_string() })?;
        let backend = Self::at(path, schemas);
        backend.keep_a_log()?;
        // one transaction for all steps, begun with the write lock: a second process waits, then finds nothing to do
        let applied = backend.write(|c| {
            migrations::prove_known(c, path)?;
            let is_new = migrations::are_none(c)?;
            let mut applied = migrations::run(c)?;
            if is_new {
                settings::mark_overwritten(c)?;
            }
            if let Some(schemas) = schemas {
                let Refreshed { activated, derived, .. } =
                    directory::refresh(c, schemas).map_err(|e| StorageError::Migration(e.into()))?;
                if activated > 0 {
                    applied.push(format!("gave-active-true-to-{activated}-resources"));
                }
                if derived > 0 {
                    applied.push(format!("indexed-{derived}-resources-anew"));
                }
            }
            Ok(applied)
        })?;
        Ok((backend, applied))
    }

    /// Switches the file to a write-ahead log. Where several processes do it to a new file at once, SQLite refuses those
    /// who would wait for each other without asking how long they may.
    fn keep_a_log(&self) -> Result<()> {
        let mut tries = 0;
        loop {
            match self.with(|c| Ok(c.batch_execute(WAL)?)) {
                Err(StorageError::Busy) if tries < SWITCHES => {
                    tries += 1;
                    std::thread::sleep(std::time::Duration::from_millis(10));
                }
                done => return done,
            }
        }
    }

    /// Writes the whole file anew, without its free parts. SQLite keeps a second copy in memory meanwhile.
    fn vacuum(&self) -> Result<()> {
        self.with(|c| Ok(c.batch_execute("VACUUM;")?))?;
        // the pages of before are overwritten, and those in the log are gone
        self.empty_log()?;
        self.write(settings::mark_overwritten)
    }

    /// SQLite tells in a row, and by no error, that another process reads or writes and the log stays.
    fn empty_log(&self) -> Result<()> {
        let emptied = self
            .with(|c| Ok(diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE);").get_result::<Emptied>(c)?))?;
        match emptied.busy {
            0 => Ok(()),
            _ => Err(StorageError::Busy),
        }
    }

    fn at(path: &Path, schemas: Option<&SchemaSet>) -> Self {
        Self {
            path: path.to_owned(),
            condition: OnceLock::new(),
            derivation: schemas.map(Derivation::of),
            idle: Mutex::default(),
        }
    }

    /// Holds that no other program, with other schemas or indices, made anew since what filters look for.
    fn prove(&self, conn: &mut Conn) -> Result<()> {
        match &self.derivation {
            Some(derivation) => Ok(directory::prove(conn, derivation)?),
            None => Ok(()),
        }
    }

    fn read<T>(&self, job: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        self.with(job)
    }

    fn write<T>(&self, job: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        if let Some(why) = self.condition.get().and_then(Condition::trouble) {
            return Err(StorageError::Unfit(why.to_owned()));
        }
        self.with(|c| c.immediate_transaction(job))
    }

    fn with<T>(&self, job: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        if let Some(why) = self.condition.get().and_then(Condition::lost) {
            return Err(StorageError::Unfit(why.to_owned()));
        }
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut conn = match idle {
            Some(conn) => conn,
            None => self.connect()?,
        };
        let outcome = job(&mut conn);
        // a connection that met a fault of the database itself is not used again
        match (&outcome, self.condition.get()) {
            (Err(StorageError::Backend(e)), Some(condition)) => condition.note_failure(e),
            (Err(StorageError::Backend(_)), None) => {}
            _ => self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn),
        }
        outcome
    }

    fn connect(&self) -> Result<Conn> {
        let unusable = |why: String| StorageError::CannotOpen { path: self.path.clone(), why };
        let path = self.path.to_str().ok_or_else(|| unusable("its name is not UTF-8".to_owned()))?;
        let mut conn = Conn::establish(path).map_err(|e| unusable(e.to_string()))?;
        conn.batch_execute(PRAGMAS)
            .and_then(|()| conn.batch_execute(PRIVACY))
            .map_err(|e| unusable(e.to_string()))?;
        // it was opened by its name, which may have come to mean another file
        if let Some(condition) = self.condition.get() {
            condition.look().map_err(|e| StorageError::Unfit(e.to_string()))?;
        }
        Ok(conn)
    }
}

/// The answer of a checkpoint.
#[derive(QueryableByName)]
struct Emptied {
    #[diesel(sql_type = Integer)]
    busy: i32,
}

/// Personal data: other users of the machine have no business in the file. SQLite gives its log the same permissions.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut how = OpenOptions::new();
    how.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    match how.open(path) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "queries/hook_tests.rs"]
mod hook_tests;
#[cfg(test)]
#[path = "queries/tests.rs"]
mod tests;
