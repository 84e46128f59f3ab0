//! What is in the outbox.

use crate::access::AccountId;
use crate::clock::Timestamp;
use crate::people::MembershipId;
use crate::tokens::KeyId;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use std::fmt;

/// What a mail is about, in an organisation: nothing is put into the outbox twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct JobName(pub(crate) String);

impl JobName {
    /// The invitation to a membership, with a number for each time that somebody asks for it.
    pub(crate) fn invitation(id: MembershipId, number: i64) -> Self {
        Self(format!("invitation/{id}/{number}"))
    }

    #[cfg(feature = "console")]
    pub(crate) fn reset(account: AccountId, number: i64) -> Self {
        Self(format!("{}/{number}", Self::of_resets(account)))
    }

    /// What the names of an account's begin with.
    #[cfg(feature = "console")]
    pub(crate) fn of_resets(account: AccountId) -> String {
        format!("password-reset/{}", account.0)
    }

    /// To the address that an account is to sign in with.
    #[cfg(feature = "console")]
    pub(crate) fn confirm_address(account: AccountId, number: i64) -> Self {
        Self(format!("{}/{number}", Self::of_addresses(account)))
    }

    /// What the names of an account's begin with.
    #[cfg(feature = "console")]
    pub(crate) fn of_addresses(account: AccountId) -> String {
        format!("confirm-address/{}", account.0)
    }

    /// To the address that an account signed in with.
    #[cfg(feature = "console")]
    pub(crate) fn address_changed(account: AccountId, number: i64) -> Self {
        Self(format!("address-changed/{}/{number}", account.0))
    }

    pub(crate) fn token_ends(key_id: &KeyId, days: i64, to: MembershipId) -> Self {
        Self(format!("token-ends/{key_id}/{days}/{to}"))
    }

    pub(crate) fn owner(change: &OwnerChange) -> Self {
        let OwnerChange { account, is_owner, at, to, .. } = change;
        Self(format!("owner-changed/{account}/{at}/{is_owner}/{to}"))
    }

    /// That the identity provider un-assigned somebody who is here by hand.
    pub(crate) fn left_behind(id: MembershipId, since: Timestamp, to: MembershipId) -> Self {
        Self(format!("left-behind/{id}/{}/{to}", since.as_millis()))
    }

    /// That as many memberships ended as are too many.
    pub(crate) fn brake(at: Timestamp, to: MembershipId) -> Self {
        Self(format!("brake/{}/{to}", at.as_millis()))
    }

    /// That the identity provider does not call.
    pub(crate) fn silence(at: Timestamp, to: MembershipId) -> Self {
        Self(format!("silence/{}/{to}", at.as_millis()))
    }

    /// That the last owner was un-assigned, and stays.
    pub(crate) fn last_owner(id: MembershipId, since: Timestamp, to: MembershipId) -> Self {
        Self(format!("last-owner/{id}/{}/{to}", since.as_millis()))
    }

    /// That a password opened an organisation that requires single sign-on, or that it requires it no longer.
    #[cfg(feature = "sso")]
    pub(crate) fn sign_on_rule(ruled: &Ruled, to: MembershipId) -> Self {
        let what = if ruled.emergency.is_some() { "emergency" } else { "not-required" };
        Self(format!("sign-on-rule/{what}/{}/{to}", ruled.at))
    }

    /// The list of those who wait, of a day such as `2026-11-29`.
    pub(crate) fn digest(day: &str, to: MembershipId) -> Self {
        Self(format!("digest/{day}/{to}"))
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The kinds of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Invitation,
    PasswordReset,
    ConfirmAddress,
    AddressChanged,
    TokenEnds,
    Digest,
    OwnerChanged,
    LeftBehind,
    Brake,
    LastOwner,
    Silence,
    SignOnRule,
}

impl Kind {
    const ALL: [Self; 12] = [
        Self::Invitation,
        Self::PasswordReset,
        Self::ConfirmAddress,
        Self::AddressChanged,
        Self::TokenEnds,
        Self::Digest,
        Self::OwnerChanged,
        Self::LeftBehind,
        Self::Brake,
        Self::LastOwner,
        Self::Silence,
        Self::SignOnRule,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password-reset",
            Self::ConfirmAddress => "confirm-address",
            Self::AddressChanged => "address-changed",
            Self::TokenEnds => "token-ends",
            Self::Digest => "digest",
            Self::OwnerChanged => "owner-changed",
            Self::LeftBehind => "left-behind",
            Self::Brake => "brake",
            Self::LastOwner => "last-owner",
            Self::Silence => "silence",
            Self::SignOnRule => "sign-on-rule",
        }
    }

    pub(crate) fn stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What is put in.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) name: JobName,
    pub(crate) kind: Kind,
    /// With which it goes.
    pub(crate) membership: Option<MembershipId>,
    pub(crate) detail: Value,
    /// Whether the mode of the organisation sends it, rather than a person. Such a job is dropped when the mode is changed.
    pub(crate) by_mode: bool,
    /// When it is to be sent; `None`: when something happens.
    pub(crate) due: Option<Timestamp>,
}

impl NewJob {
    /// The first invitation to a membership, which the mode of the organisation sends.
    pub(crate) fn invitation_by_mode(id: MembershipId, due: Option<Timestamp>) -> Self {
        let asked = Asked { number: 1, by: None, renewed: false, account: None };
        Self { by_mode: true, due, ..Self::invitation(id, asked, Timestamp::from_millis(0)) }
    }

    /// The first invitation to a membership, which somebody asks for.
    pub(crate) fn first_invitation(id: MembershipId, by: Option<AccountId>, due: Timestamp) -> Self {
        let by = by.map(|account| account.0);
        Self::invitation(id, Asked { number: 1, by, renewed: false, account: None }, due)
    }

