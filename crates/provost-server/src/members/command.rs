//! `provost members`.

use super::{Member, MemberStore};
use crate::cli::common::Listing;
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::organisations::OrganisationStore;
use crate::output::{print, print_json, table};
use crate::slug::Slug;

pub(crate) async fn run(command: Listing, installation: &Installation) -> Result<(), Failure> {
    let Listing::List { org, json } = command;
    let storage = installation.open().await?;
    let members = storage.members(storage.organisation(&org.slug).await?.tenant).await?;
    if json.json {
        return Ok(print_json(&members)?);
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
