//! `provost members` and `provost teams`.

use super::args::Listing;
use super::output::{print, print_json, table};
use super::{Failure, Place};
use crate::model::{Member, Team};
use serde_json::{Value, json};

pub(super) fn members(command: Listing, place: &Place) -> Result<(), Failure> {
    let Listing::List { org, json } = command;
    let storage = place.open()?;
    let members = storage.members(storage.organisation(&org.slug)?.tenant)?;
    if json.json {
        return Ok(print_json(&members.iter().map(member_shape).collect())?);
    }
    let row = |m: &Member| {
        let teams: Vec<&str> = m.teams.iter().map(crate::slug::Slug::as_str).collect();
        let name = m.display_name.clone().unwrap_or_default();
        let email = m.email.clone().unwrap_or_default();
        [m.user_name.clone(), name, email, m.role.clone(), m.state.clone(), teams.join(" ")]
    };
    let rows: Vec<_> = members.iter().map(row).collect();
    Ok(print(&table(["USER NAME", "NAME", "EMAIL", "ROLE", "STATE", "TEAMS"], &rows))?)
}

pub(super) fn teams(command: Listing, place: &Place) -> Result<(), Failure> {
    let Listing::List { org, json } = command;
    let storage = place.open()?;
    let teams = storage.teams(storage.organisation(&org.slug)?.tenant)?;
    if json.json {
        return Ok(print_json(&teams.iter().map(team_shape).collect())?);
    }
    let row =
        |t: &Team| [t.slug.to_string(), t.name.clone(), t.members.len().to_string(), t.group_id.to_string()];
    let rows: Vec<_> = teams.iter().map(row).collect();
    Ok(print(&table(["SLUG", "NAME", "MEMBERS", "GROUP ID"], &rows))?)
}

fn member_shape(m: &Member) -> Value {
    json!({
        "userName": m.user_name,
        "displayName": m.display_name,
        "email": m.email,
        "role": m.role,
        "state": m.state,
        "scimUserId": m.user_id.as_str(),
        "managedBy": m.managed_by,
        "teams": m.teams,
    })
}

fn team_shape(t: &Team) -> Value {
    let members: Vec<Value> = t
        .members
        .iter()
        .map(|m| json!({ "userName": m.user_name, "scimUserId": m.user_id.as_str() }))
        .collect();
    json!({ "slug": t.slug, "name": t.name, "groupId": t.group_id.as_str(), "members": members })
}
