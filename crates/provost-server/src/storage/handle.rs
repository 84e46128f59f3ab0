//! The database handle for one kind of connection: runs the statements of each subject, one transaction per call. This
//! file is compiled once for each kind, with the `Database` and `Conn` of the parent module.

use super::queries::{audit, called, check, settings};
use super::{Conn, Database, Lane, directory};
use crate::audit::{Action, By, Deed, Done};
use crate::clock::{Keys, Timestamp};
use crate::storage::schema::organisation;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::SchemaSet;
use provost::unstable::diesel::{Derivation, Finding, Refreshed};
use std::sync::Arc;

/// The server's database. Cloning gives another handle to it.
#[derive(Clone)]
pub(crate) struct Storage {
    pub(super) database: Database,
    /// How the columns that filters search are derived; `None` where nothing will search them.
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

    pub(crate) async fn cursor_key(&self, fresh: [u8; 32]) -> Result<[u8; 32]> {
        self.unrecorded(move |conn| settings::cursor_key(conn, fresh)).await
    }

    pub(crate) async fn mark_restored(&self, by: By) -> Result<()> {
        let at = by.at;
        self.change(by, move |conn| settings::mark_restored(conn, at)).await
    }

    pub(crate) async fn restored(&self) -> Result<Option<Timestamp>> {
        self.read(settings::restored).await
    }

    pub(crate) async fn forget_restored(&self, by: By) -> Result<Option<Timestamp>> {
        self.change(by, settings::forget_restored).await
    }

    pub(crate) async fn ping(&self) -> Result<()> {
        if let Some(why) = self.trouble() {
            return Err(StorageError::Unfit(why));
        }
        let proof = self.proof();
        self.read(move |conn| {
            answers(conn)?;
            proof(conn)
        })
        .await
    }

    pub(crate) async fn check(&self, schemas: SchemaSet, limit: usize) -> Result<Vec<Finding>> {
        let proof = self.proof();
        self.scan_at_once(move |conn| {
            proof(conn)?;
            let mut found = directory::damage(conn)?;
            // without readable rows there is nothing to compare
            if found.is_empty() {
                found = directory::check(conn, &schemas, limit)?;
                found.extend(check::application(conn, limit.saturating_sub(found.len()))?);
            }
            Ok(found)
        })
        .await
    }

    pub(crate) async fn notices(&self, limit: usize) -> Result<Vec<Finding>> {
        self.scan(move |conn| Ok(directory::notices(conn, limit)?)).await
    }

    /// Reads many rows, on a thread that may block.
    pub(super) async fn scan<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.database.scan(job).await)
    }

    /// Like [`Self::scan`], in one snapshot, for results that must be consistent with each other.
    pub(super) async fn scan_at_once<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.database.snapshot(job).await)
    }

    /// Writes what somebody decided, and the record of who did it, in one transaction: either both or neither.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        by: By,
        mut job: impl FnMut(&mut Conn) -> Result<Done<T>> + Send + 'static,
    ) -> Result<T> {
        self.unrecorded(move |conn| {
            let (value, deeds) = job(conn)?.into_parts();
            deeds.iter().try_for_each(|deed| audit::tell(conn, &by, deed))?;
            Ok(value)
        })
        .await
    }

    /// Writes what nobody decided, such as when a token was last used. For anything else use [`Self::change`].
    pub(super) async fn unrecorded<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_in(Lane::Shared, job).await
    }

    /// A write that queues in a lane: one that nobody decided, or that is itself a record.
    pub(super) async fn write_in<T: Send + 'static>(
        &self,
        lane: Lane,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.database.write_in(lane, job).await)
    }

    /// Checks that no other program, with other schemas or indices, has since rebuilt what filters search.
    pub(super) fn proof(&self) -> impl Fn(&mut Conn) -> Result<()> + Send + 'static {
        let derivation = self.derivation.clone();
        move |conn| Ok(derivation.iter().try_for_each(|derivation| directory::prove(conn, derivation))?)
    }
}

/// The cheapest query that any sound database of ours can answer.
pub(super) fn answers(conn: &mut Conn) -> Result<()> {
    organisation::table.filter(organisation::tenant.eq(0)).select(organisation::tenant).load::<i64>(conn)?;
    Ok(())
}

/// After the migrations: notes which version ran them, and rebuilds what filters search for these schemas.
pub(super) fn settle(
    conn: &mut Conn,
    schemas: Option<&SchemaSet>,
    by: &By,
    steps: &mut Vec<String>,
) -> Result<()> {
    if !steps.is_empty() {
        settings::note_version(conn)?;
    }
    if let Some(schemas) = schemas {
        let Refreshed { activated, derived, .. } =
            directory::refresh(conn, schemas).map_err(|e| StorageError::Migration(e.into()))?;
        if activated > 0 {
            steps.push(format!("gave-active-true-to-{activated}-resources"));
        }
        if derived > 0 {
            steps.push(format!("indexed-{derived}-resources-anew"));
        }
    }
    if steps.iter().any(|step| step == called::STEP) {
        called::fill(conn)?;
    }
    match steps.is_empty() {
        true => Ok(()),
        false => {
            let deed = Deed::of_installation(Action::Upgrade, env!("CARGO_PKG_VERSION"));
            audit::tell(conn, by, &deed.noting("steps", steps.clone()))
        }
    }
}
