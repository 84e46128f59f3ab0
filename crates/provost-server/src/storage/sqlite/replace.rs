//! A database that is being replaced: nobody else has it open meanwhile, and its log goes with it.

use super::identity::{self, Identity};
use super::queries::tombstones;
use crate::organisations::Tombstone;
use crate::storage::schema::organisation;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::StoreError;
use provost::unstable::diesel::sqlite::Alone;
use std::fs;
use std::path::{Path, PathBuf};

/// The database that is there, or a place for one. Dropped before it is replaced, it is left as it was.
#[derive(Debug)]
pub(crate) struct Replaced {
    alone: Alone,
    path: PathBuf,
    was_there: bool,
    is_replaced: bool,
}

impl Replaced {
    /// Locks everybody else out.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let was_there = identity::prove_whole(path)?;
        let alone = Alone::open(path).map_err(|e| match e {
            StoreError::Unavailable { .. } => StorageError::InUse(path.to_owned()),
            StoreError::Unfit(_) => StorageError::Unreadable(path.to_owned()),
            e => StorageError::cannot_open(e),
        })?;
        Ok(Self { alone, path: path.to_owned(), was_there, is_replaced: false })
    }

    /// What would be lost, if anything. A database of another program is refused.
    pub(crate) fn holds(&mut self) -> Result<Option<String>> {
        match identity::of(self.alone.conn(), &self.path) {
            Ok(Identity::New) | Err(StorageError::Hollow(_)) => Ok(None),
            Ok(Identity::Ours) => match organisation::table.count().get_result::<i64>(self.alone.conn())? {
                0 => Ok(None),
                1 => Ok(Some("an organisation".to_owned())),
                n => Ok(Some(format!("{n} organisations"))),
            },
            Err(StorageError::Newer { .. }) => Ok(Some("what a newer version wrote".to_owned())),
            Err(StorageError::Incomplete { .. }) => Ok(Some("what is left of a damaged one".to_owned())),
            Err(e) => Err(e),
        }
    }

    /// What is left in it of organisations that were deleted. One that is not ours, or of an earlier version, says nothing.
    ///
    /// # Errors
    /// It cannot be read: it is damaged, which is what a restore is for.
    pub(crate) fn tombstones(&mut self) -> Result<Vec<Tombstone>> {
        match identity::of(self.alone.conn(), &self.path) {
            Ok(Identity::Ours) if identity::has_table(self.alone.conn(), "deleted_organisation")? => {
                Ok(tombstones::all(self.alone.conn())?)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Brings its log into it. Until it is replaced, it is whole without a log.
    pub(crate) fn take_log_in(&mut self) -> Result<()> {
        Ok(self.alone.take_log_in()?)
    }

    /// Another file has its name now.
    pub(crate) fn replaced(mut self) {
        self.is_replaced = true;
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        // it was made to be locked
        if !self.was_there && !self.is_replaced {
            drop(fs::remove_file(&self.path));
        }
    }
}
