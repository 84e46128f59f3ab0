//! What commands ask about members and do to them. A member is looked up by name inside the transaction that changes
//! it.

use super::at::{At, Doer};
use super::listed::{self, Found};
use super::{Conn, Storage, directory};
use super::{invitations, matches, people};
use crate::audit::{Action, By, Deed, Done, Settings};
use crate::clock::Timestamp;
use crate::people::life::Event;
use crate::people::{
    Address, AddressKey, Details, ManagedBy, Member, MembershipId, Merge, PeopleStore, PossibleMatch, Role,
    Same, State,
};
use crate::storage::locks::{Held, Hold};
use crate::storage::schema::membership;
use crate::storage::{Result, StorageError};
use diesel::prelude::*;
use provost::Id;
use provost::hook::TenantId;
use std::collections::HashMap;

impl PeopleStore for Storage {
    async fn members(&self, tenant: TenantId, states: Vec<State>) -> Result<Vec<Member>> {
        self.scan_at_once(move |conn| listed::all(conn, tenant, &states)).await
    }

    async fn member(&self, tenant: TenantId, name: String) -> Result<Details> {
        self.scan_at_once(move |conn| details(conn, tenant, &name)).await
    }

    async fn invite(
        &self,
        by: By,
        tenant: TenantId,
        email: Address,
        name: Option<String>,
        role: Role,
    ) -> Result<MembershipId> {
        let (keys, now, inviter) = (self.keys(), by.at, by.actor.account());
        let actor = by.actor.clone();
        self.change(by, move |conn| {
            let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
            let (id, invited) = people::invite(conn, at, (&email, name.as_deref()), role, inviter)?;
            Ok(Done::told(id, invited))
        })
        .await
    }

    async fn give_role(&self, by: By, tenant: TenantId, name: String, role: Role) -> Result<Member> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let found = named(conn, tenant, &name)?;
            give(
                conn,
                At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) },
                &found,
                Event::RoleGiven(role),
            )
        })
        .await
    }

    async fn remove_member(&self, by: By, tenant: TenantId, name: String) -> Result<Member> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let found = named(conn, tenant, &name)?;
            remove(conn, At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) }, found)
        })
        .await
    }

    async fn merge(&self, by: By, tenant: TenantId, name: String, user: Id, is_done: bool) -> Result<Merge> {
        let (keys, now, actor) = (self.keys(), by.at, by.actor.clone());
        self.change(by, move |conn| {
            let kept = named_by_hand(conn, tenant, &name)?;
            let (seq, gone) = of_user(conn, tenant, &user)?;
            if is_done {
                let at = At { tenant, keys: &keys, now, doer: Doer::Actor(&actor) };
                return merge(conn, at, kept, gone, seq);
            }
            people::merged(conn, tenant, &kept, &gone)?;
            Ok(Done::nothing(Merge { kept: kept.member, gone: gone.member }))
        })
        .await
    }

    async fn by_hand(&self, tenant: TenantId) -> Result<Vec<Details>> {
        self.scan_at_once(move |conn| {
            let ids: Vec<i64> = membership::table
                .filter(membership::tenant.eq(tenant.0))
                .filter(membership::managed_by.eq(ManagedBy::Hand.as_str()))
                .select(membership::id)
                .load(conn)?;
            ids.into_iter().map(|id| details(conn, tenant, &id.to_string())).collect()
        })
        .await
    }

    async fn renamed_roles(&self, tenant: TenantId) -> Result<i64> {
        self.scan(move |conn| {
            let renamed = membership::table
                .filter(membership::tenant.eq(tenant.0))
                .filter(membership::role_reason.is_not_null());
            Ok(renamed.count().get_result(conn)?)
        })
        .await
    }
}

/// Gives the member another role, or the same one from another source.
pub(super) fn give(conn: &mut Conn, at: At<'_>, found: &Found, event: Event) -> Result<Done<Member>> {
    people::happen(conn, at, found, event)?;
    let after = listed::one(conn, at.tenant, found.id)?;
    let after = after.ok_or_else(|| StorageError::NoMember(found.id.to_string()))?;
    let deed = told(at.tenant, Action::GiveRole, found).changing(&roles(found), &roles(&after));
    Ok(if deed.is_void() { Done::nothing(after.member) } else { Done::told(after.member, deed) })
}

/// A membership by hand becomes that of the user with this key, whose own membership goes.
pub(super) fn merge(conn: &mut Conn, at: At<'_>, kept: Found, gone: Found, user: i64) -> Result<Done<Merge>> {
    people::merge(conn, at, (&kept, &gone), user)?;
    let deed = told(at.tenant, Action::MergeMember, &kept).noting("gone", gone.id.0.to_string());
    let id = gone.member.scim_user_id.as_ref().map(Id::as_str).unwrap_or_default();
    let deed = deed.noting("user", id);
    Ok(Done::told(Merge { kept: kept.member, gone: gone.member }, deed))
}

/// A membership by hand ends.
pub(super) fn remove(conn: &mut Conn, at: At<'_>, found: Found) -> Result<Done<Member>> {
    people::happen(conn, at, &found, Event::Removed)?;
    let deed = told(at.tenant, Action::RemoveMember, &found).noting("role", found.member.role());
    Ok(Done::told(found.member, deed))
}

