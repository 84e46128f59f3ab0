//! Statements on memberships, teams and team memberships. They run in the directory's transaction, called by its hook.
//!
//! A team membership exists exactly while its user is in the group and holds a membership: whoever seats or unseats a user
//! and whoever changes a group meets that rule here, and nowhere else.

use super::Conn;
use crate::clock::Timestamp;
use crate::model::Tenant;
use crate::slug::Slug;
use crate::storage::schema::{membership, team, team_membership};
use diesel::prelude::*;

/// What a membership repeats of its SCIM user.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = membership, treat_none_as_null = true)]
pub(crate) struct Profile {
    pub(crate) user_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) email: Option<String>,
}

/// Ids named in one statement; SQLite allows 32,766 bound values, and short statements are cached.
const CHUNK: usize = 500;
/// No invitation was sent: the identity provider brought the member in.
const PROVISIONED: &str = "provisioned";
const SCIM: &str = "scim";

/// A user became active: a membership, and a place in the team of every group that the user is in.
pub(crate) fn seat(
    conn: &mut Conn,
    tenant: &Tenant,
    user_id: &str,
    profile: &Profile,
    role: &str,
    groups: &[String],
    now: Timestamp,
) -> QueryResult<()> {
    let row = (
        membership::tenant.eq(&tenant.0),
        membership::user_id.eq(user_id),
        membership::user_name.eq(&profile.user_name),
        membership::display_name.eq(&profile.display_name),
        membership::email.eq(&profile.email),
        membership::role.eq(role),
        membership::state.eq(PROVISIONED),
        membership::managed_by.eq(SCIM),
        membership::created_at.eq(now.as_millis()),
    );
    diesel::insert_into(membership::table).values(row).on_conflict_do_nothing().execute(conn)?;
    for group in groups {
        place(conn, tenant, group, user_id)?;
    }
    Ok(())
}

/// A user became inactive or was deleted.
pub(crate) fn unseat(conn: &mut Conn, tenant: &Tenant, user_id: &str) -> QueryResult<()> {
    let places = team_membership::table.filter(team_membership::tenant.eq(&tenant.0));
    diesel::delete(places.filter(team_membership::user_id.eq(user_id))).execute(conn)?;
    diesel::delete(membership::table.find((&tenant.0, user_id))).execute(conn)?;
    Ok(())
}

/// A user is called differently. Without effect on one who holds no membership.
pub(crate) fn describe(
    conn: &mut Conn,
    tenant: &Tenant,
    user_id: &str,
    profile: &Profile,
) -> QueryResult<()> {
    diesel::update(membership::table.find((&tenant.0, user_id))).set(profile).execute(conn)?;
    Ok(())
}

/// A group was made.
pub(crate) fn open_team(
    conn: &mut Conn,
    tenant: &Tenant,
    group_id: &str,
    name: &str,
    now: Timestamp,
) -> QueryResult<()> {
    let slug = free_slug(conn, tenant, name)?;
    let row = (
        team::tenant.eq(&tenant.0),
        team::group_id.eq(group_id),
        team::slug.eq(slug.as_str()),
        team::name.eq(name),
        team::created_at.eq(now.as_millis()),
    );
    diesel::insert_into(team::table).values(row).execute(conn)?;
    Ok(())
}

/// A group is called differently. The slug stays: bookmarks and settings name it.
pub(crate) fn rename_team(conn: &mut Conn, tenant: &Tenant, group_id: &str, name: &str) -> QueryResult<()> {
    diesel::update(team::table.find((&tenant.0, group_id))).set(team::name.eq(name)).execute(conn)?;
    Ok(())
}

/// A group was deleted.
pub(crate) fn close_team(conn: &mut Conn, tenant: &Tenant, group_id: &str) -> QueryResult<()> {
    let places = team_membership::table.filter(team_membership::tenant.eq(&tenant.0));
    diesel::delete(places.filter(team_membership::group_id.eq(group_id))).execute(conn)?;
    diesel::delete(team::table.find((&tenant.0, group_id))).execute(conn)?;
    Ok(())
}

/// Users joined a group; those without a membership get their place when they become active.
pub(crate) fn enter(conn: &mut Conn, tenant: &Tenant, group_id: &str, users: &[&str]) -> QueryResult<()> {
    for some in users.chunks(CHUNK) {
        let seated: Vec<String> = membership::table
            .filter(membership::tenant.eq(&tenant.0))
            .filter(membership::user_id.eq_any(some))
            .select(membership::user_id)
            .load(conn)?;
        for user in seated {
            place(conn, tenant, group_id, &user)?;
        }
    }
    Ok(())
}

/// Users left a group.
pub(crate) fn exit(conn: &mut Conn, tenant: &Tenant, group_id: &str, users: &[&str]) -> QueryResult<()> {
    for some in users.chunks(CHUNK) {
        let places = team_membership::table
            .filter(team_membership::tenant.eq(&tenant.0))
            .filter(team_membership::group_id.eq(group_id))
            .filter(team_membership::user_id.eq_any(some));
        diesel::delete(places).execute(conn)?;
    }
    Ok(())
}

fn place(conn: &mut Conn, tenant: &Tenant, group_id: &str, user_id: &str) -> QueryResult<()> {
    let row = (
        team_membership::tenant.eq(&tenant.0),
        team_membership::group_id.eq(group_id),
        team_membership::user_id.eq(user_id),
    );
    diesel::insert_into(team_membership::table).values(row).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

/// The slug of `name`, else the first of `-2`, `-3`, ... that no team of the tenant has.
fn free_slug(conn: &mut Conn, tenant: &Tenant, name: &str) -> QueryResult<Slug> {
    let plain = Slug::from_name(name, "team");
    // every text that begins with `plain-` lies before `plain.`, because `.` follows `-`
    let (first, end) = (format!("{plain}-"), format!("{plain}."));
    let slugs = team::table.filter(team::tenant.eq(&tenant.0)).select(team::slug);
    let taken: Vec<String> = slugs
        .filter(team::slug.eq(plain.as_str()).or(team::slug.ge(&first).and(team::slug.lt(&end))))
        .load(conn)?;
    let taken: std::collections::HashSet<&str> = taken.iter().map(String::as_str).collect();
    let mut slug = plain.clone();
    let mut number = 2;
    while taken.contains(slug.as_str()) {
        slug = plain.numbered(number);
        number += 1;
    }
    Ok(slug)
}
