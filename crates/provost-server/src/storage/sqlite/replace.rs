//! A database that is being replaced. Nobody else has it open meanwhile, and its log is replaced with it.

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

/// The existing database, or the place for a new one. Dropped without a replacement, it is as it was.
#[derive(Debug)]
pub(crate) struct Replaced {
    alone: Alone,
    path: PathBuf,
    was_there: bool,
    is_replaced: bool,
}

impl Replaced {
    /// Locks out everybody else.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let was_there = identity::prove_whole(path)?;
        let alone = Alone::open(path).map_err(|e| match e {
            StoreError::Unavailable { .. } => StorageError::InUse(path.to_owned()),
            StoreError::Unfit(_) => StorageError::Unreadable(path.to_owned()),
            e => StorageError::cannot_open(e),
        })?;
        Ok(Self { alone, path: path.to_owned(), was_there, is_replaced: false })
    }

    /// What replacing it would lose, if anything. Refuses a database of another program.
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

    /// The tombstones of deleted organisations in it; none if it is not ours or of an earlier version.
    ///
    /// # Errors
    /// It cannot be read, for instance because it is damaged, which may be why it is being restored.
    pub(crate) fn tombstones(&mut self) -> Result<Vec<Tombstone>> {
        match identity::of(self.alone.conn(), &self.path) {
            Ok(Identity::Ours) if identity::has_table(self.alone.conn(), "deleted_organisation")? => {
                Ok(tombstones::all(self.alone.conn())?)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Writes its log into it, so that it is whole without a log until it is replaced.
    pub(crate) fn take_log_in(&mut self) -> Result<()> {
        Ok(self.alone.take_log_in()?)
    }

    /// Another file has taken its name.
    pub(crate) fn replaced(mut self) {
        self.is_replaced = true;
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        // it was created only to be locked
        if !self.was_there && !self.is_replaced {
            drop(fs::remove_file(&self.path));
        }
    }
}
