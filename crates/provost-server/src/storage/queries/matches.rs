//! Possible duplicates: a membership by hand, and one of a SCIM user with its address, or with the id that its account is linked
//! with. The number of statements does not depend on the number of members.

use super::listed::Found;
use super::{Conn, directory, same_id};
use crate::people::{AddressKey, Same};
use crate::storage::Result;
use crate::storage::schema::membership;
use diesel::prelude::*;
use provost::hook::TenantId;
use std::collections::HashMap;

/// The memberships of the other kind, each with what it has in common with a member.
pub(super) type Matches = HashMap<i64, Vec<(i64, Same)>>;

/// For each of these members, the memberships of the other kind that share an id or an address; an id says more. Members without any
/// are left out.
pub(super) fn of(conn: &mut Conn, tenant: TenantId, members: &[Found]) -> Result<Matches> {
    let mut matches = Matches::new();
    let mut add = |id: i64, other: i64, same: Same| {
        let others = matches.entry(id).or_default();
        if others.iter().all(|(known, _)| *known != other) {
            others.push((other, same));
        }
    };
    for (id, other, same) in same_id::with_links(conn, tenant, members)? {
        add(id, other, same);
    }
    for (id, other, same) in same_id::with_users(conn, tenant, members)? {
        add(id, other, same);
    }
    for (id, others) in by_hand(conn, tenant, members)?.into_iter().chain(of_users(conn, tenant, members)?) {
        others.into_iter().for_each(|other| add(id, other, Same::Address));
    }
    Ok(matches)
}

/// For members with a SCIM user, the memberships by hand with an address of it.
fn by_hand(conn: &mut Conn, tenant: TenantId, members: &[Found]) -> Result<HashMap<i64, Vec<i64>>> {
    let users = members.iter().filter_map(|one| Some((one.id.0, &one.user.as_ref()?.body)));
    let keys: Vec<(i64, AddressKey)> = users
        .flat_map(|(id, body)| AddressKey::of_user(body).into_iter().map(move |key| (id, key)))
        .collect();
    let mut matches: HashMap<i64, Vec<i64>> = HashMap::new();
    if keys.is_empty() {
        return Ok(matches);
    }
    let rows: Vec<(i64, Option<String>)> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        // only with this explicit condition does SQLite use the partial index
        .filter(membership::email_key.is_not_null())
        .filter(membership::email_key.eq_any(keys.iter().map(|(_, key)| key.as_str())))
        .select((membership::id, membership::email_key))
        .load(conn)?;
    let found: HashMap<String, i64> = rows.into_iter().filter_map(|(id, key)| Some((key?, id))).collect();
    for (id, key) in &keys {
        matches.entry(*id).or_default().extend(found.get(key.as_str()));
    }
    matches.retain(|_, others| !others.is_empty());
    Ok(matches)
}

/// For members by hand, the memberships of SCIM users with their address.
fn of_users(conn: &mut Conn, tenant: TenantId, members: &[Found]) -> Result<HashMap<i64, Vec<i64>>> {
    let by_hand = members.iter().filter(|one| one.user.is_none());
    let ids: HashMap<AddressKey, i64> =
        by_hand.filter_map(|one| Some((AddressKey::of(one.member.email.as_ref()?), one.id.0))).collect();
    let mut matches: HashMap<i64, Vec<i64>> = HashMap::new();
    if ids.is_empty() {
        return Ok(matches);
    }
    let keys: Vec<&str> = ids.keys().map(AddressKey::as_str).collect();
    let users = directory::users_with_addresses(conn, tenant, &keys)?;
    if users.is_empty() {
        return Ok(matches);
    }
    // inactive users have no membership
    let rows: Vec<(i64, Option<i64>)> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::user_seq.is_not_null())
        .filter(membership::user_seq.eq_any(users.iter().map(|user| user.seq)))
        .select((membership::id, membership::user_seq))
        .load(conn)?;
    let memberships: HashMap<i64, i64> =
        rows.into_iter().filter_map(|(id, user)| Some((user?, id))).collect();
    for user in &users {
        let Some(other) = memberships.get(&user.seq) else { continue };
        for id in AddressKey::of_user(&user.body).iter().filter_map(|key| ids.get(key)) {
            matches.entry(*id).or_default().push(*other);
        }
    }
    Ok(matches)
}
