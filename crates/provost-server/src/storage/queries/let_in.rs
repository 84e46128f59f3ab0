//! Makes people who sign in through the identity provider members, where an owner wants that and SCIM is off.

use super::at::At;
use super::{Conn, Storage, accounts, acts, directory, listed, organisations, people, sso};
use crate::access::{AccountId, Action as Right};
use crate::audit::{Action, By, Deed, Done};
use crate::organisations::Organisation;
use crate::people::{Address, ManagedBy, Role};
use crate::sso::{Arrived, Connection, ConnectionId, LetInStore, SHOWN};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::{identity, membership};
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::hook::TenantId;
use std::collections::HashSet;

impl LetInStore for Storage {
    async fn set_lets_in(&self, by: By, tenant: TenantId, lets_in: bool) -> Result<()> {
        let actor = by.actor.clone();
        self.change(by, move |conn| {
            conn.hold(Held::WholeOrganisation(tenant))?;
            acts::prove_role(conn, tenant, &actor, Right::EditSignOn)?;
            let found = sso::of_tenant(conn, tenant)?;
            let Some(on) = found.on() else { return Err(refused("single sign-on is not switched on")) };
            if on.standing.lets_in() == lets_in {
                return Ok(Done::nothing(()));
            }
            let here = organisations::by_tenant(conn, tenant)?;
            if lets_in && here.is_none_or(|here| here.scim) {
                return Err(refused(
                    "SCIM is on, and says who is a member: disable SCIM before just-in-time members are let in",
                ));
            }
            sso::set_lets_in(conn, tenant, on.id, lets_in)?;
            Ok(Done::told((), Deed::of(tenant, Action::SetJustInTime, &on.id.0).noting("letsIn", lets_in)))
        })
        .await
    }

    async fn lets_in(&self, tenant: TenantId) -> Result<bool> {
        self.read(move |conn| Ok(sso::of_tenant(conn, tenant)?.on().is_some_and(|on| on.standing.lets_in())))
            .await
    }

    async fn stays_by_hand(&self, tenant: TenantId) -> Result<(usize, Vec<String>)> {
        self.scan_at_once(move |conn| match sso::of_tenant(conn, tenant)?.on() {
            Some(on) => stay(conn, tenant, on.id),
            None => Ok((0, Vec::new())),
        })
        .await
    }
}

/// The members by hand whom `met.rs` would not merge: how many, and the first of them by name.
fn stay(conn: &mut Conn, tenant: TenantId, on: ConnectionId) -> Result<(usize, Vec<String>)> {
    let came = identity::table.filter(identity::tenant.eq(tenant.0)).filter(identity::connection.eq(on.0));
    let came: Vec<i64> =
        came.filter(identity::how.eq("just-in-time")).select(identity::account).load(conn)?;
    let came: HashSet<i64> = came.into_iter().collect();
    let rows: Vec<(i64, Option<i64>, String)> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::managed_by.eq(ManagedBy::Hand.as_str()))
        .filter(membership::account.is_not_null())
        .order(membership::id)
        .select((membership::id, membership::account, membership::role))
        .load(conn)?;
    let stays = |(_, account, role): &&(i64, Option<i64>, String)| {
        role == Role::Owner.as_str() || account.is_none_or(|account| !came.contains(&account))
    };
    let ids: Vec<i64> = rows.iter().filter(stays).map(|(id, ..)| *id).collect();
    let first: Vec<i64> = ids.iter().take(SHOWN).copied().collect();
    let mut names: Vec<String> = listed::some(conn, tenant, &first)?.into_iter().map(listed::named).collect();
    names.sort();
    Ok((ids.len(), names))
}

fn refused(why: &str) -> StorageError {
    StorageError::Refused(why.to_owned())
}

/// Makes an account and a membership for a newcomer. Refuses if the address already belongs to an account, a member or
/// a SCIM user.
pub(super) fn come(
    conn: &mut Conn,
    at: At<'_>,
    here: &Organisation,
    on: &Connection,
    person: &Arrived,
) -> Result<Option<(AccountId, Vec<Deed>)>> {
    let Some(email) = person.email.as_deref().and_then(|text| text.parse::<Address>().ok()) else {
        return Ok(None);
    };
    let key = email.key();
    if accounts::has_address(conn, &key)?
        || !people::by_hand(conn, at.tenant, std::slice::from_ref(&key))?.is_empty()
        || !directory::users_with_address(conn, at.tenant, key.as_str())?.is_empty()
    {
        return Ok(None);
    }
    let name = crate::names::name(&person.called).unwrap_or_else(|_unusable| email.as_str().to_owned());
    let role = here.default_role;
    let id = accounts::insert_without_password(conn, at.keys, &name, at.now)?;
    let member = people::let_in(conn, at, (&email, &name), role, id)?;
    sso::link(conn, at.tenant, on.id, sso::New::JustInTime(&person.subject), id, at.now)?;
    let joined = Deed::of(at.tenant, Action::LetMemberIn, &member)
        .noting("role", role.as_str())
        .noting("account", id.0.to_string())
        .about("email", Some(email.as_str()))
        .about("name", Some(&name));
    let linked = Deed::of(at.tenant, Action::LinkSignOn, &id.0)
        .noting("how", "just-in-time")
        .noting("member", member.0.to_string())
        .noting("role", role.as_str())
        .about("name", Some(&name));
    let made = Deed::of(at.tenant, Action::CreateAccount, &id.0).about("name", Some(&name));
    Ok(Some((id, vec![made, joined, linked])))
}
