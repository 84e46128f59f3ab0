//! Required single sign-on: passwords no longer open the organisation, except that of one emergency account, for the day when the
//! identity provider is down.

use crate::access::{AccountId, Digest};
use crate::audit::By;
use crate::people::Compared;
use crate::storage::{Result, asked};
use provost::hook::TenantId;
use std::collections::HashMap;
use uuid::Uuid;

/// How recently the person who requires it must have signed in through it.
pub(crate) const PROVED_MS: i64 = 3_600_000;
/// The most people named of those who could not sign in.
pub(crate) const SHOWN: usize = 20;

asked! {
    trait RequireStore {
        /// Requires single sign-on, with `emergency` as the one account whose password still opens the organisation: an owner who
        /// has joined. `expected` is the present emergency account. If it is not required yet, `account` must have signed in
        /// through it, or passed a test, within the hour.
        async fn require_sign_on(
            &self,
            by: By,
            tenant: TenantId,
            account: AccountId,
            from_to: (Option<AccountId>, AccountId),
        ) -> Result<()>;

        /// Lets passwords open it again, and tells the owners; returns whether it was required. No session changes. With an
        /// expected emergency account, refused if there is another by now.
        async fn unrequire_sign_on(
            &self,
            by: By,
            tenant: TenantId,
            expected: Option<AccountId>,
        ) -> Result<bool>;

        /// Tells the owners that the emergency account opens the organisation, once per session.
        async fn note_emergency(&self, by: By, tenant: TenantId, session: Digest) -> Result<()>;

        /// The owners who can be the emergency account.
        async fn keepers(&self, tenant: TenantId) -> Result<Vec<Keeper>>;

        /// How many of the members from SCIM, owners aside, can be recognised at their first sign-in, and how many there are.
        async fn recognised(&self, tenant: TenantId, compared: Compared) -> Result<(usize, usize)>;

        /// Who could no longer sign in.
        async fn shut_out(&self, tenant: TenantId) -> Result<ShutOut>;
    }
}

/// An owner who has joined and has a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keeper {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) address: String,
}

/// Members who could not sign in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ShutOut {
    pub(crate) count: usize,
    /// The first of them.
    pub(crate) names: Vec<String>,
}

/// Of unlinked members' users, given by key and `externalId`, those whom no sign-in can match: their `externalId` is unusable or
/// shared.
pub(crate) fn shut_out(compared: Compared, users: &[(i64, Option<String>)]) -> Vec<i64> {
    let key = |external: &Option<String>| {
        let external = external.as_deref().filter(|id| !id.is_empty())?;
        match compared {
            Compared::ObjectId => Uuid::try_parse(external).ok().map(|id| id.to_string()),
            Compared::ExternalId => Some(external.to_owned()),
            // user names are unique
            Compared::UserName => None,
        }
    };
    if compared == Compared::UserName {
        return Vec::new();
    }
    let mut counts: HashMap<String, usize> = HashMap::new();
    for id in users.iter().filter_map(|(_, external)| key(external)) {
        *counts.entry(id).or_default() += 1;
    }
    let is_meant = |external| key(external).is_some_and(|id| counts.get(&id) == Some(&1));
    users.iter().filter(|(_, external)| !is_meant(external)).map(|(user, _)| *user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_no_sign_in_can_mean_is_shut_out() {
        let id = |id: &str| Some(id.to_owned());
        const ONE: &str = "7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11";
        let users = [
            (1, id(ONE)),
            (2, id("{7F2F0B0E-5A35-4B7C-9D0C-0B6B8B7F5C11}")),
            (3, id("11111111-5a35-4b7c-9d0c-0b6b8b7f5c11")),
            (4, id("bo.lind")),
            (5, None),
            (6, id("")),
        ];
        assert_eq!(shut_out(Compared::ObjectId, &users), [1, 2, 4, 5, 6]);
        assert_eq!(shut_out(Compared::ExternalId, &users), [5, 6]);
        assert_eq!(shut_out(Compared::UserName, &users), Vec::<i64>::new());
    }
}
