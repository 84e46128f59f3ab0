//! Accounts: who signs in. Nothing finds an account by an address that an identity provider sent, for whoever can write that
//! address there would be that person here.

/// The key of an account, ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct AccountId(pub(crate) i64);
