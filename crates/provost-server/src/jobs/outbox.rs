//! The contents of the outbox.

use crate::access::AccountId;
use crate::clock::Timestamp;
use crate::people::MembershipId;
use crate::tokens::KeyId;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use std::fmt;

/// What a mail is about, unique in an organisation, so that nothing is queued twice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct JobName(pub(crate) String);

impl JobName {
    /// An invitation to a membership; each request for one has a number.
    pub(crate) fn invitation(id: MembershipId, number: i64) -> Self {
        Self(format!("invitation/{id}/{number}"))
    }

    #[cfg(feature = "console")]
    pub(crate) fn reset(account: AccountId, number: i64) -> Self {
        Self(format!("{}/{number}", Self::of_resets(account)))
    }

    /// The beginning of all such names for an account.
    #[cfg(feature = "console")]
    pub(crate) fn of_resets(account: AccountId) -> String {
        format!("password-reset/{}", account.0)
    }

    /// To the address with which an account is to sign in.
    #[cfg(feature = "console")]
    pub(crate) fn confirm_address(account: AccountId, number: i64) -> Self {
        Self(format!("{}/{number}", Self::of_addresses(account)))
    }

    /// The beginning of all such names for an account.
    #[cfg(feature = "console")]
    pub(crate) fn of_addresses(account: AccountId) -> String {
        format!("confirm-address/{}", account.0)
    }

    /// To the address with which an account used to sign in.
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

    /// The identity provider un-assigned somebody who is here by hand.
    pub(crate) fn left_behind(id: MembershipId, since: Timestamp, to: MembershipId) -> Self {
        Self(format!("left-behind/{id}/{}/{to}", since.as_millis()))
    }

    /// Too many memberships ended.
    pub(crate) fn brake(at: Timestamp, to: MembershipId) -> Self {
        Self(format!("brake/{}/{to}", at.as_millis()))
    }

    /// The identity provider does not call.
    pub(crate) fn silence(at: Timestamp, to: MembershipId) -> Self {
        Self(format!("silence/{}/{to}", at.as_millis()))
    }

    /// The identity provider tried to un-assign the last owner, who stays.
    pub(crate) fn last_owner(id: MembershipId, since: Timestamp, to: MembershipId) -> Self {
        Self(format!("last-owner/{id}/{}/{to}", since.as_millis()))
    }

    /// A password opened an organisation that requires single sign-on, or the requirement was lifted.
    #[cfg(feature = "sso")]
    pub(crate) fn sign_on_rule(ruled: &Ruled, to: MembershipId) -> Self {
        let what = if ruled.emergency.is_some() { "emergency" } else { "not-required" };
        Self(format!("sign-on-rule/{what}/{}/{to}", ruled.at))
    }

    /// That the last certificate of single sign-on ends.
    #[cfg(feature = "sso")]
    pub(crate) fn certificate_ends(ending: &Ending, to: MembershipId) -> Self {
        Self(format!("certificate-ends/{}/{}/{to}", ending.ends, ending.days))
    }

    /// The list of people waiting, for a day such as `2026-11-29`.
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
    CertificateEnds,
}

impl Kind {
    const ALL: [Self; 13] = [
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
        Self::CertificateEnds,
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
            Self::CertificateEnds => "certificate-ends",
        }
    }

    pub(crate) fn stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A mail to be queued.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) name: JobName,
    pub(crate) kind: Kind,
    /// The membership it is deleted with.
    pub(crate) membership: Option<MembershipId>,
    pub(crate) detail: Value,
    /// Whether the organisation's mode sends it rather than a person. Such a mail is dropped when the mode changes.
    pub(crate) by_mode: bool,
    /// When to send it; `None` to wait for an event.
    pub(crate) due: Option<Timestamp>,
}

impl NewJob {
    /// The first invitation to a membership, sent by the organisation's mode.
    pub(crate) fn invitation_by_mode(id: MembershipId, due: Option<Timestamp>) -> Self {
        let asked = Asked { number: 1, ..Asked::default() };
        Self { by_mode: true, due, ..Self::invitation(id, &asked, Timestamp::from_millis(0)) }
    }

    /// The first invitation to a membership, requested by somebody.
    pub(crate) fn first_invitation(id: MembershipId, by: Option<AccountId>, due: Timestamp) -> Self {
        let by = by.map(|account| account.0);
        Self::invitation(id, &Asked { number: 1, by, ..Asked::default() }, due)
    }

    /// To an owner: the identity provider un-assigned somebody who is here by hand.
    pub(crate) fn left_behind(id: MembershipId, since: Timestamp, to: MembershipId) -> Self {
        let name = JobName::left_behind(id, since, to);
        let detail = json!(Left { member: id.0, since: since.as_millis() });
        let (kind, membership, due) = (Kind::LeftBehind, Some(to), Some(since));
        Self { name, kind, membership, detail, by_mode: false, due }
    }

