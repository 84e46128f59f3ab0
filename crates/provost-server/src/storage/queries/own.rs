//! What people do to their own account.

use super::at::{At, Doer};
use super::{Conn, Storage, access, accounts, called, listed, members, organisations, recovery, sessions};
use crate::access::{AccountId, Digest, Hashed, OwnAccountStore, OwnPlace, Reason, TEAMS_NAMED};
use crate::audit::{Action, By, Done};
use crate::people::{MembershipId, Role};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{account, membership, team, team_membership};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;

impl OwnAccountStore for Storage {
    async fn rename_account(&self, by: By, id: AccountId, name: String) -> Result<()> {
        self.change(by, move |conn| {
            let before = accounts::one(conn, id)?.ok_or_else(|| gone(id))?;
            if before.name == name {
                return Ok(Done::nothing(()));
            }
            diesel::update(account::table.find(id.0)).set(account::name.eq(&name)).execute(conn)?;
            called::name_after(conn, id)?;
            let after = accounts::one(conn, id)?.ok_or_else(|| gone(id))?;
            Ok(Done::told((), access::told(&after, Action::RenameAccount)))
        })
        .await
    }

    async fn change_password(&self, by: By, id: AccountId, kept: Digest, password: Hashed) -> Result<()> {
        let now = by.at;
        self.change(by, move |conn| {
            accounts::set_password(conn, id, &password)?;
            recovery::end(conn, id, now)?;
            let ended = sessions::end_all(conn, id, Some(kept), Reason::NewPassword, now)?;
            sessions::keep(conn, id, kept)?;
            let account = accounts::one(conn, id)?.ok_or_else(|| gone(id))?;
            Ok(Done::told((), access::told(&account, Action::SetPassword).noting("sessionsEnded", ended)))
        })
        .await
    }

    async fn leave(&self, by: By, tenant: TenantId, id: AccountId, is_proved: bool) -> Result<()> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            conn.hold(Held::Owners(tenant))?;
            let mine = membership::table.filter(membership::tenant.eq(tenant.0));
            let mine = mine.filter(membership::account.eq(id.0)).select(membership::id);
            let mine = mine.first::<i64>(conn).optional()?.map(MembershipId);
            let mine = mine.ok_or_else(|| StorageError::NoMember(id.0.to_string()))?;
            conn.hold(Held::Membership(tenant, mine.0))?;
            let found = listed::one(conn, tenant, mine)?;
            let found = found.ok_or_else(|| StorageError::NoMember(mine.to_string()))?;
            if found.standing.role.role() == Role::Owner && !is_proved {
                let why = "you are an owner by now, and leave with your password alone: nothing was changed";
                return Err(StorageError::Refused(why.to_owned()));
            }
            let (_, deeds) =
                members::remove(conn, At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) }, found)?
                    .into_parts();
            Ok(Done::several((), deeds))
        })
        .await
    }

    async fn own_places(&self, id: AccountId) -> Result<Vec<OwnPlace>> {
        self.scan_at_once(move |conn| places(conn, id)).await
    }
}

fn gone(id: AccountId) -> StorageError {
    StorageError::NoAccount(id.0.to_string())
}

fn places(conn: &mut Conn, id: AccountId) -> Result<Vec<OwnPlace>> {
    let mine: Vec<(i64, i64)> = membership::table
        .filter(membership::account.eq(id.0))
        .select((membership::tenant, membership::id))
        .load(conn)?;
    let mut places = Vec::new();
    for (tenant, mine) in mine {
        let tenant = TenantId(tenant);
        let Some(organisation) = organisations::by_tenant(conn, tenant)? else { continue };
        let Some(found) = listed::some(conn, tenant, &[mine])?.into_iter().next() else { continue };
        let (teams, more_teams) = teams(conn, tenant, mine)?;
        places.push(OwnPlace {
            organisation,
            role: found.standing.role.role(),
            managed_by: found.standing.managed_by,
            teams,
            more_teams,
        });
    }
    places.sort_by(|a, b| a.organisation.name.cmp(&b.organisation.name));
    Ok(places)
}

/// The names of a membership's first teams, and how many more there are.
fn teams(conn: &mut Conn, tenant: TenantId, id: i64) -> Result<(Vec<String>, i64)> {
    let mine = team_membership::table
        .filter(team_membership::tenant.eq(tenant.0))
        .filter(team_membership::membership.eq(id));
    let all: i64 = mine.count().get_result(conn)?;
    let named: Vec<String> = mine
        .inner_join(
            team::table.on(team::tenant.eq(team_membership::tenant).and(team::id.eq(team_membership::team))),
        )
        .order((team::name, team::id))
        .limit(i64::try_from(TEAMS_NAMED).unwrap_or(i64::MAX))
        .select(team::name)
        .load(conn)?;
    let more = all.saturating_sub(i64::try_from(named.len()).unwrap_or(all));
    Ok((named, more))
}
