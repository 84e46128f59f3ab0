//! A member's state in the list: the stage of the membership, and any problem with the invitation.

/// A state shown on the pages. The word is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Joined,
    Invited,
    /// The invitation has expired.
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

    /// The CSS class of its shape and colour.
    pub(crate) const fn lamp(self) -> &'static str {
        match self {
            Self::Joined => "ok",
            Self::Invited | Self::Provisioned => "wait",
            Self::Ended => "warn",
            Self::Bounced => "bad",
        }
    }
}
