//! Writes a file beside its place and gives it its name last, so that the name always means the whole file.
//!
//! The file is written in a folder `NAME.partial` that only its owner can enter, so that nobody else reads it
//! meanwhile. A killed process leaves the folder behind; the next one for the same name reuses it, unless somebody
//! holds the lock in it.

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file may be a database, with what SQLite puts beside it.
const DATABASE: &str = "provost.db";
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];
const LOCK: &str = "lock";

/// A file that does not have its name yet. Dropping it deletes it.
#[derive(Debug)]
pub(in crate::maintenance) struct Staging {
    target: PathBuf,
    folder: PathBuf,
    lock: File,
}

/// Why a file did not get its name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StagingError {
    #[error("`{}` exists and is not replaced: name another file, or move it away", .0.display())]
    Exists(PathBuf),
    #[error("`{}` is in the way: move it away", .0.display())]
    InTheWay(PathBuf),
    #[error("another command is writing `{}`: wait until it ends", .0.display())]
    Busy(PathBuf),
    #[error("`{}` cannot be written: {}", path.display(), reason(source))]
    Io { path: PathBuf, source: io::Error },
}

/// Our words for the common reasons.
fn reason(e: &io::Error) -> String {
    match e.kind() {
        ErrorKind::NotFound => "its folder does not exist".to_owned(),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "you may not write in its folder".to_owned()
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        _ => e.to_string(),
    }
}

/// What to do with a file that already has the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::maintenance) enum Existing {
    Replace,
    Refuse,
}

impl Staging {
    /// Makes the folder, with an empty file that only its owner can read.
    pub(in crate::maintenance) fn beside(target: &Path) -> Result<Self, StagingError> {
        let io = |source| StagingError::Io { path: target.to_owned(), source };
        // SQLite would interpret a relative name that begins with `file:`
        let target = std::path::absolute(target).map_err(io)?;
        let mut folder = target.clone().into_os_string();
        folder.push(".partial");
        let folder = PathBuf::from(folder);
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => prove_private(&folder)?,
            made => made.map_err(io)?,
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(folder.join(LOCK))
            .map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StagingError::Busy(target)),
            Err(TryLockError::Error(e)) => return Err(io(e)),
        }
        let staging = Self { target, folder, lock };
        // the previous holder of the lock deletes it at its end, after which it locks nothing
        if !staging.is_ours().map_err(io)? {
            return Err(StagingError::Busy(staging.target.clone()));
        }
        staging.clear();
        OpenOptions::new().create_new(true).write(true).mode(0o600).open(staging.file()).map_err(io)?;
        Ok(staging)
    }

    /// The file to write.
    pub(in crate::maintenance) fn file(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    /// Flushes the file, which nobody may have open any more, and gives it its name.
    pub(in crate::maintenance) fn publish(self, existing: Existing) -> Result<(), StagingError> {
        let io = |source| StagingError::Io { path: self.target.clone(), source };
        File::open(self.file()).and_then(|file| file.sync_all()).map_err(io)?;
        let named = match existing {
            Existing::Replace => fs::rename(self.file(), &self.target),
            Existing::Refuse => rename_to_new(&self.file(), &self.target),
        };
        named.map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => StagingError::Exists(self.target.clone()),
            _ => io(e),
        })?;
        let parent = self.target.parent().unwrap_or(Path::new("/"));
        File::open(parent).and_then(|folder| folder.sync_all()).map_err(io)
    }

    fn is_ours(&self) -> io::Result<bool> {
        let held = self.lock.metadata()?;
        Ok(fs::metadata(self.folder.join(LOCK))
            .is_ok_and(|named| (named.dev(), named.ino()) == (held.dev(), held.ino())))
    }

    /// Deletes what is written here, and nothing else.
    fn clear(&self) {
        let file = self.file();
        for suffix in BESIDE {
            let mut name = file.clone().into_os_string();
            name.push(suffix);
            drop(fs::remove_file(name));
        }
        drop(fs::remove_file(file));
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.is_ours().unwrap_or(false) {
            self.clear();
            drop(fs::remove_file(self.folder.join(LOCK)));
            drop(fs::remove_dir(&self.folder));
        }
    }
}

/// An existing folder may belong to somebody else, who could read the file.
fn prove_private(folder: &Path) -> Result<(), StagingError> {
    let is_private = fs::symlink_metadata(folder).is_ok_and(|found| {
        found.is_dir() && found.mode() & 0o077 == 0 && found.uid() == rustix::process::geteuid().as_raw()
    });
    if is_private { Ok(()) } else { Err(StagingError::InTheWay(folder.to_owned())) }
}

/// Some network file systems cannot rename in this way, but can link.
fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        done => Ok(done?),
    }
}
