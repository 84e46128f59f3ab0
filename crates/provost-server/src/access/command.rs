//! `provost setup-link` and `provost account`.

use super::links::{Link, NewLink};
use super::secrets::Opener;
use super::store::AccessStore;
use crate::audit::By;
use crate::cli::installation::Installation;
use crate::clock;
use crate::config::PublicUrl;
use crate::failure::Failure;
use crate::organisations::OrganisationStore;
use crate::output::print_secret;
use crate::people::{Address, AddressKey};
use crate::slug::Slug;
use crate::storage::{Storage, StorageError};
use crate::tokens::{IssueError, Secret};
use clap::Subcommand;

#[derive(Debug, clap::Args)]
pub(crate) struct SetupLink {
    /// Organisation
    #[arg(long = "org", value_name = "SLUG", default_value = "default")]
    slug: Slug,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print a link with which a person sets another password; it is good once, for an hour
    ResetLink {
        /// Address with which the person signs in
        email: Address,
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
    let Command::ResetLink { email } = command;
    let storage = installation.open().await?;
    let found = storage.account_by_login(AddressKey::of(email.as_str()).as_str().to_owned()).await?;
    let (account, _) = found.ok_or_else(|| StorageError::NoAccount(email.to_string()))?;
    let link = link(&storage, &installation.public_url()?, Link::Reset(account.id)).await?;
    print_secret(&Secret::joined(&[link.reveal(), "\n"]))?;
    Ok(())
}

/// Makes a link; its text is shown once.
pub(crate) async fn link(storage: &Storage, public_url: &PublicUrl, link: Link) -> Result<Secret, Failure> {
    let opener = Opener::new().map_err(IssueError::from)?;
    let page = public_url.page(&format!("/{}/", link.kind()));
    storage.add_link(By::operator(), NewLink { hash: opener.digest(), link, now: clock::now() }).await?;
    Ok(Secret::joined(&[&page, opener.reveal(), "/"]))
}
