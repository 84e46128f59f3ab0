//! What a person does to her own account.

use super::accounts::AccountId;
use super::passwords::Hashed;
use super::secrets::Digest;
use crate::audit::By;
use crate::organisations::Organisation;
use crate::people::{ManagedBy, Role};
use crate::storage::{Result, asked};
use provost::hook::TenantId;

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
