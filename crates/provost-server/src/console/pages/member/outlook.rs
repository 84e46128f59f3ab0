//! What would happen if a member were un-assigned now, worked out by the function that does it.

use crate::console::pages::sentence;
use crate::organisations::Organisation;
use crate::people::life::{Effect, Mail, Outcome};
use crate::people::{Invitation, ManagedBy, Profile, Stage};

/// The outlook as shown.
pub(super) struct Outlook {
    pub(super) title: &'static str,
    /// What it concerns, what would happen to it, and whether that is a loss.
    pub(super) lines: Vec<(String, &'static str, bool)>,
    pub(super) note: String,
}

pub(super) fn of(profile: &Profile, organisation: &Organisation) -> Outlook {
    let member = &profile.details.member;
    let title = match member.managed_by {
        ManagedBy::Scim => "If they were un-assigned now",
        ManagedBy::Hand => "If they were removed now",
    };
    match profile.ended() {
        Ok(ended) => {
            Outlook { title, lines: lines(profile, &ended), note: note(profile, organisation, &ended) }
        }
        Err(refusal) => Outlook {
            title,
            lines: vec![("Everything".to_owned(), "stays", false)],
            note: sentence(&format!("it would be refused: {}", refusal.of(&member.user_name))),
        },
    }
}

fn lines(profile: &Profile, ended: &Outcome) -> Vec<(String, &'static str, bool)> {
    let member = &profile.details.member;
    let mut lines =
        vec![(format!("Membership, role {}", super::values::capital(member.role())), "ends", true)];
    match profile.places.count() {
        0 => {}
        1 => lines.push(("1 team".to_owned(), "left", true)),
        n => lines.push((format!("{n} teams"), "left", true)),
    }
    match profile.sessions.len() {
        0 => {}
        1 => lines.push(("1 session".to_owned(), "closed", true)),
        n => lines.push((format!("{n} sessions"), "closed", true)),
    }
    if matches!(profile.details.invitation, Invitation::Waiting(_) | Invitation::Sent { .. }) {
        lines.push(("Invitation".to_owned(), "withdrawn", true));
    }
    if ended.effects.iter().any(|effect| matches!(effect, Effect::Note(_))) {
        lines.push(("The other membership, by hand".to_owned(), "stays", false));
    }
    if member.managed_by == ManagedBy::Scim {
        lines.push(("Record in the directory".to_owned(), "kept, inactive", false));
    }
    lines
}

/// What would come back.
fn note(profile: &Profile, organisation: &Organisation, ended: &Outcome) -> String {
    if profile.details.member.managed_by == ManagedBy::Hand {
        return "Nothing of it comes back by itself: they would have to be invited again.".to_owned();
    }
    let again = profile.assigned_again(ended, organisation.default_role, organisation.inviting.mode);
    let Ok(Outcome { membership: Some(standing), mail, .. }) = again else { return String::new() };
    let role = super::values::capital(standing.role.role().as_str());
    let mut text = match (standing.stage, mail) {
        (Stage::Joined(_), _) => {
            format!("Assigned again, they are a member at once, with the same account and the role {role}.")
        }
        (_, Some(Mail::Now)) => format!("Assigned again, they are invited anew, with the role {role}."),
        (_, Some(Mail::InTeam)) => {
            format!("Assigned again, they have the role {role}, and are invited when in a team.")
        }
        (_, None) => format!("Assigned again, they have the role {role}, and nobody is mailed."),
    };
    match profile.places.provided {
        0 => {}
        1 => text += " The team of their group comes back.",
        n => text += &format!(" The {n} teams of their groups come back."),
    }
    match profile.places.by_hand {
        0 => {}
        1 => text += " The team by hand does not.",
        n => text += &format!(" The {n} teams by hand do not."),
    }
    text
}
