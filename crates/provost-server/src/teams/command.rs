//! `provost teams`.

use super::{Team, TeamStore};
use crate::audit::By;
use crate::cli::common::{Json, OfOrganisation};
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::names::name;
use crate::organisations::OrganisationStore;
use crate::output::{print, print_json, table};
use crate::slug::Slug;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List them by short name
    List {
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
    /// Create a team by hand
    Create {
        #[arg(value_parser = name)]
        name: String,
        /// Short name [default: made from the name]
        #[arg(long)]
        slug: Option<Slug>,
        #[command(flatten)]
        org: OfOrganisation,
        #[command(flatten)]
        json: Json,
    },
    /// Name a team that was made by hand differently; the short name stays
    Rename {
        /// Team
        slug: Slug,
        #[arg(value_parser = name)]
        name: String,
        #[command(flatten)]
        org: OfOrganisation,
    },
    /// Take everybody out of a team that was made by hand
    Empty {
        /// Team
        slug: Slug,
        #[command(flatten)]
        org: OfOrganisation,
    },
    /// Delete a team that was made by hand; its members stay members of the organisation
    Delete {
        /// Team
        slug: Slug,
        #[command(flatten)]
        org: OfOrganisation,
    },
    /// Put a member into a team that was made by hand
    Add {
        /// Team
        slug: Slug,
        /// Member: the id of the membership, a user name, or an e-mail address
        member: String,
        #[command(flatten)]
        org: OfOrganisation,
    },
    /// Take a member out of a team that was made by hand
    Remove {
        /// Team
        slug: Slug,
        /// Member: the id of the membership, a user name, or an e-mail address
        member: String,
        #[command(flatten)]
        org: OfOrganisation,
    },
}

pub(crate) async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    let storage = installation.open().await?;
    let org = match &command {
        Command::List { org, .. }
        | Command::Create { org, .. }
        | Command::Rename { org, .. }
        | Command::Empty { org, .. }
        | Command::Delete { org, .. }
        | Command::Add { org, .. }
        | Command::Remove { org, .. } => org,
    };
    let tenant = storage.organisation(&org.slug).await?.tenant;
    let by = By::operator();
    match command {
        Command::List { json, .. } => list(&storage.teams(tenant).await?, json),
        Command::Create { name, slug, json, .. } => {
            let team = storage.create_team(by, tenant, name, slug).await?;
            match json.json {
                true => Ok(print_json(&team)?),
                false => list(&[team], json),
            }
        }
        Command::Rename { slug, name, .. } => {
            storage.rename_team(by, tenant, slug.clone(), name.clone()).await?;
            Ok(print(&format!("{slug} is called {name}"))?)
        }
        Command::Empty { slug, .. } => {
            let left = storage.empty_team(by, tenant, slug.clone()).await?;
            Ok(print(&format!("{slug} is empty: {left} left it"))?)
        }
        Command::Delete { slug, .. } => {
            storage.delete_team(by, tenant, slug.clone()).await?;
            Ok(print(&format!("deleted {slug}"))?)
        }
        Command::Add { slug, member, .. } => {
            let added = storage.add_to_team(by, tenant, slug.clone(), member).await?;
            Ok(print(&format!("{} is in {slug}", added.user_name))?)
        }
        Command::Remove { slug, member, .. } => {
            let removed = storage.remove_from_team(by, tenant, slug.clone(), member).await?;
            Ok(print(&format!("{} is no longer in {slug}", removed.user_name))?)
        }
    }
}

fn list(teams: &[Team], json: Json) -> Result<(), Failure> {
    if json.json {
        return Ok(print_json(&teams)?);
    }
    let row = |t: &Team| {
        [
            t.slug.to_string(),
            t.name.clone(),
            t.members.len().to_string(),
            t.managed_by.clone(),
            t.group_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = teams.iter().map(row).collect();
    Ok(print(&table(["SLUG", "NAME", "MEMBERS", "MANAGED BY", "GROUP ID"], &rows))?)
}
