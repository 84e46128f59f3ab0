//! What people do to a member, and which right each act needs.

use super::{MembershipId, Role};
use crate::access::{Action, Right};
use crate::audit::By;
use crate::storage::{Result, asked};
use provost::hook::TenantId;

/// What somebody does to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// A role by hand.
    Give(Role),
    /// Ends a role by hand, so that the role is derived again.
    GiveBack,
    /// Mails the invitation again.
    Resend,
    /// Withdraws the invitation.
    Withdraw,
    /// Ends a membership by hand.
    Remove,
    /// Keeps the member although somebody with the address was un-assigned.
    Keep,
    /// The member's sessions no longer open this organisation. Elsewhere they go on.
    EndSessions,
}

/// An act of one member on another. The actor's rights are checked in the transaction that acts: if two owners demote
/// each other at once, one is too late.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) by: By,
    pub(crate) tenant: TenantId,
    pub(crate) id: MembershipId,
    /// Whether the password was typed just now.
    pub(crate) is_proved: bool,
}

asked! {
    trait ActStore {
        async fn act(&self, order: Order, act: Act) -> Result<()>;
    }
}

impl Act {
    /// The right needed to do this to somebody with this role.
    pub(crate) const fn needs(self, role: Role) -> Action {
        match (self, role) {
            (Self::Give(Role::Owner), _) | (Self::Give(_) | Self::GiveBack, Role::Owner) => Action::GiveOwner,
            (Self::Give(_) | Self::GiveBack, _) => Action::GiveManager,
            (Self::Resend | Self::Withdraw, _) => Action::InviteMember,
            (Self::Remove, Role::Owner) => Action::RemoveOwner,
            (Self::Remove, _) => Action::RemoveMember,
            (Self::Keep, _) => Action::KeepMember,
            (Self::EndSessions, Role::Owner | Role::Manager) => Action::EndSessionsOfOthers,
            (Self::EndSessions, Role::Member) => Action::EndSessionsOfMembers,
        }
    }

    /// Whether `by` may do this to `to`, or to themselves.
    pub(crate) fn is_allowed(self, to: Role, by: Role, is_self: bool) -> bool {
        let is_own = is_self && self == Self::EndSessions && Action::EndOwnSessions.right_of(by) != Right::No;
        is_own || self.needs(to).is_allowed(by)
    }
}

/// The right needed to cut off somebody with this role. While SCIM is off the identity provider manages nobody, so it is that of
/// a removal.
pub(crate) const fn to_cut_off(role: Role, is_scim_on: bool) -> Action {
    match (role, is_scim_on) {
        (Role::Owner, _) => Action::RemoveOwner,
        (Role::Manager | Role::Member, true) => Action::CutOff,
        (Role::Manager | Role::Member, false) => Action::RemoveMember,
    }
}

/// The right needed to merge two members with these roles.
pub(crate) const fn to_merge(kept: Role, gone: Role) -> Action {
    match (kept, gone) {
        (Role::Owner, _) | (_, Role::Owner) => Action::MergeOwner,
        _ => Action::Merge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with an owner demoted to manager by anybody who may make managers.
    #[test]
    fn whatever_makes_or_takes_an_owner_asks_for_a_proof() {
        for role in Role::ALL {
            for act in [Act::Give(Role::Manager), Act::Give(Role::Member), Act::GiveBack, Act::Remove] {
                assert_eq!(act.needs(role).needs_proof(), role == Role::Owner, "{act:?} {role}");
            }
            assert!(Act::Give(Role::Owner).needs(role).needs_proof());
            assert!(!Act::Resend.needs(role).needs_proof() && !Act::Keep.needs(role).needs_proof());
            for other in Role::ALL {
                let is_owners = role == Role::Owner || other == Role::Owner;
                assert_eq!(to_merge(role, other).needs_proof(), is_owners, "{role} {other}");
            }
        }
    }
}
