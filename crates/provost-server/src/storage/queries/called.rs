//! The names people are listed by, stored beside memberships and for users without access. Written when a name changes,
//! filled in for older data, and checked against their sources.

use super::memberships::SHOWN;
use super::{Conn, directory, organisations};
#[cfg(feature = "console")]
use crate::access::AccountId;
use crate::clock::Timestamp;
use crate::people::{Called, MembershipId};
use crate::storage::Result;
use crate::storage::later::Later;
use crate::storage::schema::{account, membership, without_access};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use provost::hook::TenantId;
use provost::unstable::diesel::Finding;
use std::collections::{HashMap, HashSet};

/// The migration that adds these columns.
pub(in crate::storage) const STEP: &str = "20260101100180";

/// Rows read in one statement.
const CHUNK: i64 = 500;

/// A SCIM user has a new name.
pub(super) fn rename(conn: &mut Conn, tenant: TenantId, user: i64, called: &Called) -> QueryResult<()> {
    let member = membership::table.filter(membership::tenant.eq(tenant.0));
    let member = member.filter(membership::user_seq.eq(user));
    let change = (membership::sort.eq(&called.sort), membership::search.eq(&called.search));
    conn.later(diesel::update(member).set(change))?;
    let change = (without_access::sort.eq(&called.sort), without_access::search.eq(&called.search));
    conn.later(diesel::update(without_access::table.find((tenant.0, user))).set(change))
}

/// A SCIM user became inactive; returns since when, if that ended a membership.
pub(super) fn lose_access(
    conn: &mut Conn,
    tenant: TenantId,
    (user, called): (i64, &Called),
    since: Option<Timestamp>,
) -> QueryResult<()> {
    let row = (
        without_access::tenant.eq(tenant.0),
        without_access::user_seq.eq(user),
        without_access::sort.eq(&called.sort),
        without_access::search.eq(&called.search),
        without_access::unassigned.eq(since.map(Timestamp::as_millis)),
    );
    let new = diesel::insert_into(without_access::table).values(row);
    let new = new.on_conflict((without_access::tenant, without_access::user_seq)).do_update();
    conn.later(new.set((
        without_access::sort.eq(&called.sort),
        without_access::search.eq(&called.search),
        without_access::unassigned.eq(since.map(Timestamp::as_millis)),
    )))
}

/// The SCIM user is active again, or deleted.
pub(super) fn forget_without_access(conn: &mut Conn, tenant: TenantId, user: i64) -> QueryResult<()> {
    conn.later(diesel::delete(without_access::table.find((tenant.0, user))))
}

/// Somebody joined through a membership by hand, with an account that has its own name and address.
pub(super) fn name_after_account(conn: &mut Conn, tenant: TenantId, id: MembershipId) -> QueryResult<()> {
    let row: Option<ByHand> =
        by_hand(tenant).filter(membership::id.eq(id.0)).select(by_hand_columns()).first(conn).optional()?;
    match row {
        Some(row) => name(conn, tenant, id.0, &row.called()),
        None => Ok(()),
    }
}

/// An account has a new name, which its memberships by hand take over.
#[cfg(feature = "console")]
pub(super) fn name_after(conn: &mut Conn, id: AccountId) -> QueryResult<()> {
    let by_hand: Vec<(i64, i64)> = membership::table
        .filter(membership::account.eq(id.0))
        .filter(membership::user_seq.is_null())
        .select((membership::tenant, membership::id))
        .load(conn)?;
    for (tenant, id) in by_hand {
        name_after_account(conn, TenantId(tenant), MembershipId(id))?;
    }
    Ok(())
}

fn name(conn: &mut Conn, tenant: TenantId, id: i64, called: &Called) -> QueryResult<()> {
    let change = (membership::sort.eq(&called.sort), membership::search.eq(&called.search));
    conn.later(diesel::update(membership::table.find((tenant.0, id))).set(change))
}

/// What a membership and its account say about somebody who is not in the directory.
#[derive(Queryable)]
struct ByHand {
    name: Option<String>,
    email: Option<String>,
    account: Option<(String, Option<String>)>,
}

impl ByHand {
    fn called(&self) -> Called {
        let (name, email) = match &self.account {
            Some((name, email)) => (Some(name), email.as_ref()),
            None => (None, None),
        };
        let names = [self.name.as_ref(), name, self.email.as_ref(), email];
        Called::of(names.into_iter().flatten().map(String::as_str))
    }
}

#[diesel::dsl::auto_type]
fn by_hand(tenant: TenantId) -> _ {
    let tenant: i64 = tenant.0;
    membership::table
        .left_join(account::table.on(membership::account.eq(account::id.nullable())))
        .filter(membership::tenant.eq(tenant))
}

#[diesel::dsl::auto_type]
fn by_hand_columns() -> _ {
    (membership::name, membership::email, (account::name, account::email).nullable())
}

/// A membership: what is listed, and what should be.
struct Compared {
    id: i64,
    stored: Option<Called>,
    called: Called,
    /// The listed state, and the correct one.
    shown: (String, String),
}

