//! A mail about to be sent.

use super::content::Written;
use crate::clock::Timestamp;
use crate::people::Address;
use std::fmt;

/// One mail to one person. `Debug` leaves its text out, which may hold a link that works for anyone.
#[derive(Clone)]
pub(crate) struct Letter {
    pub(crate) to: Address,
    /// The sender's display name: the organisation's name, not yet made safe for a header.
    pub(crate) from_name: String,
    pub(crate) written: Written,
    pub(crate) message_id: MessageId,
    pub(crate) date: Timestamp,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// Lets the recipient see that two copies are the same mail: derived from the row in the outbox, so a second attempt has the same
/// value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageId(String);

impl MessageId {
    /// For a mail that is not in the outbox.
    pub(crate) fn of_key(key: i64) -> Self {
        Self(format!("provost.{key}"))
    }

    /// For the row with this name in a tenant's outbox.
    pub(crate) fn of_row(tenant: i64, name: &str) -> Self {
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '.' }).collect();
        Self(format!("provost.{tenant}.{name}"))
    }

    /// The part before the @.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
