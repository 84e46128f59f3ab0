//! `provost setup-link` and `provost account`.

use super::links::{Link, NewLink};
use super::secrets::Opener;
use super::store::AccessStore;
use super::switch::{AccountSwitchStore, Switched};
use crate::audit::By;
use crate::cli::common::Json;
use crate::cli::installation::Installation;
use crate::clock;
use crate::config::PublicUrl;
use crate::failure::Failure;
use crate::organisations::OrganisationStore;
use crate::output::{self, few, print, print_json, print_secret};
use crate::people::{Address, AddressKey, PeopleStore, State, links};
use crate::slug::Slug;
use crate::storage::{Storage, StorageError};
use crate::tokens::{IssueError, Secret};
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(crate) struct SetupLink {
    /// Organisation
    #[arg(long = "org", value_name = "SLUG", default_value = "default")]
    slug: Slug,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print a link with which a person sets another password; it is good once, for an hour. For a member whose account has none:
    /// --org and --member, for the address that `provost members list` shows, and as long as an invitation is good
    ResetLink {
        /// Address with which the person signs in
        #[arg(required_unless_present = "member", conflicts_with = "member")]
        email: Option<Address>,
        /// Organisation of the member
        #[arg(long = "org", value_name = "SLUG", requires = "member")]
        slug: Option<Slug>,
        /// Member who has no password: the id of the membership, a user name, or an e-mail address
        #[arg(long, value_name = "ID", requires = "slug")]
        member: Option<String>,
        /// Print the link of a member even if standard output is not a terminal, and may end up in a log
        #[arg(long, requires = "member")]
        print_link: bool,
    },
    /// Switch an account off: nobody signs in to it, and its sessions and links end. Its memberships stay, and the last owner of an
    /// organisation cannot be switched off
    Disable {
        /// Address with which the person signs in
        email: Address,
        #[command(flatten)]
        json: Json,
    },
    /// Switch an account on again
    Enable {
        /// Address with which the person signs in
        email: Address,
        #[command(flatten)]
        json: Json,
    },
}

pub(crate) async fn setup_link(command: SetupLink, installation: &Installation) -> Result<(), Failure> {
    let storage = installation.open().await?;
    let tenant = storage.organisation(&command.slug).await?.tenant;
    let link = link(&storage, &installation.public_url()?, Link::Setup(tenant)).await?;
    print_secret(&Secret::joined(&[link.reveal(), "\n"]))?;
    Ok(())
}

pub(crate) async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    let storage = installation.open().await?;
    let email = match command {
        Command::ResetLink { email: Some(email), .. } => email,
        Command::ResetLink { slug, member, print_link, .. } => {
            let (Some(slug), Some(member)) = (slug, member) else { return Ok(()) };
            return link_of_member(&storage, installation, &slug, member, print_link).await;
        }
        Command::Disable { email, json } => return switch(&storage, &email, false, json).await,
        Command::Enable { email, json } => return switch(&storage, &email, true, json).await,
    };
    let found = storage.account_by_login(AddressKey::of(email.as_str()).as_str().to_owned()).await?;
    let (account, _) = found.ok_or_else(|| StorageError::NoAccount(email.to_string()))?;
    let link = link(&storage, &installation.public_url()?, Link::Reset(account.id)).await?;
    print_secret(&Secret::joined(&[link.reveal(), "\n"]))?;
    Ok(())
}

/// Prints the link by which the account of a member, which has no password, gets one.
async fn link_of_member(
    storage: &Storage,
    installation: &Installation,
    slug: &Slug,
    member: String,
    print_link: bool,
) -> Result<(), Failure> {
    if !print_link && !output::is_terminal() {
        return Err(Failure::NoTerminal);
    }
    let tenant = storage.organisation(slug).await?.tenant;
    let member = storage.member(tenant, member).await?.member;
    if member.state != State::Joined {
        let why = format!("{} has not joined yet: `provost members resend` invites them", member.user_name);
        return Err(StorageError::Refused(why).into());
    }
    let id = member.id.ok_or(StorageError::LinkGone)?;
    links::print(storage, installation, tenant, id, true).await
}

async fn switch(storage: &Storage, email: &Address, is_on: bool, json: Json) -> Result<(), Failure> {
    let Switched { account, sessions_ended, organisations } =
        storage.switch_account(By::operator(), email.key(), is_on).await?;
    if json.json {
        return Ok(print_json(&json!({
            "email": account.email, "name": account.name, "enabled": !account.is_off,
            "sessionsEnded": sessions_ended, "organisations": organisations,
        }))?);
    }
    let of: Vec<String> = organisations.iter().map(ToString::to_string).collect();
    let of = if of.is_empty() { "no organisation".to_owned() } else { few(&of) };
    let state = match (account.is_off, sessions_ended) {
        (true, 1) => "off, and 1 session ended".to_owned(),
        (true, n) => format!("off, and {n} sessions ended"),
        (false, _) => "on".to_owned(),
    };
    Ok(print(&format!("{email} is switched {state}; a member of {of}"))?)
}

/// Makes a link. Its text is shown only once.
pub(crate) async fn link(storage: &Storage, public_url: &PublicUrl, link: Link) -> Result<Secret, Failure> {
    let opener = Opener::new().map_err(IssueError::from)?;
    let page = public_url.page(&format!("/{}/", link.kind()));
    storage.add_link(By::operator(), NewLink { hash: opener.digest(), link, now: clock::now() }).await?;
    Ok(Secret::joined(&[&page, opener.reveal(), "/"]))
}
