//! What the binary keeps beside the directory: organisations, tokens, members, teams.

use crate::clock::Timestamp;
use crate::slug::Slug;
use crate::token::{KeyId, StoredHash};
use provost::hook::TenantId;
use provost::{Id, Profile};

/// Who is provisioned apart from whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Organisation {
    /// The key under which everything of the organisation is stored. Renaming it leaves the key as it is.
    pub(crate) tenant: TenantId,
    pub(crate) slug: Slug,
    pub(crate) name: String,
    /// Whose habits the protocol allows for, and whether `externalId` is unique.
    pub(crate) profile: Profile,
    pub(crate) default_role: String,
    pub(crate) created: Timestamp,
}

/// What is to change of an organisation; `None` stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct OrganisationChange {
    pub(crate) name: Option<String>,
    pub(crate) profile: Option<Profile>,
    pub(crate) default_role: Option<String>,
    pub(crate) unique_external_id: Option<bool>,
}

impl OrganisationChange {
    /// Whether values that may repeat now can be unique afterwards.
    pub(crate) fn may_make_unique(&self) -> bool {
        self.profile.is_some() || self.unique_external_id.is_some()
    }
}

/// The row of a token.
#[derive(Debug, Clone)]
pub(crate) struct TokenRow {
    pub(crate) key_id: KeyId,
    pub(crate) tenant: TenantId,
    pub(crate) hash: StoredHash,
    pub(crate) label: String,
    pub(crate) created: Timestamp,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) revoked: Option<Timestamp>,
    pub(crate) last_used: Option<Timestamp>,
}

/// Whether a token opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenState {
    Active,
    Expired,
    Revoked,
}

impl TokenState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl TokenRow {
    pub(crate) fn state(&self, now: Timestamp) -> TokenState {
        if self.revoked.is_some() {
            TokenState::Revoked
        } else if self.expires.is_some_and(|end| end <= now) {
            TokenState::Expired
        } else {
            TokenState::Active
        }
    }
}

/// An active user of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) user_id: Id,
    pub(crate) user_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) role: String,
    pub(crate) state: String,
    pub(crate) managed_by: String,
    /// Slugs, in order.
    pub(crate) teams: Vec<Slug>,
}

/// A group of an organisation, with those of its users who are members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Team {
    pub(crate) group_id: Id,
    pub(crate) slug: Slug,
    pub(crate) name: String,
    pub(crate) members: Vec<TeamMember>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TeamMember {
    pub(crate) user_id: Id,
    pub(crate) user_name: String,
}
