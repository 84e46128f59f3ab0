//! Statements on teams and team memberships. Those that write run in the directory's transaction, called by its hook.
//!
//! A team membership exists exactly while its user is in the group and holds a membership: code that grants or revokes a
//! membership, or changes a group, meets that rule here and in `members` and nowhere else.

use super::directory::{self, UserRow};
use super::{Conn, Storage};
use crate::clock::Timestamp;
use crate::slug::Slug;
use crate::storage::Result;
use crate::storage::schema::{membership, team, team_membership};
use crate::teams::{Team, TeamMember, TeamStore};
use diesel::prelude::*;
use provost::hook::{ResourceRef, TenantId};
use std::collections::HashMap;

/// Rows named in one statement; SQLite allows 32,766 bound values.
const CHUNK: usize = 500;

impl TeamStore for Storage {
    async fn teams(&self, tenant: TenantId) -> Result<Vec<Team>> {
        self.scan(move |conn| all(conn, tenant)).await
    }
}

type Row = (i64, String, String, String);

fn all(conn: &mut Conn, tenant: TenantId) -> Result<Vec<Team>> {
    let users = users(conn, tenant)?;
    let mut members: HashMap<i64, Vec<TeamMember>> = HashMap::new();
    for (group, user) in memberships(conn, tenant)? {
        if let Some(user) = users.get(&user) {
            let member = TeamMember { user_name: user.user_name().to_owned(), scim_user_id: user.id.clone() };
            members.entry(group).or_default().push(member);
        }
    }
    let rows: Vec<Row> = team::table
        .filter(team::tenant.eq(tenant.0))
        .order(team::slug)
        .select((team::group_seq, team::group_id, team::slug, team::name))
        .load(conn)?;
    let team = |(group_seq, group_id, slug, name): Row| {
        let mut members = members.remove(&group_seq).unwrap_or_default();
        members.sort_by(|a, b| (&a.user_name, &a.scim_user_id).cmp(&(&b.user_name, &b.scim_user_id)));
        Team { slug: Slug::stored(slug), name, group_id: group_id.into(), members }
    };
    Ok(rows.into_iter().map(team).collect())
}

/// A group was made.
pub(super) fn create(
    conn: &mut Conn,
    tenant: TenantId,
    group: ResourceRef<'_>,
    name: &str,
    now: Timestamp,
) -> QueryResult<()> {
    let slug = free_slug(conn, tenant, name)?;
    let row = (
        team::tenant.eq(tenant.0),
        team::group_seq.eq(group.seq),
        team::group_id.eq(group.id.as_str()),
        team::slug.eq(slug.as_str()),
        team::name.eq(name),
        team::created.eq(now.as_millis()),
    );
    diesel::insert_into(team::table).values(row).execute(conn)?;
    Ok(())
}

/// A group is called differently. The slug stays: bookmarks and settings name it.
pub(super) fn rename(conn: &mut Conn, tenant: TenantId, group: i64, name: &str) -> QueryResult<()> {
    diesel::update(team::table.find((tenant.0, group))).set(team::name.eq(name)).execute(conn)?;
    Ok(())
}

/// A group was deleted.
pub(super) fn delete(conn: &mut Conn, tenant: TenantId, group: i64) -> QueryResult<()> {
    let memberships = team_membership::table.filter(team_membership::tenant.eq(tenant.0));
    diesel::delete(memberships.filter(team_membership::group_seq.eq(group))).execute(conn)?;
    diesel::delete(team::table.find((tenant.0, group))).execute(conn)?;
    Ok(())
}

/// Users joined a group; those without a membership join when they become active.
pub(super) fn join(conn: &mut Conn, tenant: TenantId, group: i64, users: &[i64]) -> QueryResult<()> {
    for some in users.chunks(CHUNK) {
        let members: Vec<i64> = membership::table
            .filter(membership::tenant.eq(tenant.0))
            .filter(membership::user_seq.eq_any(some))
            .select(membership::user_seq)
            .load(conn)?;
        members.into_iter().try_for_each(|user| add_member(conn, tenant, group, user))?;
    }
    Ok(())
}

/// Users left a group.
pub(super) fn leave(conn: &mut Conn, tenant: TenantId, group: i64, users: &[i64]) -> QueryResult<()> {
    for some in users.chunks(CHUNK) {
        let memberships = team_membership::table
            .filter(team_membership::tenant.eq(tenant.0))
            .filter(team_membership::group_seq.eq(group))
            .filter(team_membership::user_seq.eq_any(some));
        diesel::delete(memberships).execute(conn)?;
    }
    Ok(())
}

pub(super) fn add_member(conn: &mut Conn, tenant: TenantId, group: i64, user: i64) -> QueryResult<()> {
    let row = (
        team_membership::tenant.eq(tenant.0),
        team_membership::group_seq.eq(group),
        team_membership::user_seq.eq(user),
    );
    diesel::insert_into(team_membership::table).values(row).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

/// A user is a member no longer.
pub(super) fn remove_member(conn: &mut Conn, tenant: TenantId, user: i64) -> QueryResult<()> {
    let memberships = team_membership::table.filter(team_membership::tenant.eq(tenant.0));
    diesel::delete(memberships.filter(team_membership::user_seq.eq(user))).execute(conn)?;
    Ok(())
}

/// The users who hold a membership, by the key of the row.
pub(super) fn users(conn: &mut Conn, tenant: TenantId) -> Result<HashMap<i64, UserRow>> {
    let members: Vec<i64> =
        membership::table.filter(membership::tenant.eq(tenant.0)).select(membership::user_seq).load(conn)?;
    Ok(directory::users(conn, tenant, &members)?.into_iter().map(|user| (user.seq, user)).collect())
}

/// The keys of group and user of every team membership.
pub(super) fn memberships(conn: &mut Conn, tenant: TenantId) -> QueryResult<Vec<(i64, i64)>> {
    let memberships = team_membership::table.filter(team_membership::tenant.eq(tenant.0));
    memberships.select((team_membership::group_seq, team_membership::user_seq)).load(conn)
}

/// The slug of `name`, else one of `-2`, `-3`, ... that no team of the tenant has.
///
/// Thousands of teams may be called alike, so they are not read: the number is doubled until it is free, and then it is
/// searched where those that are taken end. Each step is one look-up in the index.
fn free_slug(conn: &mut Conn, tenant: TenantId, name: &str) -> QueryResult<Slug> {
    let plain = Slug::from_name(name, "team");
    if !is_taken(conn, tenant, &plain)? {
        return Ok(plain);
    }
    let (mut taken, mut free) = (1_u64, 2);
    while is_taken(conn, tenant, &plain.numbered(free))? {
        (taken, free) = (free, free.saturating_mul(2));
    }
    while free.saturating_sub(taken) > 1 {
        let middle = taken.midpoint(free);
        match is_taken(conn, tenant, &plain.numbered(middle))? {
            true => taken = middle,
            false => free = middle,
        }
    }
    Ok(plain.numbered(free))
}

fn is_taken(conn: &mut Conn, tenant: TenantId, slug: &Slug) -> QueryResult<bool> {
    let one = team::table.filter(team::tenant.eq(tenant.0)).filter(team::slug.eq(slug.as_str()));
    Ok(one.select(team::group_seq).first::<i64>(conn).optional()?.is_some())
}
