//! What a person does to her own account.

use super::accounts::AccountId;
use super::passwords::Hashed;
use super::secrets::Digest;
use crate::audit::By;
use crate::clock::Timestamp;
use crate::organisations::Organisation;
use crate::people::{Address, ManagedBy, Role};
use crate::storage::{Result, asked};
use provost::hook::TenantId;

/// Mails to new addresses that an account may ask for in a day.
pub(crate) const ADDRESSES_A_DAY: i64 = 5;

/// Teams of a place that are named.
pub(crate) const TEAMS_NAMED: usize = 20;

asked! {
    trait OwnAccountStore {
        /// Calls the account differently.
        async fn rename_account(&self, by: By, id: AccountId, name: String) -> Result<()>;

        /// Sets another password. All sessions but `kept` end, and so do links by which a password is set.
        async fn change_password(
            &self,
            by: By,
            id: AccountId,
            kept: Digest,
            password: Hashed,
        ) -> Result<()>;

        /// Ends the membership of an account in an organisation, if it is by hand.
        async fn leave(&self, by: By, tenant: TenantId, id: AccountId, is_proved: bool) -> Result<()>;

        /// The memberships of an account, by the name of the organisation.
        async fn own_places(&self, id: AccountId) -> Result<Vec<OwnPlace>>;
    }
}

asked! {
    /// The address that an account signs in with: another one counts once its mailbox was read, and the password typed.
    trait SignInAddressStore {
        /// Puts in the mail by which an address becomes the one that the account signs in with. Links to others end.
        async fn ask_for_address(&self, by: By, id: AccountId, email: Address) -> Result<()>;

        /// The address that such a mail is on its way to, or was sent to.
        async fn address_asked_for(&self, id: AccountId, now: Timestamp) -> Result<Option<String>>;

        /// The address of a link becomes the one that its account signs in with. The one of before is told, and links by which a
        /// password is set end.
        async fn confirm_address(&self, by: By, link: Digest) -> Result<()>;
    }
}

/// A membership as its person sees it.
#[derive(Debug, Clone)]
pub(crate) struct OwnPlace {
    pub(crate) organisation: Organisation,
    pub(crate) role: Role,
    pub(crate) managed_by: ManagedBy,
    /// The names of the first teams.
    pub(crate) teams: Vec<String>,
    /// How many there are besides.
    pub(crate) more_teams: i64,
}
