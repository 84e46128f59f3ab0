//! Opening connections to a database file.

use super::condition::Condition;
use super::{Conn, Options};
use crate::error;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use provost_provider::{Result, StoreError};
use std::path::{Path, PathBuf};

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
    busy_timeout_ms: u32,
    cache_kib: u32,
    condition: Condition,
}

impl File {
    /// `sqlite:PATH`, `sqlite://PATH` or a path.
    pub(super) fn new(url: &str, options: &Options) -> Result<Self> {
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path == ":memory:" {
            let said = format!(
                "`{}` names no file: SQLite databases of this store are files",
                provost_core::path::clip(url)
            );
            return Err(StoreError::backend(said));
        }
        Ok(Self {
            path: path.into(),
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
        create_private(&self.path)?;
        self.writer()
    }

    /// A connection that writes, to a file that is there.
    ///
    /// `synchronous=FULL` flushes the log at each commit: an answered write survives a power cut.
    pub(super) fn writer(&self) -> Result<Conn> {
        let mut conn = self.establish("rw")?;
        conn.batch_execute(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;",
        )
        .map_err(error::database)?;
        self.condition.opened(&self.path);
        self.condition.look()?;
        Ok(conn)
    }

    /// A connection that cannot write.
    pub(super) fn reader(&self) -> Result<Conn> {
        let conn = self.establish("ro")?;
        // it was opened by its name
        self.condition.look()?;
        Ok(conn)
    }

    fn establish(&self, mode: &str) -> Result<Conn> {
        let uri = format!("file:{}?mode={mode}", escape(&self.path)?);
        let mut conn = Conn::establish(&uri).map_err(|e| {
            tracing::warn!(error = %e, path = %self.path.display(), "the database file cannot be opened");
            error::unavailable()
        })?;
        let pragmas = format!(
            "PRAGMA busy_timeout={}; PRAGMA cache_size=-{}; PRAGMA foreign_keys=ON; {PRIVACY}",
            self.busy_timeout_ms, self.cache_kib
        );
        conn.batch_execute(&pragmas).map_err(error::database)?;
        Ok(conn)
    }
}

/// Directories hold personal data: other users of the machine have no business in the file. SQLite gives its log the
/// same permissions.
fn create_private(path: &Path) -> Result<()> {
    let mut how = std::fs::OpenOptions::new();
    how.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    match how.open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => {
            Err(StoreError::backend(format!("the database file `{}` cannot be made: {e}", path.display())))
        }
    }
}

/// The three characters that mean something in SQLite's URIs.
fn escape(path: &Path) -> Result<String> {
    let Some(text) = path.to_str() else {
        return Err(StoreError::backend(format!("the path `{}` is not UTF-8", path.display())));
    };
    Ok(text.replace('%', "%25").replace('?', "%3f").replace('#', "%23"))
}
