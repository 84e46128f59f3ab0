//! Single sign-on that is required: a password opens the organisation no longer, but for that of one account, for the day on which the
//! identity provider is away.

use crate::access::{AccountId, Digest};
use crate::audit::By;
use crate::people::Compared;
use crate::storage::{Result, asked};
use provost::hook::TenantId;
use std::collections::HashMap;
use uuid::Uuid;

/// How long ago somebody who requires it may have come in through it.
pub(crate) const PROVED_MS: i64 = 3_600_000;
/// People who are named of those who could not come in.
pub(crate) const SHOWN: usize = 20;

asked! {
    trait RequireStore {
        /// A password opens the organisation no longer, but for that of the emergency account, by the one of before and the one of now: an
        /// owner who has joined. `account` came in through it within the hour, unless it is required already.
        async fn require_sign_on(
            &self,
            by: By,
            tenant: TenantId,
            account: AccountId,
            from_to: (Option<AccountId>, AccountId),
        ) -> Result<()>;

        /// Passwords open it again, of which its owners hear; whether it was required. No session changes.
        /// With an emergency account that is expected, only where it is that one.
        async fn unrequire_sign_on(
            &self,
            by: By,
            tenant: TenantId,
            expected: Option<AccountId>,
        ) -> Result<bool>;

        /// Tells the owners that the emergency account opens the organisation, once a session.
        async fn note_emergency(&self, by: By, tenant: TenantId, session: Digest) -> Result<()>;

        /// The owners who can be the emergency account.
        async fn keepers(&self, tenant: TenantId) -> Result<Vec<Keeper>>;

        /// Of the members whom SCIM brought, how many are recognised at their first sign-in, and how many there are.
        async fn recognised(&self, tenant: TenantId, compared: Compared) -> Result<(usize, usize)>;

        /// Who could not come in any more.
        async fn shut_out(&self, tenant: TenantId) -> Result<ShutOut>;
    }
}

/// An owner who has joined, and has a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keeper {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) address: String,
}

/// Members who could not come in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ShutOut {
    pub(crate) count: usize,
    /// The first of them.
    pub(crate) names: Vec<String>,
}

/// Which of the users of members who are not linked, by their keys and `externalId`s, no sign-in can mean: without one that can be an
/// answer, or with the same as another.
pub(crate) fn shut_out(compared: Compared, users: &[(i64, Option<String>)]) -> Vec<i64> {
    let key = |external: &Option<String>| {
        let external = external.as_deref().filter(|id| !id.is_empty())?;
        match compared {
            Compared::ObjectId => Uuid::try_parse(external).ok().map(|id| id.to_string()),
            Compared::ExternalId => Some(external.to_owned()),
            // names are unique
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
