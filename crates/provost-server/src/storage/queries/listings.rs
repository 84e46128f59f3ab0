//! Statements behind `members list` and `teams list`.

use super::Conn;
use crate::model::{Member, Team, TeamMember, Tenant};
use crate::slug::Slug;
use crate::storage::Result;
use crate::storage::schema::{membership, team, team_membership};
use diesel::prelude::*;
use std::collections::HashMap;

/// All members by user name, each with the slugs of its teams.
pub(super) fn members(conn: &mut Conn, tenant: &Tenant) -> Result<Vec<Member>> {
    let slugs: HashMap<String, Slug> = team::table
        .filter(team::tenant.eq(&tenant.0))
        .select((team::group_id, team::slug))
        .load::<(String, String)>(conn)?
        .into_iter()
        .map(|(group, slug)| (group, Slug::stored(slug)))
        .collect();
    let mut teams: HashMap<String, Vec<Slug>> = HashMap::new();
    for (group, user) in places(conn, tenant)? {
        teams.entry(user).or_default().extend(slugs.get(&group).cloned());
    }
    type Row = (String, String, Option<String>, Option<String>, String, String, String);
    let rows: Vec<Row> = membership::table
        .filter(membership::tenant.eq(&tenant.0))
        .order((membership::user_name, membership::user_id))
        .select((
            membership::user_id,
            membership::user_name,
            membership::display_name,
            membership::email,
            membership::role,
            membership::state,
            membership::managed_by,
        ))
        .load(conn)?;
    let member = |(user_id, user_name, display_name, email, role, state, managed_by): Row| {
        let mut teams = teams.remove(&user_id).unwrap_or_default();
        teams.sort();
        Member { user_id, user_name, display_name, email, role, state, managed_by, teams }
    };
    Ok(rows.into_iter().map(member).collect())
}

/// All teams by slug, each with its members by user name.
pub(super) fn teams(conn: &mut Conn, tenant: &Tenant) -> Result<Vec<Team>> {
    let names: HashMap<String, String> = membership::table
        .filter(membership::tenant.eq(&tenant.0))
        .select((membership::user_id, membership::user_name))
        .load(conn)?
        .into_iter()
        .collect();
    let mut members: HashMap<String, Vec<TeamMember>> = HashMap::new();
    for (group, user_id) in places(conn, tenant)? {
        let user_name = names.get(&user_id).cloned().unwrap_or_default();
        members.entry(group).or_default().push(TeamMember { user_id, user_name });
    }
    let rows: Vec<(String, String, String)> = team::table
        .filter(team::tenant.eq(&tenant.0))
        .order(team::slug)
        .select((team::group_id, team::slug, team::name))
        .load(conn)?;
    let team = |(group_id, slug, name): (String, String, String)| {
        let mut members = members.remove(&group_id).unwrap_or_default();
        members.sort_by(|a, b| (&a.user_name, &a.user_id).cmp(&(&b.user_name, &b.user_id)));
        Team { group_id, slug: Slug::stored(slug), name, members }
    };
    Ok(rows.into_iter().map(team).collect())
}

fn places(conn: &mut Conn, tenant: &Tenant) -> Result<Vec<(String, String)>> {
    let places = team_membership::table.filter(team_membership::tenant.eq(&tenant.0));
    Ok(places.select((team_membership::group_id, team_membership::user_id)).load(conn)?)
}
