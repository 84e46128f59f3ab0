//! Changes by a person to a team that follows a group. Rights and the switch are checked, and the record is written, in the
//! transaction that changes the group.

use super::acts::prove_role;
use super::at::Doer;
use super::hook::{Memberships, Writer};
use super::{Conn, Directory, Storage, audit, directory, members, organisations, team_list};
use crate::access::Action as Right;
use crate::audit::{Action, Deed};
use crate::slug::Slug;
use crate::storage::schema::{team, team_membership};
use crate::storage::{Result, StorageError};
use crate::teams::{Change, GroupChange, Person, Provided, ProvidedStore, TeamId};
use diesel::prelude::*;
use provost::hook::{HookError, TenantId, WriteContext, WriteSummary};
use provost::{AnyStore, SchemaSet};
use std::sync::Arc;

impl ProvidedStore for Storage {
    async fn provided(&self, tenant: TenantId, slug: Slug, person: Option<String>) -> Result<Provided> {
        self.scan_at_once(move |conn| provided(conn, tenant, slug.clone(), person.as_deref())).await
    }
}

fn provided(conn: &mut Conn, tenant: TenantId, slug: Slug, person: Option<&str>) -> Result<Provided> {
    let found: Option<(i64, Option<String>, Option<i64>)> = team::table
        .filter(team::tenant.eq(tenant.0))
        .filter(team::slug.eq(slug.as_str()))
        .select((team::id, team::group_id, team::group_seq))
        .first(conn)
        .optional()?;
    let Some((id, Some(group), Some(seq))) = found else { return Err(StorageError::NoTeam(slug)) };
    let all = team_membership::table
        .filter(team_membership::tenant.eq(tenant.0))
        .filter(team_membership::team.eq(id));
    let members: i64 = all.count().get_result(conn)?;
    let without_access = directory::inactive_members(conn, tenant, &[seq])?;
    let without_access: i64 = without_access.iter().map(|(_, number)| number).sum();
    let person = match person {
        None => None,
        Some(name) => {
            let found = members::named(conn, tenant, name)?;
            let place = all.filter(team_membership::membership.eq(found.id.0));
            let is_in = place.select(team_membership::team).first::<i64>(conn).optional()?.is_some();
            Some(Person { id: found.id, member: found.member, is_in })
        }
    };
    let is_empty = members == 0 && without_access == 0;
    Ok(Provided { id: TeamId(id), slug, group: group.into(), is_empty, person })
}

impl Storage {
    pub(crate) fn directory_of_team(&self, schemas: Arc<SchemaSet>, change: GroupChange) -> AnyStore {
        let tenant = change.tenant;
        let hook = Memberships { keys: self.keys(), writer: change };
        AnyStore::new(Directory::new(self.database(), schemas, hook).tenant(tenant))
    }
}

impl Writer for GroupChange {
    fn doer(&self) -> Doer<'_> {
        Doer::Actor(&self.by.actor)
    }

    fn prove(&self, conn: &mut Conn) -> Result<(), HookError> {
        prove_role(conn, self.tenant, &self.by.actor, Right::EditTeams)?;
        match organisations::by_tenant(conn, self.tenant)? {
            Some(organisation) if organisation.scim => {
                let why = StorageError::TeamProvided(self.team.slug.clone()).to_string();
                Err(StorageError::Refused(why).into())
            }
            _ => Ok(()),
        }
    }

    fn tell(&self, conn: &mut Conn, _: &WriteContext, written: &WriteSummary<'_>) -> Result<(), HookError> {
        if !written.changed {
            return Ok(());
        }
        let Provided { id, slug, person, group, .. } = &self.team;
        let deed = |action| team_list::told(self.tenant, action, *id, slug).noting("group", group.as_str());
        let of_person = |deed: Deed| match person {
            Some(person) => team_list::with_member(deed, person.id, &person.member),
            None => deed,
        };
        let deed = match &self.change {
            Change::Rename(name) => deed(Action::RenameTeam).noting("name", name.as_str()),
            Change::Add(_) => of_person(deed(Action::AddToTeam)),
            Change::Remove(_) => of_person(deed(Action::RemoveFromTeam)),
            Change::Empty => deed(Action::EmptyTeam).noting("members", written.removed.len()),
            Change::Delete => deed(Action::DeleteTeam),
        };
        Ok(audit::tell(conn, &self.by, &deed)?)
    }
}
