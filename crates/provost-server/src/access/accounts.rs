//! Accounts, with which people sign in. An account is never looked up by an address from an identity provider: anyone
//! who can set that address there could then sign in as somebody else.

use crate::people::Address;

/// The key of an account, ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AccountId(pub(crate) i64);

/// Who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    /// The sign-in address; `None` for an account that only an identity provider opens.
    pub(crate) email: Option<String>,
    pub(crate) name: String,
    /// Sessions with an earlier epoch have ended.
    pub(crate) epoch: i64,
    /// Whether it is switched off, so that nobody can sign in.
    pub(crate) is_off: bool,
}

impl Account {
    /// What the person knows it by.
    pub(crate) fn login(self) -> String {
        self.email.unwrap_or(self.name)
    }
}

/// The data of a new account.
#[derive(Debug, Clone)]
pub(crate) struct NewAccount {
    pub(crate) email: Address,
    pub(crate) name: String,
    pub(crate) password: super::passwords::Hashed,
}
