//! Whether the files of a database are still those that were opened, and whether SQLite found them intact.
//!
//! A file that is deleted or replaced stays open here: SQLite would continue to use it, and everything would be gone
//! with the process. And an unreadable page fails one request but lets the next one pass.

use crate::error::HookError;
use diesel::result::Error as DieselError;
use provost_provider::StoreError;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long it may take until reads notice that the files are gone, if nothing is written. A write checks before it
/// begins and again before it is answered.
pub(super) const LOOK: Duration = Duration::from_millis(100);

const LOST: &str = "the database file was removed or replaced while the server runs, so nothing is read or written: put \
                    the same file back in its place, with its `-wal` and `-shm`, or restore a backup and restart the \
                    server; what only this process still holds is lost when it ends";

const DAMAGED: &str = "the database file is damaged, so nothing is written: stop the server and restore the file from a \
                       backup";

/// The condition of a database, shared by all its connections. Cloning gives another handle.
#[derive(Debug, Clone, Default)]
pub struct Condition(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    files: Mutex<Vec<Opened>>,
    lost: AtomicBool,
    damaged: AtomicBool,
}

/// A file as it was opened.
#[derive(Debug)]
struct Opened {
    path: PathBuf,
    file: Option<Inode>,
}

impl Opened {
    fn now(path: PathBuf) -> Self {
        Self { file: inode(&path), path }
    }

    fn is_in_place(&self) -> bool {
        inode(&self.path) == self.file
    }
}

/// The identity of a file, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Inode(u64, u64);

impl Condition {
    /// Remembers the file that a connection is about to open, unless it is already known. Checking afterwards shows
    /// whether the connection may have opened another one.
    pub(super) fn opening(&self, path: &Path) {
        let mut files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.is_empty() {
            files.push(Opened::now(path.to_owned()));
        }
    }

    /// Remembers the log beside the file and the log's index: a connection with another log would write what nobody
    /// else sees. Call it while the writing connection has them open, since otherwise they come and go with other
    /// processes.
    pub(super) fn log_opened(&self) {
        let mut files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.truncate(1);
        let Some(main) = files.first() else { return };
        // SQLite puts the log beside the file that a link points to
        let target = fs::canonicalize(&main.path).unwrap_or_else(|_| main.path.clone()).into_os_string();
        for suffix in ["-wal", "-shm"] {
            let mut name = target.clone();
            name.push(suffix);
            files.push(Opened::now(name.into()));
        }
    }

    /// The writing connection was closed. If it was the last one, SQLite deleted the log.
    pub(super) fn log_closed(&self) {
        self.0.files.lock().unwrap_or_else(PoisonError::into_inner).truncate(1);
    }

    /// Checks that the files are in place, and logs each change of that once. Takes three system calls.
    ///
    /// # Errors
    /// [`StoreError::Unfit`]: they are not.
    pub fn look(&self) -> Result<(), StoreError> {
        let files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        let stray = files.iter().find(|opened| !opened.is_in_place());
        let was_lost = self.0.lost.swap(stray.is_some(), Ordering::Relaxed);
        match stray {
            Some(stray) if !was_lost => tracing::error!(path = %stray.path.display(), "{LOST}"),
            None if was_lost => tracing::info!("the database file is back in its place"),
            _ => {}
        }
        drop(files);
        self.in_place()
    }

    /// The result of the last check.
    pub(super) fn in_place(&self) -> Result<(), StoreError> {
        match self.lost() {
            Some(_) => Err(lost()),
            None => Ok(()),
        }
    }

    /// Remembers a failure which means that the file is damaged.
    pub fn note(&self, e: &StoreError) {
        let StoreError::Backend(source) = e else { return };
        let database = source.downcast_ref::<DieselError>();
        let database = database.or_else(|| match source.downcast_ref::<HookError>() {
            Some(HookError::Database(e)) => Some(e),
            _ => None,
        });
        database.into_iter().for_each(|e| self.note_failure(e));
    }

    /// The same for a failed statement, for applications with connections of their own.
    pub fn note_failure(&self, e: &DieselError) {
        if is_damage(e) && !self.0.damaged.swap(true, Ordering::Relaxed) {
            tracing::error!(error = %e, "{DAMAGED}");
        }
    }

    /// Whether the file may be written: it is in place and not known to be damaged. Writing based on what is still
    /// readable in a damaged file would destroy more of it.
    pub(super) fn takes_writes(&self) -> Result<(), StoreError> {
        match self.trouble() {
            Some(why) => Err(StoreError::Unfit(why.to_owned())),
            None => Ok(()),
        }
    }

    /// Why nothing is read or written any more, if so.
    #[must_use]
    pub fn lost(&self) -> Option<&'static str> {
        self.0.lost.load(Ordering::Relaxed).then_some(LOST)
    }

    /// Why nothing is written and no requests should be sent here, if so: the files are gone, or a statement found them
    /// damaged since they were opened.
    #[must_use]
    pub fn trouble(&self) -> Option<&'static str> {
        self.lost().or_else(|| self.0.damaged.load(Ordering::Relaxed).then_some(DAMAGED))
    }
}

/// The error for requests whose data would be lost.
pub(super) fn lost() -> StoreError {
    StoreError::Unfit(LOST.to_owned())
}

/// Whether it means that the file is damaged. diesel does not expose SQLite's result codes, so this compares its fixed
/// messages.
pub(super) fn is_damage(e: &DieselError) -> bool {
    const MESSAGES: [&str; 2] = ["database disk image is malformed", "file is not a database"];
    match e {
        DieselError::DatabaseError(_, info) => MESSAGES.iter().any(|m| info.message().contains(m)),
        _ => false,
    }
}

#[cfg(unix)]
fn inode(path: &Path) -> Option<Inode> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|found| Inode(found.dev(), found.ino()))
}

/// On other systems an open file cannot be deleted or replaced.
#[cfg(not(unix))]
fn inode(path: &Path) -> Option<Inode> {
    fs::metadata(path).ok().map(|_found| Inode(0, 0))
}
