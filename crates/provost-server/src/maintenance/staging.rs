//! A file that is written beside its place and gets its name last: where the name is, the whole file is.
//!
//! It is written in a folder `NAME.partial` that its owner alone can enter, so that nobody reads it meanwhile. A process that
//! is killed leaves this folder; the next one of the same name takes it over, unless somebody holds the lock in it.

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A database may be written here, with what SQLite puts beside it.
const DATABASE: &str = "provost.db";
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];
const LOCK: &str = "lock";

/// A file on its way to its name. Dropped, it is removed.
#[derive(Debug)]
pub(in crate::maintenance) struct Staging {
    target: PathBuf,
    folder: PathBuf,
    lock: File,
}

/// Why a file does not get to its name.
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

/// The common ones in words of ours.
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

/// What becomes of a file that has the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::maintenance) enum Existing {
    Replace,
    Refuse,
}

impl Staging {
    /// Makes the folder, with an empty file that its owner alone can read.
    pub(in crate::maintenance) fn beside(target: &Path) -> Result<Self, StagingError> {
        let io = |source| StagingError::Io { path: target.to_owned(), source };
        // SQLite would read a name that begins with `file:` as something else
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
        // who held the lock before removes it at its end, and then it is no lock any more
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

    /// Flushes the file, which nobody has open any more, and gives it its name.
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

    /// Removes what is written here, and nothing else.
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

/// A folder that was there may be somebody else's, who would read along.
fn prove_private(folder: &Path) -> Result<(), StagingError> {
    let is_private = fs::symlink_metadata(folder).is_ok_and(|found| {
        found.is_dir() && found.mode() & 0o077 == 0 && found.uid() == rustix::process::geteuid().as_raw()
    });
    if is_private { Ok(()) } else { Err(StagingError::InTheWay(folder.to_owned())) }
}

/// Network file systems know no such renaming, but links.
fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        done => Ok(done?),
    }
}
