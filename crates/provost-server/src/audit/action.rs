//! Everything a record can say was done, apart from SCIM writes: one table, from which `docs/audit.md` is made.

/// What a kind of record is about, for searching.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    /// Who is in the organisation, and what they may do there.
    Access,
    Settings,
    SignIn,
    /// The trail itself, and the database.
    Records,
}

#[cfg(test)]
impl Topic {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Settings => "settings",
            Self::SignIn => "sign-in",
            Self::Records => "records",
        }
    }
}

macro_rules! actions {
    ($($action:ident: $operation:literal $of:literal, $topic:ident => $what:literal;)+) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum Action { $(#[doc = $what] $action),+ }

        impl Action {
            /// Every action, in the order of the page.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$action),+];

            /// The operation in the record, and the type of resource it was done to.
            pub(crate) const fn words(self) -> (&'static str, &'static str) {
                match self { $(Self::$action => ($operation, $of)),+ }
            }

            #[cfg(test)]
            pub(crate) const fn topic(self) -> Topic {
                match self { $(Self::$action => Topic::$topic),+ }
            }

            /// A short description.
            #[cfg(test)]
            pub(crate) const fn describe(self) -> &'static str {
                match self { $(Self::$action => $what),+ }
            }
        }
    };
}

actions! {
    CreateOrganisation: "create" "Organisation", Settings => "an organisation was made";
    UpdateOrganisation: "update" "Organisation", Settings => "its name, short name, profile or defaults were changed: old and new";
    DeleteOrganisation: "delete" "Organisation", Settings => "it was deleted with all its records; its short name and what was lost are told in the trail of the installation";
    LiftBrake: "lift" "Brake", Settings => "somebody let memberships end that its brake would have stopped: `notes.until` says until when, `notes.count` how many at most";
    DisableOrganisation: "disable" "Organisation", Settings => "it was switched off: `notes.sessionsEnded` says how many sessions that opened no other were ended";
    EnableOrganisation: "enable" "Organisation", Settings => "it was switched on again";
    CreateToken: "create" "Token", Access => "a token was made";
    RotateToken: "rotate" "Token", Access => "a token was made in place of another one";
    RevokeToken: "revoke" "Token", Access => "a token was revoked";
    LetMemberIn: "let-in" "Member", Access => "the identity provider signed somebody in, who became a member just in time";
    JoinMember: "join" "Member", Access => "somebody whom SCIM brought joined by signing in through the identity provider: `notes.account` has the account; `notes.again` if it was theirs before";
    InviteMember: "invite" "Member", Access => "a person was invited by hand";
    InviteWaiting: "invite-waiting" "Member", Access => "those were invited whom SCIM brought and nobody had invited: `notes.people` says how many";
    InviteBack: "invite-back" "Member", Access => "members who have joined and have no password were sent a link to set one: `notes.people` says how many";
    SendInvitation: "send" "Invitation", Access => "a mail server took an invitation";
    BounceInvitation: "bounce" "Invitation", Access => "a mail server refused an invitation for good: `notes.said` has its words";
    ResendInvitation: "resend" "Invitation", Access => "an invitation was asked for again";
    MakeInvitationLink: "create-link" "Invitation", Access => "the link of an invitation was made for a command to print";
    WithdrawInvitation: "withdraw" "Invitation", Access => "the invitation of a person whom SCIM brought was withdrawn";
    AcceptInvitation: "accept" "Invitation", Access => "somebody joined by an invitation; or one who had joined set a password by it (`notes.password`), was linked again, or handed the membership on to the account that has the address (`notes.formerAccount`; `notes.sessionsEnded` of that one); `notes.unlinked` if links went that the account had as a former member";
    GiveRole: "give-role" "Member", Access => "a member was given a role by hand: old and new";
    EndMemberSessions: "end-sessions" "Member", Access => "a member's sessions were ended in this organisation: `notes.sessions` says how many had been used there";
    MergeMember: "merge" "Member", Access => "a membership by hand was merged with the one of a SCIM user";
    KeepMember: "keep" "Member", Access => "an owner said that a member by hand stays, although the identity provider un-assigned somebody with the address: `notes.unassigned` says when";
    RemoveMember: "remove" "Member", Access => "a membership by hand was ended, or an invitation withdrawn";
    CutOff: "cut-off" "User", Access => "a user of the directory was made inactive by hand, which ended the membership: `notes.member` has its id";
    CreateTeam: "create" "Team", Access => "a team was made by hand";
    RenameTeam: "rename" "Team", Access => "a team was named differently by hand";
    EmptyTeam: "empty" "Team", Access => "everybody was taken out of a team by hand: `notes.members` says how many";
    DeleteTeam: "delete" "Team", Access => "a team was deleted by hand";
    AddToTeam: "add-member" "Team", Access => "a member was put into a team by hand";
    RemoveFromTeam: "remove-member" "Team", Access => "a member was taken out of a team by hand";
    MakeSetupLink: "create" "SetupLink", Access => "a set-up link was made";
    UseSetupLink: "use" "SetupLink", Access => "somebody became the first owner by a set-up link";
    CreateAccount: "create" "Account", SignIn => "an account was made";
    DisableAccount: "disable" "Account", SignIn => "an account was switched off: `notes.sessionsEnded` says how many sessions ended";
    EnableAccount: "enable" "Account", SignIn => "an account was switched on again";
    MakeResetLink: "create" "ResetLink", SignIn => "a link was made with which a person sets another password";
    AskForReset: "ask" "ResetLink", SignIn => "somebody asked on the page for the mail with which the person sets another password";
    SendResetLink: "send" "ResetLink", SignIn => "a mail server took it";
    AskForAddress: "ask" "AddressLink", SignIn => "a person asked to sign in with another address, to which a link is mailed";
    SendAddressLink: "send" "AddressLink", SignIn => "a mail server took it";
    ChangeAddress: "change-address" "Account", SignIn => "an account signs in with another address, which its person confirmed: `person` has both";
    RenameAccount: "rename" "Account", SignIn => "somebody gave the own account another name";
    SetPassword: "set-password" "Account", SignIn => "a password was set, which ended all other sessions";
    SignIn: "sign-in" "Account", SignIn => "somebody signed in, or was refused: the error says so";
    SignOut: "sign-out" "Account", SignIn => "somebody signed out";
    EndSessions: "end-sessions" "Account", SignIn => "somebody ended sessions in other browsers";
    DraftSignOn: "draft" "SignOn", Settings => "single sign-on was set up, or something of it was changed; it is not in force yet: `notes` has the identity provider";
    DropSignOnDraft: "drop-draft" "SignOn", Settings => "what was set up and not in force was dropped";
    TestSignOn: "test" "SignOn", Settings => "somebody signed in as a test: `notes.outcome` says whether it was passed; what was passed is in force";
    TurnSignOnOn: "turn-on" "SignOn", Settings => "single sign-on was switched on, and the account of the test is known by it from then on";
    TurnSignOnOff: "turn-off" "SignOn", Settings => "single sign-on was switched off: `notes.sessionsEnded` says how many sessions that ended";
    LinkSignOn: "link" "SignOn", SignIn => "an account is known by single sign-on from now on: `notes.how` says by the directory, which made its member, by an invitation, or by its person, who was signed in; `notes.again` if it was known before and the member is new";
    UnlinkSignOn: "unlink" "SignOn", SignIn => "an account is known by single sign-on no longer, by an owner: `notes.how` says how it was linked; its sessions that came through it ended; `notes.invited` if an invitation to link again is sent";
    SignOn: "sign-on" "SignOn", SignIn => "somebody was signed in by the identity provider, or refused: the error says so";
    SetJustInTime: "let-in" "SignOn", Settings => "just-in-time members were switched on or off: `notes.letsIn` says which";
    TrustCertificate: "trust" "SignOn", Settings => "a certificate is trusted that is new in the metadata: `notes.certificate` has its SHA-256";
    MissCertificate: "miss-certificate" "SignOn", Settings => "a certificate is not in the metadata any more: trust in it ends 24 hours later";
    FindCertificate: "find-certificate" "SignOn", Settings => "a certificate is in the metadata again, and stays trusted";
    EndTrust: "end-trust" "SignOn", Settings => "a certificate is no longer trusted: it has been gone for 24 hours, or an owner ended it";
    SetExpiredCertificates: "expired-certificates" "SignOn", Settings => "certificates outside their dates are refused, or accepted: `notes.refuses` says which";
    RequireSignOn: "require" "SignOn", Settings => "single sign-on is required: `notes.emergency` has the account whose password opens the organisation all the same, `notes.before` the one of before";
    UnrequireSignOn: "unrequire" "SignOn", Settings => "single sign-on is required no longer: passwords open the organisation again";
    UseEmergency: "use-emergency" "SignOn", SignIn => "the emergency account opened an organisation by its password, where single sign-on is required";
    SignOff: "sign-off" "SignOn", SignIn => "the identity provider signed an account out here: `notes.sessionsEnded` says how many sessions ended, `notes.signed` whether it signed that";
    Forget: "forget" "Audit", Records => "records were not kept: `notes.refused` has the numbers of their seals, from and to, or `notes.base` the last seal of those that were too old";
    Export: "export" "Audit", Records => "records were exported: `notes` says which ones were wanted";
    Erase: "erase" "Audit", Records => "what named a person was blanked: `notes.records` has the ids of the records, `notes.links` how many links of single sign-on went as well, and `notes.sessions` how many sessions that came through it and had ended";
    DeleteAccount: "delete" "Account", SignIn => "an account was deleted, whose owner was erased";
    SendMail: "send" "Mail", Records => "a mail server took a mail of another kind";
    RetryMail: "retry" "Mail", Records => "a mail that waited or had failed is sent again";
    DropMail: "drop" "Mail", Records => "a mail was taken out of the outbox unsent";
    Upgrade: "upgrade" "Database", Records => "the database was made, or brought into the form of another version";
    Restore: "restore" "Database", Records => "the database was restored from a backup, which ended all sessions and links";
    EndRestore: "end-restore" "Database", Records => "provisioning was restarted after a restore";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::fmt::Write as _;

    /// `docs/audit.md`; `scripts/docs` writes it.
    fn page() -> String {
        let mut table = String::from("| `operation` | `resourceType` | topic | |\n|---|---|---|---|\n");
        for action in Action::ALL {
            let ((operation, of), topic) = (action.words(), action.topic().as_str());
            writeln!(table, "| `{operation}` | `{of}` | {topic} | {} |", action.describe()).expect("written");
        }
        include_str!("audit.md").replace("TABLE OF ACTIONS\n", &table)
    }

    /// Seen to fail: with an action described differently.
    #[test]
    fn the_page_of_the_audit_trail_is_fresh() {
        let (path, made) = (concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/audit.md"), page());
        if std::env::var_os("PROVOST_WRITE_DOCS").is_some() {
            std::fs::write(path, &made).expect("written");
        }
        let written = std::fs::read_to_string(path).expect("the page");
        assert!(written == made, "docs/audit.md is stale: run scripts/docs");
    }

    #[test]
    fn no_two_actions_have_the_same_words() {
        let words: HashSet<_> = Action::ALL.iter().map(|action| action.words()).collect();
        assert_eq!(words.len(), Action::ALL.len());
    }
}
