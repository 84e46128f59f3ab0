//! Two memberships of one person that an owner makes one, on a page: what it comes to is shown first, and done only if it is so still.

use super::life::Refusal;
use super::{Member, MembershipId, Order, Standing, to_merge};
use crate::access::{Action, Digest};
use crate::storage::{Result, asked};
use data_encoding::HEXLOWER;
use provost::hook::TenantId;

asked! {
    trait MergingStore {
        /// What a merge comes to; `None` if the two are no possible match.
        async fn merging(&self, tenant: TenantId, pair: Pair) -> Result<Option<Merging>>;

        /// Merges the member of an order with another one, if it comes to what was seen.
        async fn merge_seen(&self, order: Order, gone: MembershipId, seen: String) -> Result<()>;
    }
}

/// Two memberships: the one by hand, which stays, and that of a user, which goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) kept: MembershipId,
    pub(crate) gone: MembershipId,
}

/// What a merge of two comes to.
#[derive(Debug, Clone)]
pub(crate) struct Merging {
    pub(crate) kept: Side,
    pub(crate) gone: Side,
    /// The names of the first teams of both, and how many there are besides.
    pub(crate) teams: Vec<String>,
    pub(crate) more_teams: usize,
    /// What becomes of the membership that stays, or why nothing does.
    pub(crate) becomes: Result<Standing, Refusal>,
}

/// One of the two.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub(crate) member: Member,
    pub(crate) standing: Standing,
}

impl Merging {
    /// The right that it needs.
    pub(crate) const fn needs(&self) -> Action {
        to_merge(self.kept.standing.role.role(), self.gone.standing.role.role())
    }

    /// Another one whenever something of it is another: the form has it of what was seen.
    pub(crate) fn mark(&self) -> String {
        let side = |Side { member, standing }: &Side| {
            let Member { id, user_name, display_name, email, scim_user_id, teams, .. } = member;
            format!("{:?}", (id, user_name, display_name, email, scim_user_id, teams, standing))
        };
        let text = format!("{} {} {:?}", side(&self.kept), side(&self.gone), self.becomes);
        HEXLOWER.encode(&Digest::of(&text).0)
    }
}
