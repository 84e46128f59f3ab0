//! Possible duplicates by what the identity provider says: an account is linked to a sign-in there, and a SCIM user is described
//! with the same id. The number of statements does not depend on the number of members.

use super::listed::Found;
use super::{Conn, directory};
use crate::access::AccountId;
use crate::people::{Compared, Same, subjects};
use crate::storage::Result;
use crate::storage::schema::{identity, membership, sso_connection};
use diesel::prelude::*;
use provost::Object;
use provost::hook::TenantId;
use std::collections::HashMap;

/// Two memberships, and what they have in common.
pub(super) type Pair = (i64, i64, Same);

/// A link: whose, to which sign-in, and what of a SCIM user is compared with it.
type Link = (i64, String, Compared);

/// For members with a SCIM user, the memberships by hand whose account is linked as that user.
pub(super) fn with_links(conn: &mut Conn, tenant: TenantId, members: &[Found]) -> Result<Vec<Pair>> {
    let users: Vec<(i64, &Object)> =
        members.iter().filter_map(|one| Some((one.id.0, &one.user.as_ref()?.body))).collect();
    let wanted: Vec<String> = users.iter().flat_map(|(_, body)| subjects(body)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let known = links_as(conn, tenant, &wanted)?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(i64, Option<i64>)> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::user_seq.is_null())
        .filter(membership::account.eq_any(known.iter().map(|(account, ..)| *account)))
        .select((membership::id, membership::account))
        .load(conn)?;
    let by_hand: HashMap<i64, i64> =
        rows.into_iter().filter_map(|(id, account)| Some((account?, id))).collect();
    let mut pairs = Vec::new();
    for (account, subject, compared) in &known {
        let Some(other) = by_hand.get(account) else { continue };
        let same = users.iter().filter(|(_, body)| compared.is_of(subject, body));
        pairs.extend(same.map(|(id, _)| (*id, *other, Same::of(*compared))));
    }
    Ok(pairs)
}

/// For members by hand, the memberships of the SCIM users as whom their accounts are linked.
pub(super) fn with_users(conn: &mut Conn, tenant: TenantId, members: &[Found]) -> Result<Vec<Pair>> {
    let by_hand = members.iter().filter(|one| one.user.is_none());
    let mine: HashMap<i64, i64> = by_hand
        .filter_map(|one| one.standing.stage.account().map(|AccountId(account)| (account, one.id.0)))
        .collect();
    if mine.is_empty() {
        return Ok(Vec::new());
    }
    let known = links_of(conn, tenant, mine.keys().copied().collect())?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let users = users_as(conn, tenant, &known)?;
    let rows: Vec<(i64, Option<i64>)> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        // only with this explicit condition does SQLite use the partial index
        .filter(membership::user_seq.is_not_null())
        .filter(membership::user_seq.eq_any(users.iter().map(|user| user.seq)))
        .select((membership::id, membership::user_seq))
        .load(conn)?;
    let theirs: HashMap<i64, i64> = rows.into_iter().filter_map(|(id, user)| Some((user?, id))).collect();
    let mut pairs = Vec::new();
    for (account, subject, compared) in &known {
        let Some(id) = mine.get(account) else { continue };
        let same = users.iter().filter(|user| compared.is_of(subject, &user.body));
        let others = same.filter_map(|user| theirs.get(&user.seq));
        pairs.extend(others.map(|other| (*id, *other, Same::of(*compared))));
    }
    Ok(pairs)
}

/// The SCIM users who may be meant by these links.
fn users_as(conn: &mut Conn, tenant: TenantId, known: &[Link]) -> Result<Vec<directory::UserRow>> {
    let (names, ids): (Vec<&Link>, Vec<&Link>) =
        known.iter().partition(|(.., compared)| *compared == Compared::UserName);
    let names: Vec<&str> = names.iter().map(|(_, subject, _)| subject.as_str()).collect();
    let ids: Vec<String> = ids.iter().flat_map(|(_, subject, how)| how.spellings(subject)).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut users = Vec::new();
    if !names.is_empty() {
        users.extend(directory::users_with_addresses(conn, tenant, &names)?);
    }
    if !ids.is_empty() {
        users.extend(directory::users_with_external_id(conn, tenant, &ids)?);
    }
    Ok(users)
}

#[diesel::dsl::auto_type]
fn links(tenant: TenantId) -> _ {
    let tenant: i64 = tenant.0;
    let of_connection =
        sso_connection::tenant.eq(identity::tenant).and(sso_connection::id.eq(identity::connection));
    identity::table
        .inner_join(sso_connection::table.on(of_connection))
        .filter(identity::tenant.eq(tenant))
        .select((identity::account, identity::subject, sso_connection::compared))
}

fn links_as(conn: &mut Conn, tenant: TenantId, subjects: &[String]) -> QueryResult<Vec<Link>> {
    let rows = links(tenant).filter(identity::subject.eq_any(subjects)).load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

fn links_of(conn: &mut Conn, tenant: TenantId, accounts: Vec<i64>) -> QueryResult<Vec<Link>> {
    let rows = links(tenant).filter(identity::account.eq_any(accounts)).load(conn)?;
    Ok(rows.into_iter().map(read).collect())
}

fn read((account, subject, compared): (i64, String, String)) -> Link {
    (account, subject, Compared::stored(&compared))
}
