//! The texts of mails: for each kind, a struct with plain values, and the words for it.

mod address;
mod dates;
mod page;
mod warnings;
mod welcome;
mod wrap;

use crate::clock::Timestamp;
use crate::jobs::Occasion;
use crate::tokens::Secret;
use std::fmt;

/// The subject, text and HTML of a mail.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// Redacted, since a text may hold a link.
impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// A mail, by kind.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Invitation(Invitation),
    Digest(Digest),
    PasswordReset(PasswordReset),
    ConfirmAddress(ConfirmAddress),
    AddressChanged(AddressChanged),
    TokenEnds(TokenEnds),
    OwnerChanged(OwnerChanged),
    LeftBehind(LeftBehind),
    Brake(Brake),
    LastOwner(LastOwner),
    Silence(Silence),
    SignOnRule(SignOnRule),
    CertificateEnds(CertificateEnds),
    /// Shows whether mail arrives.
    Test {
        to: String,
    },
}

/// Somebody may join an organisation.
#[derive(Debug, Clone)]
pub(crate) struct Invitation {
    pub(crate) organisation: String,
    /// The recipient.
    pub(crate) to: String,
    pub(crate) by: Inviter,
    pub(crate) entry: Entry,
    pub(crate) occasion: Occasion,
    pub(crate) role: &'static str,
    /// Names of teams; may be empty.
    pub(crate) teams: Vec<String>,
    /// Where the button leads: to the invitation's page, or to the identity provider's sign-in.
    pub(crate) link: Secret,
    /// When the link expires. Not shown for an identity provider's sign-in, which does not expire.
    pub(crate) ends: Timestamp,
    /// Addresses of owners who answer questions; may be empty.
    pub(crate) ask: Vec<String>,
}

/// Who gave access.
#[derive(Debug, Clone)]
pub(crate) enum Inviter {
    /// The company's directory, by name: `Microsoft Entra ID`.
    Directory(String),
    /// A person, by name or address.
    Person(String),
    /// Somebody at the command line.
    Operator,
}

/// How to join.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    /// By choosing a password.
    Password,
    /// By signing in at the identity provider of this name, without a password.
    Provider(String),
}

/// Once a day, to managers: who was assigned and is waiting for an invitation.
#[derive(Debug, Clone)]
pub(crate) struct Digest {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The name of the directory.
    pub(crate) directory: String,
    /// The first of those waiting; there may be more.
    pub(crate) waiting: Vec<Waiting>,
    /// How many are waiting in all.
    pub(crate) all: usize,
    /// The page on which they can be invited.
    pub(crate) link: String,
}

/// Somebody waiting for an invitation.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) since: Timestamp,
}

/// Somebody asked for a new password.
#[derive(Debug, Clone)]
pub(crate) struct PasswordReset {
    /// The sender: the name of one of the account's organisations, or the host of the installation.
    pub(crate) sender: String,
    pub(crate) to: String,
    pub(crate) link: Secret,
    pub(crate) ends: Timestamp,
}

/// Somebody asked to sign in with this address.
#[derive(Debug, Clone)]
pub(crate) struct ConfirmAddress {
    /// The host of the installation.
    pub(crate) sender: String,
    pub(crate) to: String,
    pub(crate) link: Secret,
    pub(crate) ends: Timestamp,
}

/// An account now signs in with another address; to the former address.
#[derive(Debug, Clone)]
pub(crate) struct AddressChanged {
    /// The host of the installation.
    pub(crate) sender: String,
    pub(crate) to: String,
    /// The new address.
    pub(crate) address: String,
    pub(crate) at: Timestamp,
    /// Whom to ask; may be empty.
    pub(crate) ask: Vec<String>,
}

/// A token or client secret expires soon; to owners.
#[derive(Debug, Clone)]
pub(crate) struct TokenEnds {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// Its name in the portal: `Secret Token`, `Client Secret`.
    pub(crate) what: String,
    /// Its label, if it has one, and its key id.
    pub(crate) named: String,
    /// 30, 7 or 1.
    pub(crate) days: u16,
    pub(crate) ends: Timestamp,
    /// When it was last used, if ever.
    pub(crate) last_used: Option<Timestamp>,
    /// The page on which to rotate it.
    pub(crate) link: String,
}

