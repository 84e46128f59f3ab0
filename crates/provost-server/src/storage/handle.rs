//! The handle of the database, for one kind of connection: how the statements of a subject are run. An ordinary file, compiled
//! once for each kind, whose `Database` and `Conn` are those of the module above. Each call is one transaction.

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

/// The database of this server: a clone is another handle.
#[derive(Clone)]
pub(crate) struct Storage {
    pub(super) database: Database,
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
            // what cannot be read well cannot be compared
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

    /// What reads many rows, on a thread that may block.
    pub(super) async fn scan<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.database.scan(job).await)
    }

    /// The same in one snapshot, for what has to fit together.
    pub(super) async fn scan_at_once<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.database.snapshot(job).await)
    }

    /// Writes what somebody decided, and in the same transaction who did and what it was: none of the two is without the other.
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

    /// Writes what nobody decided, such as when a token was used. What somebody decides is a [`Self::change`].
    pub(super) async fn unrecorded<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_in(Lane::Shared, job).await
    }

    /// A write that waits its turn in a lane: what nobody decided, or what is a record itself.
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
}

/// The cheapest question to which a sound database of ours has an answer.
pub(super) fn answers(conn: &mut Conn) -> Result<()> {
    organisation::table.filter(organisation::tenant.eq(0)).select(organisation::tenant).load::<i64>(conn)?;
    Ok(())
}

/// After the steps: notes who took them, and makes what filters look for as these schemas need it.
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
