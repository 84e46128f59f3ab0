//! Members as commands list them. Other programs read this format: `docs/contract.md` says what they may rely on.

use super::invitation::Invitation;
use super::{Compared, Held, ManagedBy, MembershipId};
use crate::clock::Timestamp;
use crate::slug::Slug;
use provost::Id;
use serde::{Serialize, Serializer};

/// Somebody with a membership in an organisation or, if asked for, a SCIM user without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    /// The `userName` of the SCIM user, else the e-mail address.
    pub(crate) user_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) email: Option<String>,
    #[serde(serialize_with = "role_name")]
    pub(crate) role: Option<Held>,
    pub(crate) state: State,
    pub(crate) scim_user_id: Option<Id>,
    #[serde(serialize_with = "word")]
    pub(crate) managed_by: ManagedBy,
    /// Short names, in order.
    pub(crate) teams: Vec<Slug>,
    pub(crate) id: Option<MembershipId>,
    #[serde(rename = "roleSource", serialize_with = "role_source")]
    pub(crate) source: Option<Held>,
    #[serde(serialize_with = "time")]
    pub(crate) joined: Option<Timestamp>,
    #[serde(serialize_with = "time")]
    pub(crate) last_sign_in: Option<Timestamp>,
}

impl Member {
    /// The role's name; empty without a membership.
    pub(crate) fn role(&self) -> &'static str {
        self.role.map_or("", |held| held.role().as_str())
    }
}

fn role_name<S: Serializer>(held: &Option<Held>, serializer: S) -> Result<S::Ok, S::Error> {
    held.map(|held| held.role().as_str()).serialize(serializer)
}

fn role_source<S: Serializer>(held: &Option<Held>, serializer: S) -> Result<S::Ok, S::Error> {
    held.map(Held::source).serialize(serializer)
}

fn word<S: Serializer>(by: &ManagedBy, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(by.as_str())
}

fn time<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_string()).serialize(serializer)
}

/// The states in which members are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Provisioned,
    Invited,
    Joined,
    /// A SCIM user without access, and so without a membership.
    Deactivated,
}

impl State {
    const ALL: [Self; 4] = [Self::Provisioned, Self::Invited, Self::Joined, Self::Deactivated];

    /// The states with a membership.
    pub(crate) const MEMBERS: [Self; 3] = [Self::Provisioned, Self::Invited, Self::Joined];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Provisioned => "provisioned",
            Self::Invited => "invited",
            Self::Joined => "joined",
            Self::Deactivated => "deactivated",
        }
    }

    /// Parses the value of `--state`: some states, or `all`.
    pub(crate) fn list(text: &str) -> Result<Vec<Self>, String> {
        if text == "all" {
            return Ok(Self::ALL.to_vec());
        }
        let one = |word: &str| {
            let found = Self::ALL.into_iter().find(|state| state.as_str() == word.trim());
            found.ok_or_else(|| {
                format!(
                    "`{}` is no state: write some of provisioned,invited,joined,deactivated, or all",
                    word.trim()
                )
            })
        };
        text.split(',').map(one).collect()
    }
}

/// Details about one member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Details {
    #[serde(flatten)]
    pub(crate) member: Member,
    #[serde(serialize_with = "time")]
    pub(crate) created: Option<Timestamp>,
    /// The role's name in an earlier release, if it was different.
    pub(crate) former_role: Option<String>,
    /// When the identity provider un-assigned a user with the address of this membership by hand, unless an owner has
    /// kept it since.
    #[serde(serialize_with = "time")]
    pub(crate) unassigned: Option<Timestamp>,
    /// Memberships that may be the same person's.
    pub(crate) possible_matches: Vec<PossibleMatch>,
    /// What became of the invitation.
    #[serde(serialize_with = "invitation")]
    pub(crate) invitation: Invitation,
}

fn invitation<S: Serializer>(invitation: &Invitation, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(invitation.as_str())
}

/// A membership of the other kind that may be the same person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PossibleMatch {
    pub(crate) id: MembershipId,
    pub(crate) user_name: String,
    pub(crate) scim_user_id: Option<Id>,
    pub(crate) display_name: Option<String>,
    pub(crate) same: Same,
}

/// What two memberships have in common that may be the same person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Same {
    Address,
    /// The account is linked to the sign-in with the object id that the SCIM user has as `externalId`.
    ObjectId,
    /// The same, with another id.
    ExternalId,
    /// The same, with the `userName`.
    UserName,
}

impl Same {
    pub(crate) const fn of(compared: Compared) -> Self {
        match compared {
            Compared::ObjectId => Self::ObjectId,
            Compared::ExternalId => Self::ExternalId,
            Compared::UserName => Self::UserName,
        }
    }

    /// What it is.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::ObjectId => "object id",
            Self::ExternalId => "id at the identity provider",
            Self::UserName => "user name at the identity provider",
        }
    }
}
