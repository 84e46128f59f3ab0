//! Which identity provider provisions an organisation, as far as people are concerned: it decides the words on the pages. What
//! the protocol makes allowance for is decided by the profile.

use provost::Profile;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdentityProvider {
    Entra,
    Okta,
    /// Anything else that speaks SCIM 2.0.
    Other,
}

impl IdentityProvider {
    pub(crate) const ALL: [Self; 3] = [Self::Entra, Self::Okta, Self::Other];

    /// The word in the database and in forms.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::Other => "other",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.word() == word)
    }

    /// The one that a profile is made for.
    pub(crate) fn of(profile: &Profile) -> Self {
        match profile.name().split(',').next() {
            Some("entra") => Self::Entra,
            Some("okta") => Self::Okta,
            _ => Self::Other,
        }
    }

    /// The profile to use. The default is Entra's, which is the most forgiving.
    pub(crate) fn profile(self) -> Profile {
        match self {
            Self::Entra | Self::Other => Profile::entra(),
            Self::Okta => Profile::okta(),
        }
    }

    /// After how many milliseconds without a call it counts as silent, unless the organisation says otherwise: three cycles of
    /// Entra, which calls every 40 minutes while provisioning runs. The others only call when something changes.
    pub(crate) const fn silent_after_ms(self) -> Option<i64> {
        match self {
            Self::Entra => Some(2 * 3_600_000),
            Self::Okta | Self::Other => None,
        }
    }

    /// Its name inside a sentence.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Entra => "Entra",
            Self::Okta => "Okta",
            Self::Other => "the identity provider",
        }
    }

    /// What an organisation's people call their directory.
    pub(crate) const fn directory(self) -> &'static str {
        match self {
            Self::Entra => "Microsoft Entra ID",
            Self::Okta => "Okta",
            Self::Other => "your company's directory",
        }
    }
}