/// Somebody became an owner or stopped being one; to all owners and that person.
#[derive(Debug, Clone)]
pub(crate) struct OwnerChanged {
    pub(crate) organisation: String,
    pub(crate) to: String,
    pub(crate) person: String,
    pub(crate) address: Option<String>,
    pub(crate) is_owner: bool,
    /// Whether the recipient is that person.
    pub(crate) is_own: bool,
    /// Who did it.
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    /// The page that lists the owners.
    pub(crate) link: String,
    /// Addresses of other owners; may be empty.
    pub(crate) ask: Vec<String>,
}

/// The directory un-assigned a member by hand, who stays; to owners.
#[derive(Debug, Clone)]
pub(crate) struct LeftBehind {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The name of the directory.
    pub(crate) directory: String,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) role: &'static str,
    /// When they were un-assigned.
    pub(crate) since: Timestamp,
    /// The person's page.
    pub(crate) link: String,
}

/// SCIM ended many memberships within an hour; to owners.
#[derive(Debug, Clone)]
pub(crate) struct Brake {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The name of the directory.
    pub(crate) directory: String,
    pub(crate) ended: i64,
    /// The number from which owners are told.
    pub(crate) limit: i64,
    pub(crate) at: Timestamp,
    pub(crate) does: Braking,
    /// The page on which to lift the brake.
    pub(crate) link: String,
}

/// What happens to those un-assigned next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Braking {
    /// They lose their access too.
    Warns,
    /// They keep it.
    Stops,
    /// They would keep it, but an owner has lifted the brake.
    IsLifted,
}

/// The directory tried to un-assign the last owner, who stays; to managers.
#[derive(Debug, Clone)]
pub(crate) struct LastOwner {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The name of the directory.
    pub(crate) directory: String,
    pub(crate) name: String,
    pub(crate) address: String,
    /// When it was refused.
    pub(crate) since: Timestamp,
    /// The overview of the organisation.
    pub(crate) link: String,
}

/// A password opened an organisation that requires single sign-on, or the requirement was lifted; to owners.
#[derive(Debug, Clone)]
pub(crate) struct SignOnRule {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The name and address of the person who used the emergency account.
    pub(crate) used: Option<(String, Option<String>)>,
    /// Who did it.
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    /// The page "Single sign-on".
    pub(crate) link: String,
}

/// The last certificate of single sign-on expires soon; to owners.
#[derive(Debug, Clone)]
pub(crate) struct CertificateEnds {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The name of the directory.
    pub(crate) directory: String,
    /// 60, 30 or 7.
    pub(crate) days: i64,
    pub(crate) ends: Timestamp,
    /// Whether nobody can sign in after that.
    pub(crate) is_refused: bool,
    /// Whether rereading the metadata would find a new one.
    pub(crate) is_read_again: bool,
    /// The page "Single sign-on".
    pub(crate) link: String,
}

/// The identity provider has stopped calling; to owners.
#[derive(Debug, Clone)]
pub(crate) struct Silence {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The name of the directory.
    pub(crate) directory: String,
    /// When it last called.
    pub(crate) since: Timestamp,
    pub(crate) why: Mute,
    /// The page that shows its calls.
    pub(crate) link: String,
}

/// Why it has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mute {
    /// No token works.
    NoToken,
    /// It will be back after this many hours.
    Quarantine(i64),
    Unknown,
}

impl Content {
    /// Writes the texts.
    pub(crate) fn write(&self) -> Written {
        let page = match self {
            Self::Invitation(it) => welcome::invitation(it),
            Self::PasswordReset(it) => welcome::password_reset(it),
            Self::ConfirmAddress(it) => address::confirm(it),
            Self::AddressChanged(it) => address::changed(it),
            Self::Digest(it) => warnings::digest(it),
            Self::TokenEnds(it) => warnings::token_ends(it),
            Self::OwnerChanged(it) => warnings::owner_changed(it),
            Self::LeftBehind(it) => warnings::left_behind(it),
            Self::Brake(it) => warnings::brake(it),
            Self::LastOwner(it) => warnings::last_owner(it),
            Self::Silence(it) => warnings::silence(it),
            Self::SignOnRule(it) => warnings::sign_on_rule(it),
            Self::CertificateEnds(it) => warnings::certificate_ends(it),
            Self::Test { to } => warnings::test(to),
        };
        page.written()
    }
}

/// The first few names, in one line.
fn several(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let first: Vec<String> = names.iter().take(SHOWN).map(|name| crate::mail::shown::title(name)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
