//! The sentence at the top of a member's page.

use super::values::capital;
use crate::console::pages::Moment;
use crate::organisations::Organisation;
use crate::people::life::Refusal;
use crate::people::{Invitation, ManagedBy, Profile, State, Unsent};

pub(super) struct Standing {
    pub(super) panel: &'static str,
    pub(super) lamp: &'static str,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) is_last_owner: bool,
    /// Further sentences.
    pub(super) notes: Vec<String>,
}

pub(super) fn of(profile: &Profile, organisation: &Organisation, sends_mail: bool) -> Standing {
    let details = &profile.details;
    let member = &details.member;
    let role = capital(member.role());
    let provider = organisation.provider.name();
    let (panel, title) = match (member.state, member.joined) {
        (State::Joined, Some(at)) => ("ok", format!("{role}, joined on {}", Moment(at))),
        (State::Joined, None) => ("ok", format!("{role}, joined")),
        (State::Invited, _) => ("wait", format!("{role}, invited and not here yet")),
        (State::Provisioned | State::Deactivated, _) => ("wait", format!("{role}, not invited yet")),
    };
    let managed = match member.managed_by {
        ManagedBy::Scim if organisation.scim => {
            format!(
                "Managed by {provider}. To remove them, un-assign them there; it takes effect with the next cycle."
            )
        }
        ManagedBy::Scim => {
            format!(
                "From {provider}, which manages nobody while SCIM is off. Until it is on again, owners and managers do."
            )
        }
        ManagedBy::Hand => "Made by hand: no identity provider adds or removes them.".to_owned(),
    };
    let is_last_owner = matches!(profile.ended(), Err(Refusal::LastOwner | Refusal::LastInvitedOwner));
    let mut notes: Vec<String> = invitation(&details.invitation, provider, sends_mail).into_iter().collect();
    if let Some(former) = &details.former_role {
        notes.push(format!("The role was {former} in an earlier release."));
    }
    Standing { panel, lamp: panel, title, text: managed, is_last_owner, notes }
}

/// The state of the invitation, if worth mentioning.
fn invitation(invitation: &Invitation, provider: &str, sends_mail: bool) -> Option<String> {
    Some(match invitation {
        Invitation::None | Invitation::Accepted => return None,
        Invitation::Waiting(Unsent::Due) if !sends_mail => {
            "The invitation waits: this server sends no mail. Its operator can print a link.".to_owned()
        }
        Invitation::Waiting(Unsent::Due) => "The invitation is about to be mailed.".to_owned(),
        Invitation::Waiting(Unsent::NoTeam) => "The invitation is mailed when they are in a team.".to_owned(),
        Invitation::Waiting(Unsent::Tried(error)) => {
            format!("The invitation could not be mailed yet, and is tried again: {error}")
        }
        Invitation::Waiting(Unsent::GivenUp(error)) => {
            format!("The invitation could not be mailed, and is not tried again: {error}")
        }
        Invitation::Waiting(Unsent::NoAddress) => {
            format!("No invitation was mailed, since {provider} sends no e-mail address for them.")
        }
        Invitation::Sent { to, ends } => {
            format!("The invitation was mailed to {to}, and is good until {}.", Moment(*ends))
        }
        Invitation::Bounced { to, error } => format!("A mail server refused the invitation to {to}: {error}"),
        Invitation::Ended { to, at } => format!("The invitation to {to} ended on {}.", Moment(*at)),
        Invitation::Withdrawn => "The invitation was withdrawn.".to_owned(),
    })
}
