//! Accounts that are switched off: nobody signs in to one, and its memberships stay.

use super::accounts::Account;
use crate::audit::By;
use crate::people::AddressKey;
use crate::slug::Slug;
use crate::storage::{Result, asked};

asked! {
    trait AccountSwitchStore {
        /// Switches the account that signs in by an address off, which ends its sessions and links, or on again. The last owner of
        /// an organisation stays.
        async fn switch_account(&self, by: By, address: AddressKey, is_on: bool) -> Result<Switched>;
    }
}

/// An account that was switched, if it was not so before.
#[derive(Debug, Clone)]
pub(crate) struct Switched {
    pub(crate) account: Account,
    pub(crate) sessions_ended: usize,
    /// Where it is a member.
    pub(crate) organisations: Vec<Slug>,
}