/// Some memberships of a tenant, those after the key `after`.
fn compared(conn: &mut Conn, tenant: TenantId, after: i64) -> Result<Vec<Compared>> {
    type Columns = (i64, Option<i64>, (Option<String>, Option<String>), (String, String), ByHand);
    let rows: Vec<Columns> = by_hand(tenant)
        .filter(membership::id.gt(after))
        .order(membership::id)
        .limit(CHUNK)
        .select((
            membership::id,
            membership::user_seq,
            (membership::sort, membership::search),
            (membership::shown, sql::<Text>(SHOWN)),
            by_hand_columns(),
        ))
        .load(conn)?;
    let seqs: Vec<i64> = rows.iter().filter_map(|(_, user, ..)| *user).collect();
    let users = directory::users(conn, tenant, &seqs)?;
    let users: HashMap<i64, Called> =
        users.into_iter().map(|user| (user.seq, Called::of_user(&user.body))).collect();
    let compare = |(id, user, (sort, search), shown, row): Columns| {
        let stored = sort.zip(search).map(|(sort, search)| Called { sort, search });
        let called = match user {
            Some(seq) => users.get(&seq).cloned().unwrap_or_default(),
            None => row.called(),
        };
        Compared { id, stored, called, shown }
    };
    Ok(rows.into_iter().map(compare).collect())
}

/// A SCIM user without a membership: what is listed, and what should be.
type Outsider = (i64, Option<Called>, Called);

/// Some users of a tenant, those after the key `after`: the key of the last one, and those without a membership.
fn outsiders(conn: &mut Conn, tenant: TenantId, after: i64) -> Result<Option<(i64, Vec<Outsider>)>> {
    let users = directory::all_users(conn, tenant, after, CHUNK)?;
    let Some(last) = users.last().map(|user| user.seq) else { return Ok(None) };
    let rows: Vec<(i64, String, String)> = without_access::table
        .filter(without_access::tenant.eq(tenant.0))
        .filter(without_access::user_seq.gt(after))
        .filter(without_access::user_seq.le(last))
        .select((without_access::user_seq, without_access::sort, without_access::search))
        .load(conn)?;
    let mut stored: HashMap<i64, Called> =
        rows.into_iter().map(|(seq, sort, search)| (seq, Called { sort, search })).collect();
    let members: Vec<Option<i64>> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .filter(membership::user_seq.gt(after))
        .filter(membership::user_seq.le(last))
        .select(membership::user_seq)
        .load(conn)?;
    let members: HashSet<i64> = members.into_iter().flatten().collect();
    let others = users.iter().filter(|user| !members.contains(&user.seq));
    let found = others.map(|user| (user.seq, stored.remove(&user.seq), Called::of_user(&user.body)));
    Ok(Some((last, found.collect())))
}

/// Fills in the listed names in a database of an earlier version.
pub(in crate::storage) fn fill(conn: &mut Conn) -> Result<()> {
    for organisation in organisations::all(conn)? {
        let (tenant, mut after) = (organisation.tenant, i64::MIN);
        loop {
            let some = compared(conn, tenant, after)?;
            let Some(last) = some.last() else { break };
            after = last.id;
            for one in &some {
                name(conn, tenant, one.id, &one.called)?;
            }
        }
        after = i64::MIN;
        while let Some((last, some)) = outsiders(conn, tenant, after)? {
            after = last;
            for (user, _, called) in &some {
                lose_access(conn, tenant, (*user, called), None)?;
            }
        }
    }
    Ok(())
}

/// Reports members, and users without a membership, whose listed name or state is wrong.
pub(super) fn check(conn: &mut Conn, tenant: TenantId, found: &mut Vec<Finding>) -> Result<()> {
    let (mut named, mut shown, mut after) = (0_usize, 0_usize, i64::MIN);
    loop {
        let some = compared(conn, tenant, after)?;
        let Some(last) = some.last() else { break };
        after = last.id;
        let is_misnamed = |one: &&Compared| one.stored.as_ref() != Some(&one.called);
        named = named.saturating_add(some.iter().filter(is_misnamed).count());
        shown = shown.saturating_add(some.iter().filter(|one| one.shown.0 != one.shown.1).count());
    }
    let (mut right, mut wrong) = (0_usize, 0_usize);
    after = i64::MIN;
    while let Some((last, some)) = outsiders(conn, tenant, after)? {
        after = last;
        let is_right = |(_, stored, called): &&Outsider| stored.as_ref() == Some(called);
        let n = some.iter().filter(is_right).count();
        right = right.saturating_add(n);
        wrong = wrong.saturating_add(some.len().saturating_sub(n));
    }
    let rows = without_access::table.filter(without_access::tenant.eq(tenant.0));
    let rows: i64 = rows.count().get_result(conn)?;
    // a wrongly listed row is counted only once
    let strays = usize::try_from(rows).unwrap_or_default().saturating_sub(right.saturating_add(wrong));
    for (n, what) in [
        (named, "members who are not listed by what they are called"),
        (shown, "members who are listed in another state than theirs"),
        (wrong, "users without a membership who are not listed by what they are called"),
        (strays, "users listed as without a membership who hold one, or do not exist"),
    ] {
        if n > 0 {
            found.push(Finding::new(Some(tenant), None, format!("there are {n} {what}")));
        }
    }
    Ok(())
}
