//! How an organisation invites: a mode for people whom SCIM brings, and who may invite others by hand.

use crate::audit::Settings;
use std::fmt;
use std::str::FromStr;

/// How an organisation invites.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Inviting {
    pub(crate) mode: Mode,
    pub(crate) days: Days,
    pub(crate) inviters: Inviters,
    /// A note for those who may not invite.
    pub(crate) note: Option<String>,
}

impl Inviting {
    /// In the form of the audit trail.
    pub(crate) fn settings(&self) -> Settings {
        Settings::from_iter([
            ("invitations".to_owned(), self.mode.as_str().into()),
            ("invitationDays".to_owned(), self.days.0.into()),
            ("inviters".to_owned(), self.inviters.as_str().into()),
            ("invitersNote".to_owned(), self.note.clone().into()),
        ])
    }
}

macro_rules! words {
    ($(#[$about:meta])* $kind:ident { $($(#[$what:meta])* $word:ident = $text:literal),+ $(,)? } or $advice:literal) => {
        $(#[$about])*
        pub(crate) enum $kind { $($(#[$what])* $word),+ }

        impl $kind {
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text),+ }
            }
        }

        impl FromStr for $kind {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($text => Ok(Self::$word),)+ _ => Err($advice) }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// When a person brought by SCIM is mailed an invitation.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    Mode {
        Off = "off",
        /// At once.
        #[default]
        Assignment = "assignment",
        /// Once the person is in a team.
        Team = "team",
        /// Never automatically: managers get a daily mail about who is waiting, and invite from that list.
        Digest = "digest",
    } or "it is `off`, `assignment`, `team` or `digest`"
}

words! {
    /// Who may invite by hand.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
    Inviters {
        /// Owners and managers.
        #[default]
        Managers = "managers",
        Owners = "owners",
        Nobody = "nobody",
    } or "it is `managers` (with owners), `owners` or `nobody`"
}

#[cfg(feature = "console")]
impl Inviters {
    /// An explanation for those who may not.
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            Self::Managers => "owners and managers invite by hand here",
            Self::Owners => "owners alone invite by hand here",
            Self::Nobody => "nobody is invited by hand here",
        }
    }
}

/// How many days an invitation is valid: 1 to 30.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days(i64);

impl Days {
    const MOST: i64 = 30;

    pub(crate) const fn get(self) -> i64 {
        self.0
    }

    pub(crate) const fn millis(self) -> i64 {
        self.0 * 24 * 3_600 * 1_000
    }

    pub(crate) fn stored(days: i64) -> Option<Self> {
        (1..=Self::MOST).contains(&days).then_some(Self(days))
    }
}

impl Default for Days {
    fn default() -> Self {
        Self(7)
    }
}

impl FromStr for Days {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse().ok().and_then(Self::stored).ok_or("it is a number of days, from 1 to 30")
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_good_for_one_to_thirty_days() {
        for (text, days) in [
            ("1", Some(1)),
            (" 30 ", Some(30)),
            ("0", None),
            ("31", None),
            ("-1", None),
            ("7.5", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Days>().ok().map(Days::get), days, "{text}");
        }
        assert_eq!(Days::default().millis(), 604_800_000);
    }
}
