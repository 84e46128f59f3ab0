//! What the rest of the binary may ask of the database, for one kind of connection.

use super::{Backend, directory, listings, organisations, settings, tokens};
use crate::clock::Timestamp;
use crate::model::{Member, Organisation, OrganisationChange, Team, TokenRow};
use crate::slug::Slug;
use crate::storage::{Result, Storage, StorageError};
use crate::token::KeyId;
use diesel::Connection;
use provost::core::SchemaSet;
use provost::diesel::sqlite::Condition;
use provost::diesel::{Finding, TenantId};

impl Storage for Backend {
    fn organisations(&self) -> Result<Vec<Organisation>> {
        self.read(organisations::all)
    }
    fn organisation(&self, slug: &Slug) -> Result<Organisation> {
        self.read(|c| organisations::by_slug(c, slug))
    }
    fn create_organisation(&self, new: &Organisation) -> Result<()> {
        self.write(|c| organisations::insert(c, new))
    }
    fn found(&self, organisation: &Organisation, token: &TokenRow) -> Result<bool> {
        self.write(|c| {
            if !organisations::all(c)?.is_empty() {
                return Ok(false);
            }
            organisations::insert(c, organisation)?;
            tokens::insert(c, token)?;
            Ok(true)
        })
    }
    fn update_organisation(&self, slug: &Slug, change: &OrganisationChange) -> Result<Organisation> {
        self.write(|c| {
            // before the first start there are no such values, and nothing to compare
            if change.may_make_unique() && directory::is_prepared(c)? {
                self.prove(c)?;
            }
            organisations::update(c, slug, change)
        })
    }
    fn delete_organisation(&self, slug: &Slug) -> Result<Organisation> {
        self.write(|c| organisations::delete(c, slug))
    }
    fn create_token(&self, new: &TokenRow) -> Result<()> {
        self.write(|c| tokens::insert(c, new))
    }
    fn tokens(&self, tenant: TenantId) -> Result<Vec<TokenRow>> {
        self.read(|c| tokens::of_tenant(c, tenant))
    }
    fn token(&self, key_id: &KeyId) -> Result<Option<(TokenRow, Organisation)>> {
        self.read(|c| tokens::with_organisation(c, key_id))
    }
    fn revoke_token(&self, key_id: &KeyId, now: Timestamp) -> Result<TokenRow> {
        self.write(|c| tokens::revoke(c, key_id, now))
    }
    fn touch_token(&self, key_id: &KeyId, now: Timestamp) -> Result<()> {
        self.write(|c| tokens::touch(c, key_id, now))
    }
    fn members(&self, tenant: TenantId) -> Result<Vec<Member>> {
        self.read(|c| listings::members(c, tenant))
    }
    fn teams(&self, tenant: TenantId) -> Result<Vec<Team>> {
        self.read(|c| listings::teams(c, tenant))
    }
    fn cursor_key(&self, fresh: [u8; 32]) -> Result<[u8; 32]> {
        self.write(|c| settings::cursor_key(c, fresh))
    }
    fn empty_log(&self) -> Result<()> {
        Self::empty_log(self)
    }
    fn vacuum(&self) -> Result<()> {
        Self::vacuum(self)
    }
    fn is_overwritten(&self) -> Result<bool> {
        self.read(settings::is_overwritten)
    }
    fn watch(&self, condition: &Condition) {
        // there is one directory to a storage
        let _ = self.condition.set(condition.clone());
    }
    fn ping(&self) -> Result<()> {
        if let Some(why) = self.condition.get().and_then(Condition::trouble) {
            return Err(StorageError::Unfit(why.to_owned()));
        }
        self.read(|c| {
            organisations::ping(c)?;
            self.prove(c)
        })
    }
    fn check(&self, schemas: &SchemaSet, limit: usize) -> Result<Vec<Finding>> {
        self.read(|c| {
            c.transaction(|c| {
                self.prove(c)?;
                Ok(directory::check(c, schemas, limit)?)
            })
        })
    }
    fn notices(&self, limit: usize) -> Result<Vec<Finding>> {
        self.read(|c| Ok(directory::notices(c, limit)?))
    }
}
