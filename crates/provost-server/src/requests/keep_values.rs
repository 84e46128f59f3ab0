//! Whether an organisation has the values of its refused requests kept: for a day, and then not any more by itself.

use super::VALUES_MS;
use crate::clock::Timestamp;
use std::str::FromStr;

/// A change of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeepValues {
    /// For 24 hours from now.
    ForADay,
    /// No longer; those that are kept are removed.
    No,
}

impl KeepValues {
    /// Until when, if it is switched now.
    pub(crate) fn until(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::ForADay => Some(Timestamp::from_millis(now.as_millis().saturating_add(VALUES_MS))),
            Self::No => None,
        }
    }
}

impl FromStr for KeepValues {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "24h" => Ok(Self::ForADay),
            "off" => Ok(Self::No),
            _ => Err(format!(
                "`{text}` is neither `24h` nor `off`: values are kept for 24 hours and no longer"
            )),
        }
    }
}
