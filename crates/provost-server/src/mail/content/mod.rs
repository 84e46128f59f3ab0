//! What mails say: a struct for each kind, with plain values, and the words for it.

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

/// The three texts of a mail.
#[derive(Clone)]
pub(crate) struct Written {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// A text may hold a link.
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
    /// To see whether mail arrives.
    Test {
        to: String,
    },
}

/// Somebody may join.
#[derive(Debug, Clone)]
pub(crate) struct Invitation {
    pub(crate) organisation: String,
    /// Whom it is for, and to.
    pub(crate) to: String,
    pub(crate) by: Inviter,
    pub(crate) entry: Entry,
    pub(crate) occasion: Occasion,
    pub(crate) role: &'static str,
    /// Names of teams; none is fine.
    pub(crate) teams: Vec<String>,
    /// Where the button leads: to the invitation's page, or to the sign-in of the provider.
    pub(crate) link: Secret,
    /// The end of the link. The sign-in of a provider has none, and then this is not shown.
    pub(crate) ends: Timestamp,
    /// Addresses of those who answer questions: owners. None is fine.
    pub(crate) ask: Vec<String>,
}

/// Who gave access.
#[derive(Debug, Clone)]
pub(crate) enum Inviter {
    /// The directory of the company, by its name: `Microsoft Entra ID`.
    Directory(String),
    /// A person, by name or address.
    Person(String),
    /// Somebody at the command line.
    Operator,
}

/// What joining takes.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    /// A password of one's own.
    Password,
    /// The sign-in of the identity provider, by its name; no password is asked.
    #[cfg_attr(not(test), expect(dead_code, reason = "no organisation requires single sign-on yet"))]
    Provider(String),
}

/// Once a day, to managers: who was assigned and waits for an invitation.
#[derive(Debug, Clone)]
pub(crate) struct Digest {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The directory, by its name.
    pub(crate) directory: String,
    /// The first of them; there may be more.
    pub(crate) waiting: Vec<Waiting>,
    /// How many there are in all.
    pub(crate) all: usize,
    /// The page from which they are invited.
    pub(crate) link: String,
}

/// One of those.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) since: Timestamp,
}

/// Somebody asked for another password.
#[derive(Debug, Clone)]
pub(crate) struct PasswordReset {
    /// Who sends it: the name of an organisation of the account, or the host of the installation.
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

/// An account signs in with another address; to the one of before.
#[derive(Debug, Clone)]
pub(crate) struct AddressChanged {
    /// The host of the installation.
    pub(crate) sender: String,
    pub(crate) to: String,
    /// The address of now.
    pub(crate) address: String,
    pub(crate) at: Timestamp,
    /// Whom to tell. None is fine.
    pub(crate) ask: Vec<String>,
}

/// A token or client secret ends soon; to owners.
#[derive(Debug, Clone)]
pub(crate) struct TokenEnds {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// What it is called in the portal: `Secret Token`, `Client Secret`.
    pub(crate) what: String,
    /// Its label, if it has one, and its key id.
    pub(crate) named: String,
    /// 30, 7 or 1.
    pub(crate) days: u16,
    pub(crate) ends: Timestamp,
    /// When it was used last, if it ever was.
    pub(crate) last_used: Option<Timestamp>,
    /// The page on which it is rotated.
    pub(crate) link: String,
}

/// Somebody became an owner, or is none any more; to all owners and the person.
#[derive(Debug, Clone)]
pub(crate) struct OwnerChanged {
    pub(crate) organisation: String,
    pub(crate) to: String,
    pub(crate) person: String,
    pub(crate) address: Option<String>,
    pub(crate) is_owner: bool,
    /// Whether it is to the person.
    pub(crate) is_own: bool,
    /// Who brought it about.
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    /// The page that lists the owners.
    pub(crate) link: String,
    /// Addresses of other owners. None is fine.
    pub(crate) ask: Vec<String>,
}

/// The directory un-assigned somebody who is here by hand, and stays; to owners.
#[derive(Debug, Clone)]
pub(crate) struct LeftBehind {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The directory, by its name.
    pub(crate) directory: String,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) role: &'static str,
    /// When.
    pub(crate) since: Timestamp,
    /// The person's page.
    pub(crate) link: String,
}

/// Many memberships ended by SCIM within an hour; to owners.
#[derive(Debug, Clone)]
pub(crate) struct Brake {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The directory, by its name.
    pub(crate) directory: String,
    pub(crate) ended: i64,
    /// From how many on owners are told.
    pub(crate) limit: i64,
    pub(crate) at: Timestamp,
    pub(crate) does: Braking,
    /// The page on which the brake is lifted.
    pub(crate) link: String,
}

/// What becomes of those who are un-assigned after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Braking {
    /// They lose their access, too.
    Warns,
    /// They keep it.
    Stops,
    /// They would, and an owner has let them lose it.
    IsLifted,
}

/// The directory un-assigned the last owner, who stays; to managers.
#[derive(Debug, Clone)]
pub(crate) struct LastOwner {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The directory, by its name.
    pub(crate) directory: String,
    pub(crate) name: String,
    pub(crate) address: String,
    /// When it was refused.
    pub(crate) since: Timestamp,
    /// The overview of the organisation.
    pub(crate) link: String,
}

/// A password opened an organisation that requires single sign-on, or it requires it no longer; to owners.
#[derive(Debug, Clone)]
pub(crate) struct SignOnRule {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The name and the address of who used the emergency account.
    pub(crate) used: Option<(String, Option<String>)>,
    /// Who brought it about.
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    /// The page of single sign-on.
    pub(crate) link: String,
}

/// The last certificate of single sign-on ends soon; to owners.
#[derive(Debug, Clone)]
pub(crate) struct CertificateEnds {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The directory, by its name.
    pub(crate) directory: String,
    /// 60, 30 or 7.
    pub(crate) days: i64,
    pub(crate) ends: Timestamp,
    /// Whether nobody comes in from then on.
    pub(crate) is_refused: bool,
    /// Whether a new one is known by reading the metadata again.
    pub(crate) is_read_again: bool,
    /// The page of single sign-on.
    pub(crate) link: String,
}

/// The identity provider does not call; to owners.
#[derive(Debug, Clone)]
pub(crate) struct Silence {
    pub(crate) organisation: String,
    pub(crate) to: String,
    /// The directory, by its name.
    pub(crate) directory: String,
    /// It called last then.
    pub(crate) since: Timestamp,
    pub(crate) why: Mute,
    /// The page that says what was heard of it.
    pub(crate) link: String,
}

/// Why it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mute {
    /// No token works.
    NoToken,
    /// It comes back after so many hours.
    Quarantine(i64),
    Unknown,
}

impl Content {
    /// The texts.
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

/// The first of several names, in one line.
fn several(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let first: Vec<String> = names.iter().take(SHOWN).map(|name| crate::mail::shown::title(name)).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}
