//! Who is here by hand although the identity provider un-assigned somebody with the address: owners are told once, and say that they
//! stay, or remove them.

use super::{Member, MembershipId};
use crate::audit::By;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait LeftBehindStore {
        /// The member stays; gives who it is.
        async fn keep_member(&self, by: By, tenant: TenantId, name: String) -> Result<Member>;
    }
}

/// The first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LeftBehind {
    pub(crate) first: Vec<Left>,
    pub(crate) has_more: bool,
}

/// Somebody who was left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) id: MembershipId,
    /// The name, else the address.
    pub(crate) name: String,
    /// When somebody with the address was un-assigned.
    pub(crate) since: Timestamp,
}