/// A deed done to a member, with its id, and its name kept apart.
pub(super) fn told(tenant: TenantId, action: Action, found: &Found) -> Deed {
    let deed = Deed::of(tenant, action, &found.id).about("userName", Some(&found.member.user_name));
    deed.about("email", found.member.email.as_deref())
}

fn roles(found: &Found) -> Settings {
    let held = found.standing.role;
    let (role, source) = (held.role().as_str().into(), held.source().into());
    Settings::from_iter([("role".to_owned(), role), ("roleSource".to_owned(), source)])
}

/// The membership of the SCIM user with this id, and the user's key.
fn of_user(conn: &mut Conn, tenant: TenantId, user: &Id) -> Result<(i64, Found)> {
    let missing = || StorageError::NoUser(user.to_string());
    let user = directory::user_by_id(conn, tenant, user.as_str())?.ok_or_else(missing)?;
    let of_tenant = membership::table.filter(membership::tenant.eq(tenant.0));
    let id: Option<i64> =
        of_tenant.filter(membership::user_seq.eq(user.seq)).select(membership::id).first(conn).optional()?;
    let found = match id {
        Some(id) => listed::one(conn, tenant, MembershipId(id))?,
        None => None,
    };
    Ok((user.seq, found.ok_or_else(missing)?))
}

/// The membership by hand of this name. A person who was invited and is also a SCIM user has two.
fn named_by_hand(conn: &mut Conn, tenant: TenantId, name: &str) -> Result<Found> {
    match named(conn, tenant, name) {
        Err(StorageError::ManyMembers { .. }) => {
            let key = AddressKey::of(name);
            let by_hand = people::by_hand(conn, tenant, std::slice::from_ref(&key))?;
            let found = match by_hand.first() {
                Some(one) => listed::one(conn, tenant, one.id)?,
                None => None,
            };
            found.ok_or_else(|| StorageError::NoMember(name.to_owned()))
        }
        found => found,
    }
}

/// The member that a command names.
pub(super) fn named(conn: &mut Conn, tenant: TenantId, name: &str) -> Result<Found> {
    if let Ok(id) = name.trim().parse()
        && let Some(found) = listed::one(conn, tenant, MembershipId(id))?
    {
        return Ok(found);
    }
    let missing = || StorageError::NoMember(name.to_owned());
    match called(conn, tenant, &AddressKey::of(name))?[..] {
        [id] => listed::one(conn, tenant, id)?.ok_or_else(missing),
        [] => Err(missing()),
        ref ids => {
            let ids = ids.iter().map(ToString::to_string).collect();
            Err(StorageError::ManyMembers { name: name.to_owned(), ids })
        }
    }
}

/// Like [`named`], and keeps others from changing or removing the member until the transaction ends.
pub(super) fn held(conn: &mut Conn, tenant: TenantId, name: &str) -> Result<Found> {
    let id = named(conn, tenant, name)?.id;
    conn.hold(Held::Membership(tenant, id.0))?;
    listed::one(conn, tenant, id)?.ok_or_else(|| StorageError::NoMember(name.to_owned()))
}

/// The memberships of those with this user name or address.
fn called(conn: &mut Conn, tenant: TenantId, key: &AddressKey) -> Result<Vec<MembershipId>> {
    let users = people::provided(conn, tenant, key)?;
    let seqs: Vec<i64> = users.iter().map(|user| user.seq).collect();
    let is_one = membership::email_key.eq(key.as_str()).or(membership::user_seq.eq_any(seqs));
    let of_tenant = membership::table.filter(membership::tenant.eq(tenant.0)).filter(is_one);
    let ids: Vec<i64> = of_tenant.order(membership::id).select(membership::id).load(conn)?;
    Ok(ids.into_iter().map(MembershipId).collect())
}

/// Everything known about a member.
pub(super) fn details(conn: &mut Conn, tenant: TenantId, name: &str) -> Result<Details> {
    let found = named(conn, tenant, name)?;
    details_of(conn, tenant, found)
}

/// The details of a member that was already looked up.
pub(super) fn details_of(conn: &mut Conn, tenant: TenantId, found: Found) -> Result<Details> {
    let (created, former_role, unassigned): (i64, Option<String>, Option<i64>) = membership::table
        .find((tenant.0, found.id.0))
        .select((membership::created, membership::role_reason, membership::unassigned))
        .first(conn)?;
    Ok(Details {
        possible_matches: possible_matches(conn, tenant, &found)?,
        member: found.member,
        created: Some(Timestamp::from_millis(created)),
        former_role,
        unassigned: unassigned.map(Timestamp::from_millis),
        invitation: invitations::state_of(conn, tenant, found.id)?,
    })
}

/// Memberships of the other kind that share an address or an id with this one.
fn possible_matches(conn: &mut Conn, tenant: TenantId, found: &Found) -> Result<Vec<PossibleMatch>> {
    let found = matches::of(conn, tenant, std::slice::from_ref(found))?.remove(&found.id.0);
    let same: HashMap<i64, Same> = found.unwrap_or_default().into_iter().collect();
    let ids: Vec<i64> = same.keys().copied().collect();
    let mut others = listed::some(conn, tenant, &ids)?;
    others.sort_by_key(|other| other.id);
    let possible = |other: Found| {
        let Member { user_name, display_name, scim_user_id, .. } = other.member;
        let same = same.get(&other.id.0).copied().unwrap_or(Same::Address);
        PossibleMatch { id: other.id, user_name, scim_user_id, display_name, same }
    };
    Ok(others.into_iter().map(possible).collect())
}
