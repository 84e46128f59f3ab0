//! Invitation links that commands print: if no mail is sent, or if the operator wants to hand one over.

use super::{InstanceKey, InvitationStore, MembershipId, PeopleStore, State};
use crate::audit::By;
use crate::cli::installation::Installation;
use crate::clock;
use crate::failure::Failure;
use crate::output;
use crate::storage::Storage;
use crate::tokens::{IssueError, Secret};
use provost::hook::TenantId;
use std::path::Path;

/// Prints an invitation's link if it was asked for, or if no mail is sent and a person reads the output.
pub(crate) async fn print(
    storage: &Storage,
    installation: &Installation,
    tenant: TenantId,
    id: MembershipId,
    is_asked_for: bool,
) -> Result<(), Failure> {
    let is_needed = installation.config()?.mail.is_none() && output::is_terminal();
    if !is_asked_for && !is_needed {
        return Ok(());
    }
    let key = key(storage, installation).await?;
    let has_joined = storage.member(tenant, id.to_string()).await?.member.state == State::Joined;
    let (link, ends) = storage.make_link(By::operator(), tenant, id, key).await?;
    let what = if has_joined { "sets a password for the account of that member" } else { "joins with it" };
    let before = format!(
        "\nWho opens this link {what}; it is good until {ends}:\n\n{}",
        installation.public_url()?.page("/accept/")
    );
    output::print_secret(&Secret::joined(&[&before, link.reveal(), "/\n"]))?;
    Ok(())
}

/// The key from which links are derived: that of the file named in the settings, else the one in the database.
pub(crate) async fn key(storage: &Storage, installation: &Installation) -> Result<InstanceKey, Failure> {
    key_of(storage, installation.config()?.secret_key_file.as_deref()).await
}

/// The same, for a server.
pub(crate) async fn key_of(storage: &Storage, file: Option<&Path>) -> Result<InstanceKey, Failure> {
    match file {
        Some(file) => Ok(InstanceKey::read(file)?),
        None => Ok(storage.instance_key(clock::random().map_err(IssueError::from)?).await?),
    }
}
