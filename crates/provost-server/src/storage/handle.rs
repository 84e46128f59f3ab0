//! The handle of the database, for one kind of connection: how the statements of a subject are run, and the upkeep of the
//! database itself. Each call is one transaction, and writes share a commit with those of the directory.

use super::queries::{check, settings};
use super::{Conn, Database, Lane, counters, directory};
use crate::clock::{Keys, Timestamp};
use crate::storage::schema::organisation;
use crate::storage::{Counter, Result, StorageError};
use diesel::prelude::*;
use provost::SchemaSet;
use provost::unstable::diesel::{Derivation, Finding};
use std::future::ready;
use std::path::Path;
use std::sync::Arc;

/// The database of this server: a clone is another handle.
#[derive(Clone)]
pub(crate) struct Storage {
    database: Database,
    /// How the server that uses it makes what filters look for; `None` where nobody will ask for that.
    derivation: Option<Derivation>,
    /// For new memberships and teams.
    keys: Arc<Keys>,
}

impl Storage {
    pub(super) fn new(database: Database, schemas: Option<&SchemaSet>) -> Result<Self> {
        let keys = Arc::new(Keys::new()?);
        Ok(Self { database, derivation: schemas.map(Derivation::of), keys })
    }

    pub(super) fn keys(&self) -> Arc<Keys> {
        self.keys.clone()
    }

    pub(super) fn database(&self) -> Database {
        self.database.clone()
    }

    /// The key that cursors are signed with, kept for all replicas: `fresh` when there is none yet.
    pub(crate) async fn cursor_key(&self, fresh: [u8; 32]) -> Result<[u8; 32]> {
        self.write(move |c| settings::cursor_key(c, fresh)).await
    }

    /// Brings all that is in the log into the file, and empties the log.
    pub(crate) async fn empty_log(&self) -> Result<()> {
        Ok(self.database.empty_log().await?)
    }

    /// Writes a copy of all that was committed into an empty file.
    pub(crate) async fn copy_to(&self, file: &Path) -> Result<()> {
        self.database.copy_to(file).await.map_err(StorageError::NotCopied)
    }

    /// What SQLite finds wrong in the file. It reads everything.
    pub(crate) async fn damage(&self) -> Result<Vec<String>> {
        let found = self.scan(|c| Ok(directory::damage(c)?)).await?;
        Ok(found.into_iter().map(|finding| finding.what).collect())
    }

    /// Notes that the database comes from a backup.
    pub(crate) async fn mark_restored(&self, now: Timestamp) -> Result<()> {
        self.write(move |c| settings::mark_restored(c, now)).await
    }

    /// When the database was restored from a backup, until somebody says that provisioning was restarted after that.
    pub(crate) fn restored(&self) -> Result<Option<Timestamp>> {
        self.database.read(settings::restored)
    }

    /// Ends what [`Self::restored`] says; gives what it said.
    pub(crate) async fn forget_restored(&self) -> Result<Option<Timestamp>> {
        self.write(settings::forget_restored).await
    }

    /// Writes the file anew, without what was deleted from it.
    pub(crate) async fn vacuum(&self) -> Result<()> {
        self.database.vacuum().await?;
        self.write(settings::mark_overwritten).await
    }

    /// Whether nothing that an earlier release deleted can be left in the file.
    pub(crate) async fn is_overwritten(&self) -> Result<bool> {
        self.read(settings::is_overwritten).await
    }

    /// Whether the database answers, and is the one that was prepared for this server.
    pub(crate) async fn ping(&self) -> Result<()> {
        if let Some(why) = self.database.condition().trouble() {
            return Err(StorageError::Unfit(why.to_owned()));
        }
        let proof = self.proof();
        self.read(|conn| {
            answers(conn)?;
            proof(conn)
        })
        .await
    }

    /// What is wrong in the directory, and in what follows from it, up to `limit` findings. It reads everything.
    pub(crate) async fn check(&self, schemas: SchemaSet, limit: usize) -> Result<Vec<Finding>> {
        let proof = self.proof();
        self.scan_at_once(move |conn| {
            proof(conn)?;
            let mut found = directory::damage(conn)?;
            // what cannot be read well cannot be compared
            if found.is_empty() {
                found = directory::check(conn, &schemas, limit)?;
                found.extend(check::application(conn, limit.saturating_sub(found.len()))?);
            }
            Ok(found)
        })
        .await
    }

    /// Users whose names would not be taken today, up to `limit`. It reads everything.
    pub(crate) async fn notices(&self, limit: usize) -> Result<Vec<Finding>> {
        self.scan(move |c| Ok(directory::notices(c, limit)?)).await
    }

    /// What the database counts.
    pub(crate) fn counters(&self) -> Vec<Counter> {
        counters(&self.database)
    }

    /// A look-up by an index. SQLite has the answer before another thread could begin to look, so it is given at once, on
    /// the thread that asks.
    pub(super) fn read<T: Send>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T>,
    ) -> impl Future<Output = Result<T>> + Send {
        ready(self.noted(self.database.read(job)))
    }

    /// What reads many rows, on a thread that may block.
    pub(super) async fn scan<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.database.scan(job).await)
    }

    /// The same in one snapshot, for what has to fit together.
    pub(super) async fn scan_at_once<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.scan(move |conn| conn.transaction(job)).await
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_in(Lane::Shared, job).await
    }

    /// A write that waits its turn in a lane.
    pub(super) async fn write_in<T: Send + 'static>(
        &self,
        lane: Lane,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.database.write_in(lane, job).await)
    }

    /// Holds that no other program, with other schemas or indices, made anew since what filters look for.
    pub(super) fn proof(&self) -> impl Fn(&mut Conn) -> Result<()> + Send + 'static {
        let derivation = self.derivation.clone();
        move |conn| Ok(derivation.iter().try_for_each(|derivation| directory::prove(conn, derivation))?)
    }

    /// What is answered, remembered where it says that the file is damaged.
    fn noted<T>(&self, answer: Result<T>) -> Result<T> {
        answer.inspect_err(|e| {
            if let StorageError::Failed(e) = e {
                self.database.condition().note(e);
            }
        })
    }
}

/// The cheapest question to which a sound database of ours has an answer.
pub(super) fn answers(conn: &mut Conn) -> Result<()> {
    organisation::table.filter(organisation::tenant.eq(0)).select(organisation::tenant).load::<i64>(conn)?;
    Ok(())
}
