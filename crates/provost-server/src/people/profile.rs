//! What is known of one person in an organisation, for the page that says where it comes from and what would become of it.

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

/// Teams of one member that are read at most; a person may be in thousands.
pub(crate) const FIRST_TEAMS: usize = 20;

asked! {
    trait ProfileStore {
        /// One member, by the id of the membership alone.
        async fn profile(&self, tenant: TenantId, id: MembershipId, now: Timestamp) -> Result<Option<Profile>>;

        /// A user of the directory, who may have no membership.
        async fn directory_user(&self, tenant: TenantId, id: Id) -> Result<Option<DirectoryUser>>;

        /// What happened to a person, the newest first: what was before a record, where one is named.
        async fn history(&self, tenant: TenantId, whose: Whose, before: Option<String>) -> Result<History>;
    }
}

/// A member, as far as it is known.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) details: Details,
    /// What decides what becomes of the membership.
    pub(crate) person: Person,
    /// What the directory says of the person.
    pub(crate) user: Option<DirectoryUser>,
    pub(crate) places: Places,
    /// By what the person signs in, if by an address.
    pub(crate) signs_in_with: Option<String>,
    /// Whether the person has joined, and may be sent a link to set a password.
    pub(crate) may_regain: bool,
    /// The open sessions that were used here.
    pub(crate) sessions: Vec<Session>,
}

/// A user of the directory.
#[derive(Debug, Clone)]
pub(crate) struct DirectoryUser {
    pub(crate) id: Id,
    pub(crate) user_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) email: Option<String>,
    /// Which of the addresses that is.
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
    /// The id of the team, or of the group that it follows: what records name.
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
    /// The newest first, as many as a page shows.
    pub(crate) entries: Vec<Entry>,
    /// The record before which there are more.
    pub(crate) earlier: Option<String>,
    /// The newest records of the user and the membership, for where a value comes from; and whether these are all.
    pub(crate) sources: Vec<Entry>,
    pub(crate) has_all_sources: bool,
    /// Since when places in teams were looked for, where that is not from the beginning.
    pub(crate) teams_since: Option<String>,
    /// What the teams that these records name are called, by the ids that they name.
    pub(crate) teams: HashMap<String, String>,
}

impl Places {
    pub(crate) const fn count(&self) -> i64 {
        self.provided.saturating_add(self.by_hand)
    }

    /// How many there are besides the first.
    pub(crate) fn more(&self) -> i64 {
        self.count().saturating_sub(i64::try_from(self.first.len()).unwrap_or(i64::MAX))
    }
}

impl Profile {
    /// What would become of the membership if the user were un-assigned now; of one by hand, if it were removed. Nothing is done.
    pub(crate) fn ended(&self) -> Result<Outcome, Refusal> {
        let event = match self.details.member.managed_by {
            ManagedBy::Scim => Event::Deactivated,
            ManagedBy::Hand => Event::Removed,
        };
        live(&self.person, event)
    }

    /// What would come of it if the user were assigned again after that.
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
