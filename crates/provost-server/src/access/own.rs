//! What people do to their own account.

use super::accounts::AccountId;
use super::passwords::Hashed;
use super::secrets::Digest;
use crate::audit::By;
use crate::clock::Timestamp;
use crate::organisations::Organisation;
use crate::people::{Address, ManagedBy, Role};
use crate::storage::{Result, asked};
use provost::hook::TenantId;

/// How many mails to new addresses an account may request in a day.
pub(crate) const ADDRESSES_A_DAY: i64 = 5;

/// How many teams of an organisation are named.
pub(crate) const TEAMS_NAMED: usize = 20;

asked! {
    trait OwnAccountStore {
        /// Changes the account's name.
        async fn rename_account(&self, by: By, id: AccountId, name: String) -> Result<()>;

        /// Sets a new password. Ends all sessions but `kept`, and links that set a password.
        async fn change_password(
            &self,
            by: By,
            id: AccountId,
            kept: Digest,
            password: Hashed,
        ) -> Result<()>;

        /// Ends an account's membership in an organisation, if it is by hand.
        async fn leave(&self, by: By, tenant: TenantId, id: AccountId, is_proved: bool) -> Result<()>;

        /// An account's memberships, by the name of the organisation.
        async fn own_places(&self, id: AccountId) -> Result<Vec<OwnPlace>>;
    }
}

asked! {
    /// Changing the sign-in address: the new one counts once the person has opened its mail and typed the password.
    trait SignInAddressStore {
        /// Queues the mail that confirms a new sign-in address. Links to other addresses end.
        async fn ask_for_address(&self, by: By, id: AccountId, email: Address) -> Result<()>;

        /// The address such a mail was sent to, or will be.
        async fn address_asked_for(&self, id: AccountId, now: Timestamp) -> Result<Option<String>>;

        /// Makes the address of a link the sign-in address of its account. The previous address is told, and links that
        /// set a password end.
        async fn confirm_address(&self, by: By, link: Digest) -> Result<()>;
    }
}

/// A membership as its own person sees it.
#[derive(Debug, Clone)]
pub(crate) struct OwnPlace {
    pub(crate) organisation: Organisation,
    pub(crate) role: Role,
    pub(crate) managed_by: ManagedBy,
    /// The names of the first teams.
    pub(crate) teams: Vec<String>,
    /// How many more there are.
    pub(crate) more_teams: i64,
}
