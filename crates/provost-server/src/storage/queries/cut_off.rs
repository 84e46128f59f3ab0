//! Writes to the directory by a person who cuts a member off. Rights are checked, and the record is written, in the
//! same transaction.

use super::acts::permitted;
use super::at::Doer;
use super::hook::{Memberships, Writer};
use super::{Conn, Directory, Storage, audit, organisations};
use crate::audit::{Action, Deed};
use crate::people::{CutOff, to_cut_off};
use crate::storage::StorageError;
use provost::hook::{HookError, WriteContext, WriteSummary};
use provost::{AnyStore, SchemaSet, StoreError};
use std::sync::Arc;

impl Storage {
    pub(crate) fn directory_of(&self, schemas: Arc<SchemaSet>, cut_off: CutOff) -> AnyStore {
        let tenant = cut_off.order.tenant;
        let hook = Memberships { keys: self.keys(), writer: cut_off };
        AnyStore::new(Directory::new(self.database(), schemas, hook).tenant(tenant))
    }
}

impl Writer for CutOff {
    fn doer(&self) -> Doer<'_> {
        Doer::Actor(&self.order.by.actor)
    }

    fn prove(&self, conn: &mut Conn) -> Result<(), HookError> {
        let organisation = organisations::by_tenant(conn, self.order.tenant)?;
        let is_on = organisation.is_none_or(|organisation| organisation.scim);
        let needs = |to| to_cut_off(to, is_on);
        if is_on && !self.was_on {
            let why = "SCIM was enabled meanwhile, so the identity provider manages them again: nothing was changed";
            return Err(HookError::Refused(why.to_owned()));
        }
        match permitted(conn, &self.order, needs, |to, by, _| needs(to).is_allowed(by)) {
            Ok(_) => Ok(()),
            Err(StorageError::NoMember(_)) => Err(HookError::Store(StoreError::NotFound)),
            Err(other) => Err(other.into()),
        }
    }

    fn tell(&self, conn: &mut Conn, _: &WriteContext, _: &WriteSummary<'_>) -> Result<(), HookError> {
        let Self { order, user, user_name, .. } = self;
        let deed = Deed::of(order.tenant, Action::CutOff, user).noting("member", order.id.to_string());
        Ok(audit::tell(conn, &order.by, &deed.about("userName", Some(user_name)))?)
    }
}
