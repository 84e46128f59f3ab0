//! Whether the files of a database are still those that were opened, and whether SQLite found them sound.
//!
//! A file that is removed, or replaced by another, stays open here: SQLite would go on reading and writing it, and all of
//! it would be gone with the process. And a page that cannot be read fails one request and lets the next one pass.

use crate::error::HookError;
use diesel::result::Error as DieselError;
use provost_provider::StoreError;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long it may take until a read notices that the files are gone, while nothing is written. A write looks before it
/// begins and again before it is answered.
pub(super) const LOOK: Duration = Duration::from_millis(100);

const LOST: &str = "the database file was removed or replaced while the server runs, so nothing is read or written: put \
                    the same file back in its place, with its `-wal` and `-shm`, or restore a backup and restart the \
                    server; what only this process still holds is lost when it ends";

const DAMAGED: &str = "the database file is damaged, so nothing is written: stop the server and restore the file from a \
                       backup";

/// The condition of a database, shared by all its connections: a clone is another handle.
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

/// What makes a file the same one, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Inode(u64, u64);

impl Condition {
    /// Remembers the file that a connection is about to open, unless it is known already: a look after that tells whether
    /// the connection can have opened another.
    pub(super) fn opening(&self, path: &Path) {
        let mut files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.is_empty() {
            files.push(Opened::now(path.to_owned()));
        }
    }

    /// Remembers the log beside the file and the index of that: a connection that opens another log writes what nobody else
    /// sees. To be called while the connection that writes has them open, because until then they come and go with other
    /// processes.
    pub(super) fn log_opened(&self) {
        let mut files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.truncate(1);
        let Some(main) = files.first() else { return };
        // SQLite keeps the log beside the file that a link leads to
        let target = fs::canonicalize(&main.path).unwrap_or_else(|_| main.path.clone()).into_os_string();
        for suffix in ["-wal", "-shm"] {
            let mut name = target.clone();
            name.push(suffix);
            files.push(Opened::now(name.into()));
        }
    }

    /// The connection that writes is closed: if it was the last, SQLite removed the log with it.
    pub(super) fn log_closed(&self) {
        self.0.files.lock().unwrap_or_else(PoisonError::into_inner).truncate(1);
    }

    /// Looks whether the files are in their place, and says so once in the log when that changed. Three system calls.
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

    /// What was found when somebody looked last.
    pub(super) fn in_place(&self) -> Result<(), StoreError> {
        match self.lost() {
            Some(_) => Err(lost()),
            None => Ok(()),
        }
    }

    /// Remembers a failure that says that the file is damaged.
    pub fn note(&self, e: &StoreError) {
        let StoreError::Backend(source) = e else { return };
        let database = source.downcast_ref::<DieselError>();
        let database = database.or_else(|| match source.downcast_ref::<HookError>() {
            Some(HookError::Database(e)) => Some(e),
            _ => None,
        });
        database.into_iter().for_each(|e| self.note_failure(e));
    }

    /// The same of a failed statement. For applications that read and write on connections of their own.
    pub fn note_failure(&self, e: &DieselError) {
        if is_damage(e) && !self.0.damaged.swap(true, Ordering::Relaxed) {
            tracing::error!(error = %e, "{DAMAGED}");
        }
    }

    /// What may be written to: a file in its place in which nothing was found damaged. A write that starts from what
    /// can still be read of a damaged one would spoil more of it.
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

    /// Why nothing is written and no request should come here, if so: the files are gone, or a statement found them
    /// damaged since they were opened.
    #[must_use]
    pub fn trouble(&self) -> Option<&'static str> {
        self.lost().or_else(|| self.0.damaged.load(Ordering::Relaxed).then_some(DAMAGED))
    }
}

/// What a request is answered whose data would be lost.
pub(super) fn lost() -> StoreError {
    StoreError::Unfit(LOST.to_owned())
}

/// Whether it says that the file is damaged. diesel does not hand through SQLite's result codes, so its fixed messages must
/// do.
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

/// Elsewhere an open file can be neither removed nor replaced.
#[cfg(not(unix))]
fn inode(path: &Path) -> Option<Inode> {
    fs::metadata(path).ok().map(|_found| Inode(0, 0))
}
