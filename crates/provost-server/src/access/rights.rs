//! What each role may do: one table, from which `docs/roles.md` is made.

#[cfg(feature = "console")]
use crate::people::Inviters;
use crate::people::Role;

/// How far a right goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    Yes,
    No,
    /// Only what is one's own.
    Own,
}

macro_rules! actions {
    ($($action:ident: $what:literal => $owner:ident, $manager:ident, $member:ident;)+) => {
        /// What a member may want to do in an organisation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Action { $(#[doc = $what] $action),+ }

        impl Action {
            /// Every action, in the order of the page.
            pub(crate) const ALL: &[Self] = &[$(Self::$action),+];

            /// A short description.
            pub(crate) const fn describe(self) -> &'static str {
                match self { $(Self::$action => $what),+ }
            }

            /// Whether somebody with this role may do it without restriction.
            pub(crate) fn is_allowed(self, role: Role) -> bool {
                self.right_of(role) == Right::Yes
            }

            /// Whether it asks for the password again, so that an unattended browser cannot decide who owns an
            /// organisation.
            pub(crate) const fn needs_proof(self) -> bool {
                matches!(self, Self::GiveOwner | Self::RemoveOwner | Self::MergeOwner)
            }

            /// What somebody with this role may do.
            pub(crate) const fn right_of(self, role: Role) -> Right {
                match (self, role) {
                    $(
                        (Self::$action, Role::Owner) => Right::$owner,
                        (Self::$action, Role::Manager) => Right::$manager,
                        (Self::$action, Role::Member) => Right::$member,
                    )+
                }
            }
        }
    };
}

actions! {
    SeePeople: "see members, teams and what happened to them" => Yes, Yes, Own;
    SeeSettings: "see the settings for provisioning, sign-in and everything else" => Yes, Yes, No;
    SeeAudit: "read the audit trail" => Yes, Yes, No;
    ExportAudit: "export the audit trail" => Yes, No, No;
    InviteMember: "invite a member, resend or withdraw the invitation" => Yes, Yes, No;
    RemoveMember: "remove a member or manager whom no identity provider manages, or anybody while SCIM is off" => Yes, Yes, No;
    GiveManager: "make somebody a manager, or take the role back" => Yes, No, No;
    GiveOwner: "make somebody an owner, invite one, or take the role back" => Yes, No, No;
    RemoveOwner: "remove an owner whom no identity provider manages, or cut one off whom it does" => Yes, No, No;
    CutOff: "cut off a member or manager whom the identity provider manages" => Yes, No, No;
    Merge: "merge a membership by hand with a user of the identity provider" => Yes, No, No;
    MergeOwner: "merge two memberships of which one is an owner's" => Yes, No, No;
    KeepMember: "say that a member by hand stays, whose user the identity provider un-assigned" => Yes, No, No;
    EditTeams: "create, rename and delete teams by hand, add and remove their members, and those of the identity provider while SCIM is off" => Yes, Yes, No;
    EditTeamRules: "change the rules that put groups into teams" => Yes, Yes, No;
    EditRoleRules: "change the rules that give roles" => Yes, No, No;
    EditProvisioning: "enable SCIM, create and revoke its tokens and clients" => Yes, No, No;
    EditSignOn: "set up single sign-on, and test it" => Yes, No, No;
    RequireSignOn: "require single sign-on" => Yes, No, No;
    UnlinkMember: "unlink a member's sign-in at the identity provider" => Yes, No, No;
    EditIntegrations: "create set-up links, webhooks and API tokens" => Yes, No, No;
    EditSettings: "change the Default Role, how invitations are sent, how long records are kept" => Yes, No, No;
    LiftBrake: "let a stopped mass removal go on" => Yes, No, No;
    EndOwnSessions: "end one's own sessions" => Own, Own, Own;
    EndSessionsOfMembers: "end the sessions of a member" => Yes, Yes, No;
    EndSessionsOfOthers: "end the sessions of an owner or a manager" => Yes, No, No;
    DeleteOrganisation: "delete the organisation" => No, No, No;
}

/// Whether somebody with this role may invite by hand, given the organisation's setting.
#[cfg(feature = "console")]
pub(crate) fn may_invite(role: Role, inviters: Inviters) -> bool {
    let is_one = match inviters {
        Inviters::Managers => true,
        Inviters::Owners => role == Role::Owner,
        Inviters::Nobody => false,
    };
    is_one && Action::InviteMember.is_allowed(role)
}

/// The right needed to invite somebody with a role.
#[cfg(feature = "console")]
pub(crate) const fn to_invite(role: Role) -> Action {
    match role {
        Role::Owner => Action::GiveOwner,
        Role::Manager => Action::GiveManager,
        Role::Member => Action::InviteMember,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// `docs/roles.md`; `scripts/docs` writes it.
    fn page() -> String {
        let mut page = String::from(
            "# Roles\n\n\
             Every member of an organisation has one of three roles. This page is made from `access/rights.rs`.\n\n\
             | | owner | manager | member |\n|---|---|---|---|\n",
        );
        for action in Action::ALL {
            let cell = |role| match action.right_of(role) {
                Right::Yes => "yes",
                Right::No => "-",
                Right::Own => "their own",
            };
            let [owner, manager, member] = Role::ALL.map(cell);
            writeln!(page, "| {} | {owner} | {manager} | {member} |", action.describe()).expect("written");
        }
        page + include_str!("roles.md")
    }

    /// Seen to fail: with a right changed, and with a row of the page changed.
    #[test]
    fn the_page_of_roles_is_fresh() {
        let (path, made) = (concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/roles.md"), page());
        if std::env::var_os("PROVOST_WRITE_DOCS").is_some() {
            std::fs::write(path, &made).expect("written");
        }
        let written = std::fs::read_to_string(path).expect("the page");
        assert!(written == made, "docs/roles.md is stale: run scripts/docs");
    }

    /// Seen to fail: with managers inviting where only owners may.
    #[cfg(feature = "console")]
    #[test]
    fn the_organisation_says_who_invites() {
        for (inviters, expected) in [
            (Inviters::Managers, [true, true, false]),
            (Inviters::Owners, [true, false, false]),
            (Inviters::Nobody, [false, false, false]),
        ] {
            assert_eq!(Role::ALL.map(|role| may_invite(role, inviters)), expected, "{inviters}");
        }
        assert_eq!(Role::ALL.map(|role| to_invite(role).is_allowed(Role::Manager)), [false, false, true]);
    }

    /// A lower role may do nothing that a higher one may not.
    #[test]
    fn rights_grow_with_the_role() {
        let reach = |right| match right {
            Right::No => 0,
            Right::Own => 1,
            Right::Yes => 2,
        };
        for action in Action::ALL {
            let [owner, manager, member] = Role::ALL.map(|role| reach(action.right_of(role)));
            assert!(owner >= manager && manager >= member, "{}", action.describe());
        }
    }
}
