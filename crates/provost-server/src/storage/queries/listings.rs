//! Statements behind `members list` and `teams list`. What users are called comes from the directory.

use super::{Conn, directory};
use crate::model::{Member, Team, TeamMember};
use crate::slug::Slug;
use crate::storage::Result;
use crate::storage::schema::{membership, team, team_membership};
use diesel::prelude::*;
use directory::UserRow;
use provost::hook::TenantId;
use std::collections::HashMap;

/// All members by user name, each with the slugs of its teams.
pub(crate) fn members(conn: &mut Conn, tenant: TenantId) -> Result<Vec<Member>> {
    let slugs: HashMap<i64, String> = team::table
        .filter(team::tenant.eq(tenant.0))
        .select((team::group_seq, team::slug))
        .load(conn)?
        .into_iter()
        .collect();
    let mut teams: HashMap<i64, Vec<Slug>> = HashMap::new();
    for (group, user) in places(conn, tenant)? {
        teams.entry(user).or_default().extend(slugs.get(&group).cloned().map(Slug::stored));
    }
    let mut users = users(conn, tenant)?;
    let rows: Vec<(i64, String, String, String)> = membership::table
        .filter(membership::tenant.eq(tenant.0))
        .select((membership::user_seq, membership::role, membership::state, membership::managed_by))
        .load(conn)?;
    let mut members: Vec<Member> = rows
        .into_iter()
        .filter_map(|(user_seq, role, state, managed_by)| {
            let UserRow { id, user_name, display_name, email, .. } = users.remove(&user_seq)?;
            let mut teams = teams.remove(&user_seq).unwrap_or_default();
            teams.sort();
            Some(Member { user_id: id, user_name, display_name, email, role, state, managed_by, teams })
        })
        .collect();
    members.sort_by(|a, b| (&a.user_name, &a.user_id).cmp(&(&b.user_name, &b.user_id)));
    Ok(members)
}

type TeamRow = (i64, String, String, String);

/// All teams by slug, each with its members by user name.
pub(crate) fn teams(conn: &mut Conn, tenant: TenantId) -> Result<Vec<Team>> {
    let users = users(conn, tenant)?;
    let mut members: HashMap<i64, Vec<TeamMember>> = HashMap::new();
    for (group, user) in places(conn, tenant)? {
        if let Some(UserRow { id, user_name, .. }) = users.get(&user) {
            let member = TeamMember { user_id: id.clone(), user_name: user_name.clone() };
            members.entry(group).or_default().push(member);
        }
    }
    let rows: Vec<TeamRow> = team::table
        .filter(team::tenant.eq(tenant.0))
        .order(team::slug)
        .select((team::group_seq, team::group_id, team::slug, team::name))
        .load(conn)?;
    let team = |(group_seq, group_id, slug, name): TeamRow| {
        let mut members = members.remove(&group_seq).unwrap_or_default();
        members.sort_by(|a, b| (&a.user_name, &a.user_id).cmp(&(&b.user_name, &b.user_id)));
        Team { group_id: group_id.into(), slug: Slug::stored(slug), name, members }
    };
    Ok(rows.into_iter().map(team).collect())
}

/// Whoever holds a membership, by the key of the row.
fn users(conn: &mut Conn, tenant: TenantId) -> Result<HashMap<i64, UserRow>> {
    let seated: Vec<i64> =
        membership::table.filter(membership::tenant.eq(tenant.0)).select(membership::user_seq).load(conn)?;
    Ok(directory::users(conn, tenant, &seated)?.into_iter().map(|user| (user.seq, user)).collect())
}

fn places(conn: &mut Conn, tenant: TenantId) -> Result<Vec<(i64, i64)>> {
    let places = team_membership::table.filter(team_membership::tenant.eq(tenant.0));
    Ok(places.select((team_membership::group_seq, team_membership::user_seq)).load(conn)?)
}
