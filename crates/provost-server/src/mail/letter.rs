//! A mail that is about to be sent.

use super::content::Written;
use crate::clock::Timestamp;
use crate::people::Address;
use std::fmt;

/// One mail to one person. Its text may hold a link that works for anyone who reads it, so it is not shown.
#[derive(Clone)]
pub(crate) struct Letter {
    pub(crate) to: Address,
    /// Shown as the sender: the organisation's name, however it is spelt.
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

/// Tells a recipient that two copies are one mail: made from the row of the outbox, so a second attempt carries the same value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageId(String);

impl MessageId {
    /// Of a mail that stands in no outbox.
    pub(crate) fn of_key(key: i64) -> Self {
        Self(format!("provost.{key}"))
    }

    /// Of the row with this name in the outbox of a tenant.
    pub(crate) fn of_row(tenant: i64, name: &str) -> Self {
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '.' }).collect();
        Self(format!("provost.{tenant}.{name}"))
    }

    /// What stands before the @.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
