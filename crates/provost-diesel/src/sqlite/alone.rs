//! A database file that nobody else has open: for those who replace it.

use super::connection::File;
use super::{Conn, Options};
use crate::error;
use diesel::connection::SimpleConnection;
use provost_provider::Result;
use std::fmt;
use std::path::Path;

/// A database file that this process alone has open. While it lives, SQLite keeps all others out, readers too, and the file
/// may be replaced: who waited meanwhile notices that it is another one.
pub struct Alone {
    conn: Conn,
}

impl fmt::Debug for Alone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Alone(..)")
    }
}

impl Alone {
    /// Opens a database file, or makes an empty one, readable by its owner alone. It waits for nobody.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`](provost_provider::StoreError::Unavailable): somebody has it open;
    /// [`StoreError::Unfit`](provost_provider::StoreError::Unfit): it is damaged, or no database; or it cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let file = File::new(path.as_ref(), &Options { busy_timeout_ms: 0, ..Options::default() })?;
        Ok(Self { conn: file.alone()? })
    }

    /// The connection.
    pub fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// Brings all that is in the log into the file, and removes the log.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn take_log_in(&mut self) -> Result<()> {
        self.conn
            .batch_execute("PRAGMA synchronous=FULL; PRAGMA journal_mode=DELETE;")
            .map_err(error::database)
    }
}
