//! Why a token was last refused, in a form its organisation may see: nothing about the secret.

use super::TokenState;
use super::refused::Why;
use super::text::{LEN, Malformed};
use crate::clock::Timestamp;
use std::fmt;

/// How often a refusal of a token is stored at most.
pub(crate) const NOTED_EVERY_MS: i64 = 60_000;

/// A stored refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) at: Timestamp,
    pub(crate) reason: Reason,
}

/// What can be wrong with something that has the key id of an existing token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Ended,
    Revoked,
    WrongSecret,
    /// Only this many characters arrived.
    CutOff(u8),
    /// Characters were changed or added.
    Altered,
    /// The token is valid, but the organisation has SCIM off.
    ScimOff,
    /// The token is valid, but the organisation is switched off.
    SwitchedOff,
}

const ENDED: &str = "ended";
const REVOKED: &str = "revoked";
const WRONG_SECRET: &str = "wrong-secret";
const CUT_OFF: &str = "cut-off:";
const ALTERED: &str = "altered";
const SCIM_OFF: &str = "scim-off";
const SWITCHED_OFF: &str = "organisation-off";

impl Reason {
    /// `None` for reasons that are not about an existing token: an unknown key id, or too many requests.
    pub(super) fn of(why: Why) -> Option<Self> {
        match why {
            Why::Ended(TokenState::Revoked) => Some(Self::Revoked),
            Why::Ended(_) => Some(Self::Ended),
            Why::Forged => Some(Self::WrongSecret),
            Why::Malformed(Malformed::Length { found }) if found < LEN => {
                u8::try_from(found).ok().map(Self::CutOff)
            }
            Why::Malformed(_) => Some(Self::Altered),
            Why::ScimOff => Some(Self::ScimOff),
            Why::SwitchedOff => Some(Self::SwitchedOff),
            Why::Unknown | Why::Busy | Why::TooFast => None,
        }
    }

    /// The word for programs and the database, where it must never change.
    pub(crate) fn word(self) -> String {
        match self {
            Self::Ended => ENDED.to_owned(),
            Self::Revoked => REVOKED.to_owned(),
            Self::WrongSecret => WRONG_SECRET.to_owned(),
            Self::CutOff(after) => format!("{CUT_OFF}{after}"),
            Self::Altered => ALTERED.to_owned(),
            Self::ScimOff => SCIM_OFF.to_owned(),
            Self::SwitchedOff => SWITCHED_OFF.to_owned(),
        }
    }

    /// Parses a [`word`](Self::word).
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            ENDED => Some(Self::Ended),
            REVOKED => Some(Self::Revoked),
            WRONG_SECRET => Some(Self::WrongSecret),
            ALTERED => Some(Self::Altered),
            SCIM_OFF => Some(Self::ScimOff),
            SWITCHED_OFF => Some(Self::SwitchedOff),
            _ => word.strip_prefix(CUT_OFF)?.parse().ok().map(Self::CutOff),
        }
    }
}

/// For people.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("ended"),
            Self::Revoked => f.write_str("revoked"),
            Self::WrongSecret => f.write_str("wrong secret"),
            Self::CutOff(after) => write!(f, "cut off after {after} of {LEN} characters"),
            Self::Altered => f.write_str("characters changed or added"),
            Self::ScimOff => f.write_str("SCIM was off"),
            Self::SwitchedOff => f.write_str("the organisation was switched off"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_word_that_is_read_again() {
        for (reason, word, text) in [
            (Reason::Ended, "ended", "ended"),
            (Reason::Revoked, "revoked", "revoked"),
            (Reason::WrongSecret, "wrong-secret", "wrong secret"),
            (Reason::CutOff(40), "cut-off:40", "cut off after 40 of 67 characters"),
            (Reason::Altered, "altered", "characters changed or added"),
            (Reason::ScimOff, "scim-off", "SCIM was off"),
            (Reason::SwitchedOff, "organisation-off", "the organisation was switched off"),
        ] {
            assert_eq!((reason.word().as_str(), reason.to_string().as_str()), (word, text));
            assert_eq!(Reason::parse(word), Some(reason));
        }
        for word in ["", "cut-off:", "cut-off:300", "Ended"] {
            assert_eq!(Reason::parse(word), None, "{word}");
        }
    }
}
