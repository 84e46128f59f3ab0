//! What the binary keeps beside the directory: organisations, tokens, members, teams.

use crate::clock::Timestamp;
use crate::slug::Slug;
use crate::token::{KeyId, StoredHash};
use provost::core::{Id, Profile};
use provost::diesel::TenantId;

/// Whose habits the protocol allows for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ProfileName {
    /// Microsoft Entra ID
    Entra,
    /// Okta
    Okta,
    /// The RFCs to the letter
    Strict,
    /// The interoperability profile
    Interop,
}

impl ProfileName {
    const ALL: [Self; 4] = [Self::Entra, Self::Okta, Self::Strict, Self::Interop];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::Strict => "strict",
            Self::Interop => "interop",
        }
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == name)
    }

    pub(crate) fn rules(self) -> Profile {
        match self {
            Self::Entra => Profile::entra(),
            Self::Okta => Profile::okta(),
            Self::Strict => Profile::strict(),
            Self::Interop => Profile::interop(),
        }
    }
}

/// Who is provisioned apart from whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Organisation {
    /// The key under which everything of the organisation is stored. Renaming it leaves the key as it is.
    pub(crate) tenant: TenantId,
    pub(crate) slug: Slug,
    pub(crate) name: String,
    pub(crate) profile: ProfileName,
    pub(crate) default_role: String,
    pub(crate) created: Timestamp,
}

/// What is to change of an organisation; `None` stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct OrganisationChange {
    pub(crate) name: Option<String>,
    pub(crate) profile: Option<ProfileName>,
    pub(crate) default_role: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_found_by_its_name_here_and_in_the_core() {
        for profile in ProfileName::ALL {
            assert_eq!(ProfileName::by_name(profile.as_str()), Some(profile));
            assert_eq!(profile.rules().name(), profile.as_str());
        }
        assert_eq!(ProfileName::by_name("Entra"), None);
    }
}