    /// To an owner: how many memberships ended within an hour, and the limit.
    pub(crate) fn brake(at: Timestamp, (ended, limit): (i64, i64), to: MembershipId) -> Self {
        let detail = json!(Braked { ended, limit, at: at.as_millis() });
        let (name, kind, membership, due) = (JobName::brake(at, to), Kind::Brake, Some(to), Some(at));
        Self { name, kind, membership, detail, by_mode: false, due }
    }

    /// To an owner: the identity provider has not called since a time. The reason is looked up when the mail is sent.
    pub(crate) fn silence(since: Timestamp, now: Timestamp, to: MembershipId) -> Self {
        let detail = json!({ "since": since.as_millis() });
        let (name, kind, membership, due) = (JobName::silence(now, to), Kind::Silence, Some(to), Some(now));
        Self { name, kind, membership, detail, by_mode: false, due }
    }

    /// To an owner: the emergency account was used, or single sign-on is no longer required.
    #[cfg(feature = "sso")]
    pub(crate) fn sign_on_rule(ruled: &Ruled, to: MembershipId) -> Self {
        let (name, due) = (JobName::sign_on_rule(ruled, to), Some(Timestamp::from_millis(ruled.at)));
        let (kind, membership, detail) = (Kind::SignOnRule, Some(to), json!(ruled));
        Self { name, kind, membership, detail, by_mode: false, due }
    }

    /// To an owner: the last certificate of single sign-on ends.
    #[cfg(feature = "sso")]
    pub(crate) fn certificate_ends(ending: &Ending, now: Timestamp, to: MembershipId) -> Self {
        let (name, detail) = (JobName::certificate_ends(ending, to), json!(ending));
        let (kind, membership, due) = (Kind::CertificateEnds, Some(to), Some(now));
        Self { name, kind, membership, detail, by_mode: false, due }
    }

    /// To a manager: the identity provider tried to un-assign the last owner, who stays.
    pub(crate) fn last_owner(id: MembershipId, since: Timestamp, to: MembershipId) -> Self {
        let name = JobName::last_owner(id, since, to);
        Self { name, kind: Kind::LastOwner, ..Self::left_behind(id, since, to) }
    }

    /// One requested by somebody.
    pub(crate) fn invitation(id: MembershipId, asked: &Asked, due: Timestamp) -> Self {
        let name = JobName::invitation(id, asked.number);
        let (kind, membership, due) = (Kind::Invitation, Some(id), Some(due));
        Self { name, kind, membership, detail: json!(asked), by_mode: false, due }
    }
}

/// The detail of an invitation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) number: i64,
    /// The account that requests it, if known.
    pub(crate) by: Option<i64>,
    /// Whether the invited person requests it, on the page of an expired link.
    #[serde(default)]
    pub(crate) renewed: bool,
    /// Of a member who has joined: the account, which has no password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<i64>,
    /// Of the same: where the link goes. Nobody but who asked decides that, so another address ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
}

/// The detail of a mail to the address with which an account is to sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NewAddress {
    pub(crate) account: i64,
    pub(crate) number: i64,
    pub(crate) email: String,
}

/// The detail of a mail to the address with which an account used to sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FormerAddress {
    pub(crate) account: i64,
    /// When it was changed, in milliseconds.
    pub(crate) at: i64,
    pub(crate) email: String,
    /// The new address.
    pub(crate) now: String,
}

/// The detail of a mail about an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnerChange {
    /// The person who became an owner or stopped being one.
    pub(crate) account: i64,
    pub(crate) is_owner: bool,
    /// The kind of actor and its id, as in the audit trail.
    pub(crate) by: String,
    pub(crate) id: String,
    pub(crate) at: i64,
    /// The recipient's account.
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

/// The detail of a mail about required single sign-on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ruled {
    /// The account that opened the organisation with its password; `None` if the requirement was lifted.
    pub(crate) emergency: Option<i64>,
    /// The kind of actor and its id, as in the audit trail.
    pub(crate) by: String,
    pub(crate) id: String,
    pub(crate) at: i64,
}

/// The detail of a mail about the last certificate of single sign-on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ending {
    pub(crate) ends: i64,
    /// The warning: so many days before, or fewer.
    pub(crate) days: i64,
    /// Whether nobody comes in from then on.
    pub(crate) refuses: bool,
    /// Whether a new one is known by reading the metadata again.
    pub(crate) read_again: bool,
}

/// Noted for a mail to somebody without an address.
pub(crate) const NO_ADDRESS: &str = "no e-mail address";

/// The state of a mail.
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

/// A mail in the outbox, for lists.
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

/// Figures about the outbox of all organisations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Mails that are due and not sent.
    pub(crate) waiting: i64,
    /// When the oldest of them was queued.
    pub(crate) oldest: Option<Timestamp>,
    pub(crate) failed: i64,
}
