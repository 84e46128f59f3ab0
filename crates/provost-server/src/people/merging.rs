//! An owner merges two memberships of one person on a page: the result is shown first, and the merge is refused if it
//! would now be different.

use super::life::Refusal;
use super::{Member, MembershipId, Order, Standing, to_merge};
use crate::access::{Action, Digest};
use crate::storage::{Result, asked};
use data_encoding::HEXLOWER;
use provost::hook::TenantId;

asked! {
    trait MergingStore {
        /// The result of a merge; `None` if the two are not a possible match.
        async fn merging(&self, tenant: TenantId, pair: Pair) -> Result<Option<Merging>>;

        /// Merges the order's member with another, if the result is still the one that was shown.
        async fn merge_seen(&self, order: Order, gone: MembershipId, seen: String) -> Result<()>;
    }
}

/// Two memberships: the one by hand stays, that of a SCIM user goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) kept: MembershipId,
    pub(crate) gone: MembershipId,
}

/// The result of a merge.
#[derive(Debug, Clone)]
pub(crate) struct Merging {
    pub(crate) kept: Side,
    pub(crate) gone: Side,
    /// The names of the first teams of both, and how many more there are.
    pub(crate) teams: Vec<String>,
    pub(crate) more_teams: usize,
    /// The resulting membership, or why they cannot be merged.
    pub(crate) becomes: Result<Standing, Refusal>,
}

/// One of the two.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub(crate) member: Member,
    pub(crate) standing: Standing,
}

impl Merging {
    /// The right needed.
    pub(crate) const fn needs(&self) -> Action {
        to_merge(self.kept.standing.role.role(), self.gone.standing.role.role())
    }

    /// Changes whenever something about the merge changes. The form carries the mark of what was shown.
    pub(crate) fn mark(&self) -> String {
        let side = |Side { member, standing }: &Side| {
            let Member { id, user_name, display_name, email, scim_user_id, teams, .. } = member;
            format!("{:?}", (id, user_name, display_name, email, scim_user_id, teams, standing))
        };
        let text = format!("{} {} {:?}", side(&self.kept), side(&self.gone), self.becomes);
        HEXLOWER.encode(&Digest::of(&text).0)
    }
}
