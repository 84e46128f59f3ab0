//! The state of a member as the list shows it: how far the membership has come, and what is wrong with the invitation.

/// A state by which the pages list members. The word is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Joined,
    Invited,
    /// The time of the invitation is over.
    Ended,
    /// A mail server refused it for good.
    Bounced,
    /// The identity provider brought the person, and nobody was invited yet.
    Provisioned,
}

impl Shown {
    pub(crate) const ALL: [Self; 5] =
        [Self::Joined, Self::Invited, Self::Ended, Self::Bounced, Self::Provisioned];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Invited => "invited",
            Self::Ended => "ended",
            Self::Bounced => "bounced",
            Self::Provisioned => "provisioned",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shown| shown.as_str() == word)
    }

    /// For people.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Joined => "Joined",
            Self::Invited => "Invited",
            Self::Ended => "Invitation ended",
            Self::Bounced => "Mail bounced",
            Self::Provisioned => "Provisioned",
        }
    }

    /// The class of its shape and colour.
    pub(crate) const fn lamp(self) -> &'static str {
        match self {
            Self::Joined => "ok",
            Self::Invited | Self::Provisioned => "wait",
            Self::Ended => "warn",
            Self::Bounced => "bad",
        }
    }
}
