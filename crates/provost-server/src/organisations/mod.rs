//! Organisations: the server's tenants, each provisioned separately.

pub(crate) mod command;
mod ending;
mod identity_provider;
mod shown;
mod store;
mod tombstone;
#[cfg(feature = "console")]
mod while_off;

pub(crate) use ending::Unconfirmed;
pub(crate) use identity_provider::IdentityProvider;
#[cfg(feature = "console")]
pub(crate) use store::FormerSlugStore;
pub(crate) use store::{EndingStore, OrganisationStore};
pub(crate) use tombstone::Tombstone;
#[cfg(feature = "console")]
pub(crate) use while_off::{Names, WhileOff, WhileOffStore};

use crate::audit::{Keep, Settings};
use crate::brake::{Brake, Least, Manner, Percent};
use crate::clock::Timestamp;
use crate::people::{Days, Grantable, Inviters, Inviting, Mode};
use crate::requests::KeepValues;
use crate::silence::SilentAfter;
use crate::slug::Slug;
use provost::Profile;
use provost::hook::TenantId;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;

/// An organisation and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Organisation {
    /// The key under which all its data is stored. Renaming does not change it.
    pub(crate) tenant: TenantId,
    pub(crate) slug: Slug,
    pub(crate) name: String,
    /// Which client's habits the protocol makes allowance for, and whether `externalId` is unique.
    pub(crate) profile: Profile,
    /// The role of new members.
    pub(crate) default_role: Grantable,
    /// The default role's name in an earlier release, if it was different.
    pub(crate) former_default_role: Option<String>,
    /// Whether the identity provider may provision it. If not, its tokens are refused.
    pub(crate) scim: bool,
    pub(crate) provider: IdentityProvider,
    /// How long the records of its audit trail are kept.
    pub(crate) audit_keep: Keep,
    pub(crate) inviting: Inviting,
    pub(crate) brake: Brake,
    pub(crate) created: Timestamp,
    /// When it was switched off, if it is. Nothing is lost, but nothing opens either.
    pub(crate) disabled: Option<Timestamp>,
    pub(crate) silent_after: SilentAfter,
    /// When it, or its SCIM, was last switched on again: before that its identity provider had nothing to call.
    pub(crate) reopened: Option<Timestamp>,
    /// Until when the values of refused requests are kept.
    pub(crate) values_until: Option<Timestamp>,
}

impl Organisation {
    /// After how many milliseconds without a call its identity provider counts as silent; `None` for never.
    pub(crate) fn silent_after_ms(&self) -> Option<i64> {
        self.silent_after.millis(self.provider.silent_after_ms())
    }

    /// The settings that can change, as the audit trail records them.
    pub(crate) fn settings(&self) -> Settings {
        let mut settings = Settings::from_iter([
            ("slug".to_owned(), self.slug.as_str().into()),
            ("name".to_owned(), self.name.as_str().into()),
            ("profile".to_owned(), self.profile.name().into()),
            ("defaultRole".to_owned(), self.default_role.as_str().into()),
            ("uniqueExternalId".to_owned(), self.profile.has_unique_external_id().into()),
            ("scim".to_owned(), self.scim.into()),
            ("provider".to_owned(), self.provider.word().into()),
            ("auditRetention".to_owned(), self.audit_keep.to_string().into()),
            ("silentAfter".to_owned(), self.silent_after.to_string().into()),
            ("valuesKeptUntil".to_owned(), self.values_until.map(|until| until.to_string()).into()),
        ]);
        settings.extend(self.inviting.settings());
        settings.extend(self.brake.settings());
        settings
    }
}

/// What is deleted along with an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Losses {
    /// Users with access.
    pub(crate) members: i64,
    /// Members by hand, joined or invited.
    pub(crate) by_hand: i64,
    /// All users from the identity provider, with or without access.
    pub(crate) users: i64,
    pub(crate) groups: i64,
    /// Tokens that are neither revoked nor expired.
    pub(crate) tokens: i64,
}

impl Losses {
    /// As the audit trail records them.
    pub(crate) fn counts(&self) -> Value {
        let Self { members, by_hand, users, groups, tokens } = self;
        json!({ "members": members, "byHand": by_hand, "users": users, "groups": groups, "tokens": tokens })
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |n: i64, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let (users, groups) = (counted(self.users, "user"), counted(self.groups, "group"));
        let (teams, tokens) =
            (if self.groups == 1 { "its team" } else { "their teams" }, counted(self.tokens, "valid token"));
        write!(f, "{users} ({} with access), ", self.members)?;
        if self.by_hand > 0 {
            write!(f, "{} by hand, ", counted(self.by_hand, "member"))?;
        }
        write!(f, "{groups} with {teams}, and {tokens}")
    }
}

/// Changes to an organisation; `None` leaves a setting alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct OrganisationChange {
    pub(crate) slug: Option<Slug>,
    pub(crate) name: Option<String>,
    pub(crate) profile: Option<Profile>,
    pub(crate) default_role: Option<Grantable>,
    pub(crate) unique_external_id: Option<bool>,
    pub(crate) scim: Option<bool>,
    pub(crate) provider: Option<IdentityProvider>,
    pub(crate) audit_keep: Option<Keep>,
    pub(crate) invitations: Option<Mode>,
    pub(crate) invitation_days: Option<Days>,
    pub(crate) inviters: Option<Inviters>,
    /// The outer `Option` says whether it changes.
    pub(crate) inviters_note: Option<Option<String>>,
    pub(crate) brake: Option<Manner>,
    pub(crate) brake_least: Option<Least>,
    pub(crate) brake_percent: Option<Percent>,
    pub(crate) silent_after: Option<SilentAfter>,
    pub(crate) keep_values: Option<KeepValues>,
}

/// What enabling SCIM did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enabled {
    /// It was off and no token worked, so there is a new one.
    WithToken,
    /// It was off, and the existing tokens work again.
    AsBefore,
    /// It was on already.
    Already,
}

impl OrganisationChange {
    /// Whether values that may now be repeated could become unique.
    pub(crate) fn may_make_unique(&self) -> bool {
        self.profile.is_some() || self.unique_external_id.is_some()
    }
}
