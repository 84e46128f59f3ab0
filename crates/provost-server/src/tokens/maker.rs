//! Who made a token.

use crate::access::AccountId;

/// Who made a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Maker {
    /// A command, given by somebody whom the operating system calls so. It is a hint, not a proof.
    Command(String),
    /// Somebody who was signed in.
    Account(AccountId),
}

/// A person who made tokens, as they are today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    /// Whether they are still a member of the organisation.
    pub(crate) is_here: bool,
}
