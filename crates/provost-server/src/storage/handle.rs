//! What the rest of the binary may ask of the database, for one kind of connection. Each call is one transaction, and
//! writes share a commit with those of the directory.

use super::queries::{audit, listings, organisations, settings, tokens};
use super::{Conn, Database, Directory, counters, directory};
use crate::audit::Record;
use crate::clock::Timestamp;
use crate::hook::Seats;
use crate::model::{Member, Organisation, OrganisationChange, Team, TokenRow};
use crate::slug::Slug;
use crate::storage::{Counter, Result, StorageError};
use crate::token::KeyId;
use diesel::Connection;
use provost::hook::TenantId;
use provost::unstable::diesel::{Derivation, Finding};
use provost::{AnyStore, SchemaSet};
use std::future::ready;
use std::sync::Arc;

/// The database of this server: a clone is another handle.
#[derive(Clone)]
pub(crate) struct Storage {
    database: Database,
    /// How the server that uses it makes what filters look for; `None` where nobody will ask for that.
    derivation: Option<Derivation>,
}

impl Storage {
    pub(super) fn new(database: Database, schemas: Option<&SchemaSet>) -> Self {
        Self { database, derivation: schemas.map(Derivation::of) }
    }

    /// The directory of users and groups, with our hook in its transactions: gives the store of a tenant, which is cheap.
    pub(crate) fn directory(
        &self,
        schemas: Arc<SchemaSet>,
    ) -> impl Fn(TenantId) -> AnyStore + Send + Sync + 'static {
        let directory = Directory::new(self.database.clone(), schemas, Seats);
        move |tenant| AnyStore::new(directory.tenant(tenant))
    }

    /// All organisations, by slug.
    pub(crate) async fn organisations(&self) -> Result<Vec<Organisation>> {
        self.scan(organisations::all).await
    }

    pub(crate) async fn organisation(&self, slug: &Slug) -> Result<Organisation> {
        self.read(|c| organisations::by_slug(c, slug)).await
    }

    pub(crate) async fn create_organisation(&self, new: Organisation) -> Result<()> {
        self.write(move |c| organisations::insert(c, &new)).await
    }

    /// Makes the first organisation and its token, and tells whether it did: not when there is an organisation already.
    pub(crate) async fn found(&self, organisation: Organisation, token: TokenRow) -> Result<bool> {
        self.write(move |c| {
            if !organisations::all(c)?.is_empty() {
                return Ok(false);
            }
            organisations::insert(c, &organisation)?;
            tokens::insert(c, &token)?;
            Ok(true)
        })
        .await
    }

    pub(crate) async fn update_organisation(
        &self,
        slug: Slug,
        change: OrganisationChange,
    ) -> Result<Organisation> {
        let derivation = self.derivation.clone();
        self.write(move |c| {
            // before the first start there are no such values, and nothing to compare
            if change.may_make_unique() && directory::is_prepared(c)? {
                prove(c, derivation.as_ref())?;
            }
            organisations::update(c, &slug, &change)
        })
        .await
    }

    /// Deletes an organisation with everything that is its own.
    pub(crate) async fn delete_organisation(&self, slug: Slug) -> Result<Organisation> {
        self.write(move |c| organisations::delete(c, &slug)).await
    }

    pub(crate) async fn create_token(&self, new: TokenRow) -> Result<()> {
        self.write(move |c| tokens::insert(c, &new)).await
    }

    /// The tokens of an organisation, oldest first.
    pub(crate) async fn tokens(&self, tenant: TenantId) -> Result<Vec<TokenRow>> {
        self.scan(move |c| tokens::of_tenant(c, tenant)).await
    }

    /// A token and the organisation that it opens. Each request asks: it is one statement, by the primary key.
    pub(crate) async fn token(&self, key_id: &KeyId) -> Result<Option<(TokenRow, Organisation)>> {
        self.read(|c| tokens::with_organisation(c, key_id)).await
    }

    pub(crate) async fn revoke_token(&self, key_id: KeyId, now: Timestamp) -> Result<TokenRow> {
        self.write(move |c| tokens::revoke(c, &key_id, now)).await
    }

    /// Notes that a token was used.
    pub(crate) async fn touch_token(&self, key_id: KeyId, now: Timestamp) -> Result<()> {
        self.write(move |c| tokens::touch(c, &key_id, now)).await
    }

    /// Adds to the audit trail; it is durable when this is done.
    pub(crate) async fn record(&self, records: Vec<Record>) -> Result<()> {
        self.write(move |c| Ok(records.iter().try_for_each(|record| audit::insert(c, record))?)).await
    }

    /// All members, by user name.
    pub(crate) async fn members(&self, tenant: TenantId) -> Result<Vec<Member>> {
        self.scan(move |c| listings::members(c, tenant)).await
    }

    /// All teams, by slug.
    pub(crate) async fn teams(&self, tenant: TenantId) -> Result<Vec<Team>> {
        self.scan(move |c| listings::teams(c, tenant)).await
    }

    /// The key that cursors are signed with, kept for all replicas: `fresh` when there is none yet.
    pub(crate) async fn cursor_key(&self, fresh: [u8; 32]) -> Result<[u8; 32]> {
        self.write(move |c| settings::cursor_key(c, fresh)).await
    }

    /// Brings all that is in the log into the file, and empties the log.
    pub(crate) async fn empty_log(&self) -> Result<()> {
        Ok(self.database.empty_log().await?)
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
        self.read(|c| {
            organisations::ping(c)?;
            prove(c, self.derivation.as_ref())
        })
        .await
    }

    /// What is wrong in the directory, up to `limit` findings. It reads everything.
    pub(crate) async fn check(&self, schemas: SchemaSet, limit: usize) -> Result<Vec<Finding>> {
        let derivation = self.derivation.clone();
        self.scan(move |c| {
            c.transaction(|c| {
                prove(c, derivation.as_ref())?;
                Ok(directory::check(c, &schemas, limit)?)
            })
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
    async fn scan<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.database.scan(job).await)
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.noted(self.database.write(job).await)
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

/// Holds that no other program, with other schemas or indices, made anew since what filters look for.
fn prove(conn: &mut Conn, derivation: Option<&Derivation>) -> Result<()> {
    match derivation {
        Some(derivation) => Ok(directory::prove(conn, derivation)?),
        None => Ok(()),
    }
}
