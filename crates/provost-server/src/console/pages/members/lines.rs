//! The rows of the list.

use crate::console::pages::Moment;
use crate::organisations::IdentityProvider;
use crate::people::{Held, Listed, ManagedBy, MembershipId, Origin, Outsider, Shown};
use provost::Id;

pub(super) struct MemberLine {
    pub(super) id: MembershipId,
    pub(super) name: String,
    pub(super) address: Option<String>,
    pub(super) role: &'static str,
    /// What gave the role, if not the Default Role.
    pub(super) source: &'static str,
    pub(super) shown: Shown,
    pub(super) teams: Vec<String>,
    pub(super) more_teams: i64,
    pub(super) managed_by: &'static str,
    pub(super) last_sign_in: Option<Moment>,
    /// Whether they were un-assigned and are here only by hand.
    pub(super) is_left_behind: bool,
    /// A membership that may be the same person's.
    pub(super) twin: Option<MembershipId>,
}

impl MemberLine {
    pub(super) fn of(member: Listed, provider: IdentityProvider) -> Self {
        Self {
            id: member.id,
            name: member.name,
            address: member.address,
            role: member.role.role().title(),
            source: match member.role {
                Held::ByHand(_) => "by hand",
                Held::Given(_, Origin::Default) => "",
                Held::Given(_, Origin::Attribute) => "role attribute",
                Held::Given(_, Origin::Rule) => "by a rule",
            },
            shown: member.shown,
            teams: member.teams,
            more_teams: member.more_teams,
            managed_by: match member.managed_by {
                ManagedBy::Scim => provider.name(),
                ManagedBy::Hand => "by hand",
            },
            last_sign_in: member.last_sign_in.map(Moment),
            is_left_behind: member.is_left_behind,
            twin: member.twin,
        }
    }
}

pub(super) struct OutsiderLine {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) address: Option<String>,
    pub(super) user_name: String,
    pub(super) why: String,
}

impl OutsiderLine {
    pub(super) fn of(person: Outsider, provider: IdentityProvider) -> Self {
        let why = match person.unassigned {
            Some(at) => format!("Without access since {}", Moment(at)),
            None => format!("Sent inactive by {}", provider.name()),
        };
        Self { id: person.id, name: person.name, address: person.address, user_name: person.user_name, why }
    }
}
