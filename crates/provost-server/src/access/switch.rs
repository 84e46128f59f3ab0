//! Accounts that are switched off: nobody can sign in, but their memberships stay.

use super::accounts::Account;
use crate::audit::By;
use crate::people::AddressKey;
use crate::slug::Slug;
use crate::storage::{Result, asked};

asked! {
    trait AccountSwitchStore {
        /// Switches the account with a sign-in address off, which ends its sessions and links, or on again. The last
        /// owner of an organisation cannot be switched off.
        async fn switch_account(&self, by: By, address: AddressKey, is_on: bool) -> Result<Switched>;
    }
}

/// The account, and what changed if it was not already in that state.
#[derive(Debug, Clone)]
pub(crate) struct Switched {
    pub(crate) account: Account,
    pub(crate) sessions_ended: usize,
    /// Where it is a member.
    pub(crate) organisations: Vec<Slug>,
}