    /// To an owner: the identity provider un-assigned somebody who is here by hand.
    pub(crate) fn left_behind(id: MembershipId, since: Timestamp, to: MembershipId) -> Self {
        let name = JobName::left_behind(id, since, to);
        let detail = json!(Left { member: id.0, since: since.as_millis() });
        let (kind, membership, due) = (Kind::LeftBehind, Some(to), Some(since));
        Self { name, kind, membership, detail, by_mode: false, due }
    }

    /// To an owner: so many memberships ended within an hour, and so many are too many.
    pub(crate) fn brake(at: Timestamp, (ended, limit): (i64, i64), to: MembershipId) -> Self {
        let detail = json!(Braked { ended, limit, at: at.as_millis() });
        let (name, kind, membership, due) = (JobName::brake(at, to), Kind::Brake, Some(to), Some(at));
        Self { name, kind, membership, detail, by_mode: false, due }
    }

    /// To an owner: the identity provider has not called since then. Why is looked up when it is sent.
    pub(crate) fn silence(since: Timestamp, now: Timestamp, to: MembershipId) -> Self {
        let detail = json!({ "since": since.as_millis() });
        let (name, kind, membership, due) = (JobName::silence(now, to), Kind::Silence, Some(to), Some(now));
        Self { name, kind, membership, detail, by_mode: false, due }
    }

    /// To an owner: the emergency account was used, or single sign-on is required no longer.
    #[cfg(feature = "sso")]
    pub(crate) fn sign_on_rule(ruled: &Ruled, to: MembershipId) -> Self {
        let (name, due) = (JobName::sign_on_rule(ruled, to), Some(Timestamp::from_millis(ruled.at)));
        let (kind, membership, detail) = (Kind::SignOnRule, Some(to), json!(ruled));
        Self { name, kind, membership, detail, by_mode: false, due }
    }

    /// To a manager: the identity provider un-assigned the last owner, who stays.
    pub(crate) fn last_owner(id: MembershipId, since: Timestamp, to: MembershipId) -> Self {
        let name = JobName::last_owner(id, since, to);
        Self { name, kind: Kind::LastOwner, ..Self::left_behind(id, since, to) }
    }

    /// One that somebody asks for.
    pub(crate) fn invitation(id: MembershipId, asked: Asked, due: Timestamp) -> Self {
        let name = JobName::invitation(id, asked.number);
        let (kind, membership, due) = (Kind::Invitation, Some(id), Some(due));
        Self { name, kind, membership, detail: json!(asked), by_mode: false, due }
    }
}

/// The detail of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) number: i64,
    /// The account of the person who asks for it, if it is one.
    pub(crate) by: Option<i64>,
    /// Whether the person asks for it, on the page of a link that had ended.
    #[serde(default)]
    pub(crate) renewed: bool,
    /// Of a member who has joined: the account, which has no password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<i64>,
}

/// The detail of a mail to the address that an account is to sign in with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NewAddress {
    pub(crate) account: i64,
    pub(crate) number: i64,
    pub(crate) email: String,
}

/// The detail of a mail to the address that an account signed in with before.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FormerAddress {
    pub(crate) account: i64,
    /// When it was changed, in milliseconds.
    pub(crate) at: i64,
    pub(crate) email: String,
    /// The one of now.
    pub(crate) now: String,
}

/// The detail of a mail about an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnerChange {
    /// Of the person who became an owner, or is none any more.
    pub(crate) account: i64,
    pub(crate) is_owner: bool,
    /// The kind of actor and its id, as the audit trail has them.
    pub(crate) by: String,
    pub(crate) id: String,
    pub(crate) at: i64,
    /// The account of who is told.
    pub(crate) to: i64,
}

/// The detail of a mail about somebody who is left behind.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Left {
    pub(crate) member: i64,
    /// When somebody with the address was un-assigned.
    pub(crate) since: i64,
}

/// The detail of a mail about many memberships that ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Braked {
    pub(crate) ended: i64,
    pub(crate) limit: i64,
    pub(crate) at: i64,
}

/// The detail of a mail about single sign-on that is required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ruled {
    /// The account that opened the organisation by its password; nothing where that is required no longer.
    pub(crate) emergency: Option<i64>,
    /// The kind of actor and its id, as the audit trail has them.
    pub(crate) by: String,
    pub(crate) id: String,
    pub(crate) at: i64,
}

/// What is noted of a mail to somebody without an address.
pub(crate) const NO_ADDRESS: &str = "no e-mail address";

/// How far a mail has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum JobState {
    Waiting,
    Sending,
    Sent,
    /// Refused, or given up.
    Failed,
}

impl JobState {
    pub(crate) const ALL: [Self; 4] = [Self::Waiting, Self::Sending, Self::Sent, Self::Failed];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A mail in the outbox, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    pub(crate) name: JobName,
    pub(crate) kind: String,
    pub(crate) state: JobState,
    #[serde(serialize_with = "time")]
    pub(crate) due: Option<Timestamp>,
    pub(crate) attempts: i64,
    pub(crate) error: Option<String>,
    #[serde(serialize_with = "time")]
    pub(crate) made: Option<Timestamp>,
    #[serde(serialize_with = "time")]
    pub(crate) sent: Option<Timestamp>,
}

fn time<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_string()).serialize(serializer)
}

/// The outbox of all organisations, in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Mails that are due and not sent.
    pub(crate) waiting: i64,
    /// When the oldest of them was put in.
    pub(crate) oldest: Option<Timestamp>,
    pub(crate) failed: i64,
}
