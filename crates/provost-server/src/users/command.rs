//! `provost users`.

use super::{User, UserStore};
use crate::cli::common::{Json, OfOrganisation};
use crate::cli::installation::Installation;
use crate::failure::Failure;
use crate::organisations::OrganisationStore;
use crate::output::{List, say};
use clap::Subcommand;

/// Users per page; without `--all` there is a single one.
const PAGE: usize = 100;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List them in the order of their creation
    List {
        #[command(flatten)]
        org: OfOrganisation,
        /// List all of them, not only the first 100
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        json: Json,
    },
}

pub(crate) async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    let Command::List { org, all, json } = command;
    let storage = installation.open().await?;
    let tenant = storage.organisation(&org.slug).await?.tenant;
    let mut list = List::new(["USER NAME", "NAME", "EMAIL", "ACTIVE", "EXTERNAL ID", "ID"], json.json);
    let mut after = 0;
    loop {
        // one more, to see whether there are further ones
        let mut users = storage.users(tenant, after, PAGE + 1).await?;
        let has_more = users.len() > PAGE;
        users.truncate(PAGE);
        list.page(&users, row)?;
        match users.last() {
            Some(last) if has_more && all => after = last.seq,
            _ => {
                list.end()?;
                if has_more {
                    say(format_args!("these are the first {PAGE}: `--all` lists all"));
                }
                return Ok(());
            }
        }
    }
}

fn row(user: &User) -> [String; 6] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        user.user_name.clone(),
        text(&user.display_name),
        text(&user.email),
        if user.active { "yes" } else { "no" }.to_owned(),
        text(&user.external_id),
        user.scim_user_id.to_string(),
    ]
}
