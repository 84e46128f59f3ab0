//! Members by hand whose address belongs to somebody the identity provider un-assigned. Owners are told once, and keep
//! or remove them.

use super::{Member, MembershipId};
use crate::audit::By;
use crate::clock::Timestamp;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

asked! {
    trait LeftBehindStore {
        /// Keeps the member, and returns it.
        async fn keep_member(&self, by: By, tenant: TenantId, name: String) -> Result<Member>;
    }
}

/// The first few of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LeftBehind {
    pub(crate) first: Vec<Left>,
    pub(crate) has_more: bool,
}

/// Somebody who was left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) id: MembershipId,
    /// The name, or else the address.
    pub(crate) name: String,
    /// When somebody with the address was un-assigned.
    pub(crate) since: Timestamp,
}
