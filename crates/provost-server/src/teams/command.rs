//! `provost teams`.

use super::{Team, TeamStore};
use crate::cli::common::Listing;
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::organisations::OrganisationStore;
use crate::output::{print, print_json, table};

pub(crate) async fn run(command: Listing, installation: &Installation) -> Result<(), Failure> {
    let Listing::List { org, json } = command;
    let storage = installation.open().await?;
    let teams = storage.teams(storage.organisation(&org.slug).await?.tenant).await?;
    if json.json {
        return Ok(print_json(&teams)?);
    }
    let row =
        |t: &Team| [t.slug.to_string(), t.name.clone(), t.members.len().to_string(), t.group_id.to_string()];
    let rows: Vec<_> = teams.iter().map(row).collect();
    Ok(print(&table(["SLUG", "NAME", "MEMBERS", "GROUP ID"], &rows))?)
}
