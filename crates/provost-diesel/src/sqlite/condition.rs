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
    /// The path, if it leads elsewhere now. A log is made by the first write, and is the right one then.
    fn stray(&mut self) -> Option<&Path> {
        let found = inode(&self.path);
        if self.file.is_none() {
            self.file = found;
        }
        (found != self.file).then_some(&*self.path)
    }
}

/// What makes a file the same one, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Inode(u64, u64);

impl Condition {
    /// Remembers the files of a database that was opened, its log and the index of that included: a connection that
    /// opens another log writes what nobody else sees. Where they were remembered before, only the log may be another one.
    pub(super) fn opened(&self, path: &Path) {
        let mut files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        let main = files.first().map(|main| main.file);
        // SQLite keeps the log beside the file that a link leads to
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let beside = |suffix: &str| {
            let mut name = target.clone().into_os_string();
            name.push(suffix);
            PathBuf::from(name)
        };
        let opened = |path: PathBuf| Opened { file: inode(&path), path };
        *files = [path.to_owned(), beside("-wal"), beside("-shm")].map(opened).into();
        if let Some((first, main)) = files.first_mut().zip(main) {
            first.file = main;
        }
    }

    /// The connection that writes is closed: if it was the last, SQLite removed the log with it.
    pub(super) fn log_closed(&self) {
        let mut files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter_mut().skip(1).for_each(|log| log.file = None);
    }

    /// Looks whether the files are in their place, and says so once in the log when that changed. Three system calls.
    ///
    /// # Errors
    /// [`StoreError::Unfit`]: they are not.
    pub fn look(&self) -> Result<(), StoreError> {
        let mut files = self.0.files.lock().unwrap_or_else(PoisonError::into_inner);
        let stray = files.iter_mut().find_map(Opened::stray);
        let was_lost = self.0.lost.swap(stray.is_some(), Ordering::Relaxed);
        match stray {
            Some(path) if !was_lost => tracing::error!(path = %path.display(), "{LOST}"),
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

/// diesel does not hand through SQLite's result codes, so its fixed messages must do.
fn is_damage(e: &DieselError) -> bool {
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
