//! The state of the invitation to a membership.

use crate::clock::Timestamp;

/// The state of the invitation to a membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Invitation {
    /// Nobody was invited.
    None,
    /// Its mail is in the outbox.
    Waiting(Unsent),
    Sent {
        to: String,
        ends: Timestamp,
    },
    /// A mail server refused it for good, with this error.
    Bounced {
        to: String,
        error: String,
    },
    Accepted,
    Ended {
        to: String,
        at: Timestamp,
    },
    Withdrawn,
}

/// Why a mail is still in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// It is sent as soon as possible.
    Due,
    /// The person is not in a team yet.
    NoTeam,
    /// The last attempt failed, with this error.
    Tried(String),
    /// It was given up, with this error. It is not sent unless somebody asks for it.
    GivenUp(String),
    /// The directory has no e-mail address for the person.
    NoAddress,
}

impl Invitation {
    /// The word for it, for programs.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Waiting(Unsent::GivenUp(_)) => "failed",
            Self::Waiting(_) => "waiting",
            Self::Sent { .. } => "sent",
            Self::Bounced { .. } => "bounced",
            Self::Accepted => "accepted",
            Self::Ended { .. } => "ended",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// A sentence for people; `None` if there is nothing to say.
    pub(crate) fn sentence(&self) -> Option<String> {
        Some(match self {
            Self::None | Self::Accepted => return None,
            Self::Waiting(why) => why.sentence(),
            Self::Sent { to, ends } => format!("invited by a mail to {to}, which is good until {ends}"),
            Self::Bounced { to, error } => format!(
                "the invitation to {to} was refused by a mail server: {error}; correct the address in the identity provider, \
                 and it is sent again"
            ),
            Self::Ended { to, at } => {
                format!("the invitation to {to} ended on {at}: `provost members resend` sends another one")
            }
            Self::Withdrawn => "the invitation was withdrawn".to_owned(),
        })
    }
}

impl Unsent {
    fn sentence(&self) -> String {
        match self {
            Self::Due => {
                "the invitation waits to be sent; `provost members resend --print-link` prints a link instead"
                    .to_owned()
            }
            Self::NoTeam => "the invitation is sent when the person is in a team".to_owned(),
            Self::Tried(error) => format!("the invitation could not be sent yet: {error}"),
            Self::GivenUp(error) => format!(
                "the invitation could not be sent, and is not tried again: {error}; `provost outbox retry` tries again"
            ),
            Self::NoAddress => {
                "no invitation was sent, since the directory has no e-mail address of the person".to_owned()
            }
        }
    }
}
