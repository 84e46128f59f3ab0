//! A database file that nobody else has open, so that it can be replaced.

use super::connection::File;
use super::{Conn, Options};
use crate::error;
use diesel::connection::SimpleConnection;
use provost_provider::Result;
use std::fmt;
use std::path::Path;

/// A database file that only this process has open. While it lives, SQLite locks out everybody else, including readers,
/// and the file may be replaced: those who waited notice that it is another one.
pub struct Alone {
    conn: Conn,
}

impl fmt::Debug for Alone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Alone(..)")
    }
}

impl Alone {
    /// Opens a database file, or creates an empty one that only its owner can read. Does not wait for others.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`](provost_provider::StoreError::Unavailable): somebody else has it open;
    /// [`StoreError::Unfit`](provost_provider::StoreError::Unfit): it is damaged, not a database, or cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let file = File::new(path.as_ref(), &Options { busy_timeout_ms: 0, ..Options::default() })?;
        Ok(Self { conn: file.alone()? })
    }

    /// The connection.
    pub fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// Writes the whole log into the file, and deletes the log.
    ///
    /// # Errors
    /// The database failed.
    pub fn take_log_in(&mut self) -> Result<()> {
        self.conn
            .batch_execute("PRAGMA synchronous=FULL; PRAGMA journal_mode=DELETE;")
            .map_err(error::database)
    }
}
