//! `provost members` and `provost teams`.

use super::Place;
use super::args::Listing;
use crate::failure::Failure;
use crate::model::{Member, Team};
use crate::output::{print, print_json, table};
use crate::slug::Slug;
use serde::Serialize;

pub(super) async fn members(command: Listing, place: &Place) -> Result<(), Failure> {
    let Listing::List { org, json } = command;
    let storage = place.open().await?;
    let members = storage.members(storage.organisation(&org.slug).await?.tenant).await?;
    if json.json {
        return Ok(print_json(&members.iter().map(member_shape).collect::<Vec<_>>())?);
    }
    let row = |m: &Member| {
        let teams: Vec<&str> = m.teams.iter().map(Slug::as_str).collect();
        let name = m.display_name.clone().unwrap_or_default();
        let email = m.email.clone().unwrap_or_default();
        [m.user_name.clone(), name, email, m.role.clone(), m.state.clone(), teams.join(" ")]
    };
    let rows: Vec<_> = members.iter().map(row).collect();
    Ok(print(&table(["USER NAME", "NAME", "EMAIL", "ROLE", "STATE", "TEAMS"], &rows))?)
}

pub(super) async fn teams(command: Listing, place: &Place) -> Result<(), Failure> {
    let Listing::List { org, json } = command;
    let storage = place.open().await?;
    let teams = storage.teams(storage.organisation(&org.slug).await?.tenant).await?;
    if json.json {
        return Ok(print_json(&teams.iter().map(team_shape).collect::<Vec<_>>())?);
    }
    let row =
        |t: &Team| [t.slug.to_string(), t.name.clone(), t.members.len().to_string(), t.group_id.to_string()];
    let rows: Vec<_> = teams.iter().map(row).collect();
    Ok(print(&table(["SLUG", "NAME", "MEMBERS", "GROUP ID"], &rows))?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MemberShape<'a> {
    user_name: &'a str,
    display_name: Option<&'a str>,
    email: Option<&'a str>,
    role: &'a str,
    state: &'a str,
    scim_user_id: &'a str,
    managed_by: &'a str,
    teams: &'a [Slug],
}

fn member_shape(m: &Member) -> MemberShape<'_> {
    MemberShape {
        user_name: &m.user_name,
        display_name: m.display_name.as_deref(),
        email: m.email.as_deref(),
        role: &m.role,
        state: &m.state,
        scim_user_id: m.user_id.as_str(),
        managed_by: &m.managed_by,
        teams: &m.teams,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamShape<'a> {
    slug: &'a Slug,
    name: &'a str,
    group_id: &'a str,
    members: Vec<TeamMemberShape<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamMemberShape<'a> {
    user_name: &'a str,
    scim_user_id: &'a str,
}

fn team_shape(t: &Team) -> TeamShape<'_> {
    let members = t
        .members
        .iter()
        .map(|m| TeamMemberShape { user_name: &m.user_name, scim_user_id: m.user_id.as_str() });
    TeamShape { slug: &t.slug, name: &t.name, group_id: t.group_id.as_str(), members: members.collect() }
}
