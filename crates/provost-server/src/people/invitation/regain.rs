//! Invitations to members who have joined already, and whose account has no password: by one the account gets a password, or is linked
//! to a sign-in at the identity provider anew.

use crate::access::{Account, AccountId, Digest, Hashed};
use crate::audit::By;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait RegainStore {
        /// Uses a link up; gives the account that opens the place from then on.
        async fn regain(&self, by: By, link: Digest, how: Regained) -> Result<Account>;

        /// Where the link would go by which an owner who has no password sets one; nothing where there is none to be had.
        async fn own_link(&self, tenant: TenantId, account: AccountId) -> Result<Option<String>>;

        /// Puts its mail in.
        async fn ask_for_link(&self, by: By, tenant: TenantId, account: AccountId) -> Result<()>;
    }
}

/// How somebody comes in again.
#[derive(Debug, Clone)]
pub(crate) enum Regained {
    /// By a password for the same account, which signs in with the address that the link was sent to.
    Password(Hashed),
    /// By the account in use, which has that address: the membership goes over to it.
    Account(AccountId),
}
