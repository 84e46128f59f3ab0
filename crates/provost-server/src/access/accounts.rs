//! Accounts: who signs in. Nothing finds an account by an address that an identity provider sent, because anybody who can
//! write that address there could then sign in as that person.

use crate::people::Address;

/// The key of an account, ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AccountId(pub(crate) i64);

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    /// By which the person signs in; none where an identity provider alone does that.
    pub(crate) email: Option<String>,
    pub(crate) name: String,
    /// Sessions of an earlier epoch are ended.
    pub(crate) epoch: i64,
    /// Whether it is switched off: nobody signs in to it.
    pub(crate) is_off: bool,
}

impl Account {
    /// What its person knows it by.
    pub(crate) fn login(self) -> String {
        self.email.unwrap_or(self.name)
    }
}

/// An account that is to be made.
#[derive(Debug, Clone)]
pub(crate) struct NewAccount {
    pub(crate) email: Address,
    pub(crate) name: String,
    pub(crate) password: super::passwords::Hashed,
}
