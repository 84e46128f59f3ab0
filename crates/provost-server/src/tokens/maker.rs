//! Who made a token.

use crate::access::AccountId;

/// Who made a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Maker {
    /// A command, by the user's name in the operating system. A hint, not proof.
    Command(String),
    /// An account that was signed in.
    Account(AccountId),
}

/// A person who made tokens, as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    /// Whether they are still a member of the organisation.
    pub(crate) is_here: bool,
}
