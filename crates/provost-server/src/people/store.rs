//! What people need from the database.

use super::{Address, Details, Member, MembershipId, Role, State};
use crate::audit::By;
use crate::storage::{Result, asked};
use provost::Id;
use provost::hook::TenantId;
use std::fmt;

asked! {
    /// A member is named by the membership's id, the user name, or an e-mail address.
    trait PeopleStore {
        /// Members in these states, by user name.
        async fn members(&self, tenant: TenantId, states: Vec<State>) -> Result<Vec<Member>>;

        /// One member, with all details.
        async fn member(&self, tenant: TenantId, name: String) -> Result<Details>;

        /// Invites a person by hand.
        async fn invite(
            &self,
            by: By,
            tenant: TenantId,
            email: Address,
            name: Option<String>,
            role: Role,
        ) -> Result<MembershipId>;

        /// Gives a member a role by hand.
        async fn give_role(&self, by: By, tenant: TenantId, name: String, role: Role) -> Result<Member>;

        /// Removes a membership by hand; returns what it was.
        async fn remove_member(&self, by: By, tenant: TenantId, name: String) -> Result<Member>;

        /// Merges a membership by hand with that of a SCIM user, or previews it.
        async fn merge(
            &self,
            by: By,
            tenant: TenantId,
            name: String,
            user: Id,
            is_done: bool,
        ) -> Result<Merge>;

        /// The members no identity provider manages, with all details.
        async fn by_hand(&self, tenant: TenantId) -> Result<Vec<Details>>;

        /// How many members have a role with another name than in an earlier release.
        async fn renamed_roles(&self, tenant: TenantId) -> Result<i64>;
    }
}

/// The result of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merge {
    /// The membership by hand, as it was.
    pub(crate) kept: Member,
    /// That of the SCIM user, which goes.
    pub(crate) gone: Member,
}

impl fmt::Display for Merge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kept, gone } = self;
        let id = |member: &Member| member.id.map(|id| id.to_string()).unwrap_or_default();
        let account = match (kept.state, gone.state) {
            (State::Joined, _) => "with the account that it has",
            (_, State::Joined) => "with the account of the other one",
            _ => "still invited",
        };
        write!(
            f,
            "{} ({}, {}, by hand) stays, {account}, and belongs to the user {} from then on; the membership {} of that user \
             ({}) goes, and its teams pass on. The identity provider manages the member then: un-assigning the user ends the \
             membership. This cannot be undone",
            kept.user_name,
            id(kept),
            kept.role(),
            gone.user_name,
            id(gone),
            gone.role(),
        )
    }
}
