//! Statements on memberships, teams and team memberships. They run in the directory's transaction, called by its hook.
//!
//! A team membership exists exactly while its user is in the group and holds a membership: code that grants
//! or revokes a membership, or changes a group, meets that rule here and nowhere else.

use super::Conn;
use crate::clock::Timestamp;
use crate::slug::Slug;
use crate::storage::schema::{membership, team, team_membership};
use diesel::prelude::*;
use provost::hook::{ResourceRef, TenantId};
use std::collections::HashSet;

/// Rows named in one statement; SQLite allows 32,766 bound values.
const CHUNK: usize = 500;
/// No invitation was sent: the identity provider brought the member in.
const PROVISIONED: &str = "provisioned";
const SCIM: &str = "scim";

/// A user became active: a membership, and a place in the team of every group that the user is in.
pub(crate) fn seat(
    conn: &mut Conn,
    tenant: TenantId,
    user: i64,
    role: &str,
    groups: impl IntoIterator<Item = i64>,
    now: Timestamp,
) -> QueryResult<()> {
    let row = (
        membership::tenant.eq(tenant.0),
        membership::user_seq.eq(user),
        membership::role.eq(role),
        membership::state.eq(PROVISIONED),
        membership::managed_by.eq(SCIM),
        membership::created.eq(now.as_millis()),
    );
    diesel::insert_into(membership::table).values(row).on_conflict_do_nothing().execute(conn)?;
    groups.into_iter().try_for_each(|group| place(conn, tenant, group, user))
}

/// A user became inactive or was deleted.
pub(crate) fn unseat(conn: &mut Conn, tenant: TenantId, user: i64) -> QueryResult<()> {
    let places = team_membership::table.filter(team_membership::tenant.eq(tenant.0));
    diesel::delete(places.filter(team_membership::user_seq.eq(user))).execute(conn)?;
    diesel::delete(membership::table.find((tenant.0, user))).execute(conn)?;
    Ok(())
}

/// A group was made.
pub(crate) fn open_team(
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
pub(crate) fn rename_team(conn: &mut Conn, tenant: TenantId, group: i64, name: &str) -> QueryResult<()> {
    diesel::update(team::table.find((tenant.0, group))).set(team::name.eq(name)).execute(conn)?;
    Ok(())
}

/// A group was deleted.
pub(crate) fn close_team(conn: &mut Conn, tenant: TenantId, group: i64) -> QueryResult<()> {
    let places = team_membership::table.filter(team_membership::tenant.eq(tenant.0));
    diesel::delete(places.filter(team_membership::group_seq.eq(group))).execute(conn)?;
    diesel::delete(team::table.find((tenant.0, group))).execute(conn)?;
    Ok(())
}

/// Users joined a group; those without a membership get their place when they become active.
pub(crate) fn enter(conn: &mut Conn, tenant: TenantId, group: i64, users: &[i64]) -> QueryResult<()> {
    for some in users.chunks(CHUNK) {
        let seated: Vec<i64> = membership::table
            .filter(membership::tenant.eq(tenant.0))
            .filter(membership::user_seq.eq_any(some))
            .select(membership::user_seq)
            .load(conn)?;
        seated.into_iter().try_for_each(|user| place(conn, tenant, group, user))?;
    }
    Ok(())
}

/// Users left a group.
pub(crate) fn exit(conn: &mut Conn, tenant: TenantId, group: i64, users: &[i64]) -> QueryResult<()> {
    for some in users.chunks(CHUNK) {
        let places = team_membership::table
            .filter(team_membership::tenant.eq(tenant.0))
            .filter(team_membership::group_seq.eq(group))
            .filter(team_membership::user_seq.eq_any(some));
        diesel::delete(places).execute(conn)?;
    }
    Ok(())
}

fn place(conn: &mut Conn, tenant: TenantId, group: i64, user: i64) -> QueryResult<()> {
    let row = (
        team_membership::tenant.eq(tenant.0),
        team_membership::group_seq.eq(group),
        team_membership::user_seq.eq(user),
    );
    diesel::insert_into(team_membership::table).values(row).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

/// The slug of `name`, else the first of `-2`, `-3`, ... that no team of the tenant has.
fn free_slug(conn: &mut Conn, tenant: TenantId, name: &str) -> QueryResult<Slug> {
    let plain = Slug::from_name(name, "team");
    // every text that begins with `plain-` lies before `plain.`, because `.` follows `-`
    let (first, end) = (format!("{plain}-"), format!("{plain}."));
    let alike = team::slug.eq(plain.as_str()).or(team::slug.ge(&first).and(team::slug.lt(&end)));
    let taken: Vec<String> =
        team::table.filter(team::tenant.eq(tenant.0)).filter(alike).select(team::slug).load(conn)?;
    let taken: HashSet<&str> = taken.iter().map(String::as_str).collect();
    let mut slug = plain.clone();
    let mut number = 2;
    while taken.contains(slug.as_str()) {
        slug = plain.numbered(number);
        number += 1;
    }
    Ok(slug)
}
