//! What is known about one person in an organisation, for the page that shows where it comes from and what could become
//! of it.

use super::life::Effect;
use super::life::{Event, Kept, Outcome, Owners, Person, Refusal, live};
use super::{Details, Grantable, ManagedBy, MembershipId, Mode};
use crate::access::Session;
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::Id;
use provost::hook::TenantId;
use std::collections::HashMap;

/// The most teams of a member that are read; a person may be in thousands.
pub(crate) const FIRST_TEAMS: usize = 20;

asked! {
    trait ProfileStore {
        /// One member, by the membership's id.
        async fn profile(&self, tenant: TenantId, id: MembershipId, now: Timestamp) -> Result<Option<Profile>>;

        /// A SCIM user, with or without a membership.
        async fn directory_user(&self, tenant: TenantId, id: Id) -> Result<Option<DirectoryUser>>;

        /// What happened to a person, newest first, optionally only before a given record.
        async fn history(&self, tenant: TenantId, whose: Whose, before: Option<String>) -> Result<History>;
    }
}

/// What is known about a member.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) details: Details,
    /// What the fate of the membership depends on.
    pub(crate) person: Person,
    /// What the directory says about the person.
    pub(crate) user: Option<DirectoryUser>,
    pub(crate) places: Places,
    /// The sign-in address, if there is one.
    pub(crate) signs_in_with: Option<String>,
    /// Whether the person has joined, and may be sent a link to set a password.
    pub(crate) may_regain: bool,
    /// The open sessions that were used here.
    pub(crate) sessions: Vec<Session>,
}

/// A SCIM user.
#[derive(Debug, Clone)]
pub(crate) struct DirectoryUser {
    pub(crate) id: Id,
    pub(crate) user_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) email: Option<String>,
    /// The path of the shown address.
    pub(crate) email_path: String,
    pub(crate) membership: Option<MembershipId>,
}

/// Places in teams.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// By the name of the team: the first [`FIRST_TEAMS`].
    pub(crate) first: Vec<Place>,
    /// How many come from groups of the identity provider, and how many are by hand.
    pub(crate) provided: i64,
    pub(crate) by_hand: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The id by which records name it: of the team, or of the group it follows.
    pub(crate) resource: String,
    pub(crate) name: String,
    pub(crate) is_by_hand: bool,
}

/// The ids by which records name a person.
#[derive(Debug, Clone, Default)]
pub(crate) struct Whose {
    pub(crate) user: Option<Id>,
    pub(crate) membership: Option<MembershipId>,
}

/// Records of one person.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    /// Newest first, as many as fit on a page.
    pub(crate) entries: Vec<Entry>,
    /// The record to continue from, if there are older ones.
    pub(crate) earlier: Option<String>,
    /// The newest records of the user and the membership, to find where a value comes from; and whether these are all.
    pub(crate) sources: Vec<Entry>,
    pub(crate) has_all_sources: bool,
    /// How far back places in teams were searched, if not to the beginning.
    pub(crate) teams_since: Option<String>,
    /// The names of the teams in these records, by the ids in the records.
    pub(crate) teams: HashMap<String, String>,
}

impl Places {
    pub(crate) const fn count(&self) -> i64 {
        self.provided.saturating_add(self.by_hand)
    }

    /// How many more there are than the first.
    pub(crate) fn more(&self) -> i64 {
        self.count().saturating_sub(i64::try_from(self.first.len()).unwrap_or(i64::MAX))
    }
}

impl Profile {
    /// What would become of the membership if the user were un-assigned now or, for one by hand, if it were removed.
    /// Changes nothing.
    pub(crate) fn ended(&self) -> Result<Outcome, Refusal> {
        let event = match self.details.member.managed_by {
            ManagedBy::Scim => Event::Deactivated,
            ManagedBy::Hand => Event::Removed,
        };
        live(&self.person, event)
    }

    /// What would become of it if the user were then assigned again.
    pub(crate) fn assigned_again(
        &self,
        ended: &Outcome,
        role: Grantable,
        mode: Mode,
    ) -> Result<Outcome, Refusal> {
        let kept = ended.effects.iter().find_map(|effect| match effect {
            Effect::Keep(account) => Some(Kept { account: *account, is_here: false }),
            _ => None,
        });
        let matches = self.person.matches.clone();
        let person = Person { membership: ended.membership, kept, matches, others: Owners::default() };
        live(&person, Event::Activated { role, mode })
    }
}
