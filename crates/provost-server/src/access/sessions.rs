//! Sessions: a browser that is signed in. How long one lasts, and why it ended.

use super::accounts::Account;
use super::secrets::Digest;
use crate::clock::Timestamp;
use provost::hook::TenantId;

/// A session ends when it was not used for so long.
const IDLE_MS: i64 = 12 * 3_600 * 1_000;
/// And at the latest after this.
pub(crate) const LONGEST_MS: i64 = 7 * 24 * 3_600 * 1_000;
/// How exactly it is known when one was used last.
const SEEN_EVERY_MS: i64 = 60_000;
/// How long it is known why one ended.
pub(crate) const REMEMBERED_MS: i64 = 24 * 3_600 * 1_000;
/// The longest name of a browser that is kept, in bytes.
const BROWSER_BYTES: usize = 200;

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) id: Digest,
    pub(crate) account: Account,
    /// The only organisation that it opens; `None`: all that the account is a member of.
    pub(crate) confined_to: Option<TenantId>,
    pub(crate) created: Timestamp,
    pub(crate) seen: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) address: String,
    pub(crate) browser: String,
}

/// A session that begins.
#[derive(Debug, Clone)]
pub(crate) struct NewSession {
    pub(crate) id: Digest,
    pub(crate) address: String,
    pub(crate) browser: String,
}

impl NewSession {
    /// `browser` is what it calls itself.
    pub(crate) fn new(id: Digest, address: String, browser: &str) -> Self {
        let mut kept = browser.replace(char::is_control, " ");
        let end = (0..=BROWSER_BYTES.min(kept.len())).rev().find(|end| kept.is_char_boundary(*end));
        kept.truncate(end.unwrap_or(0));
        Self { id, address, browser: kept }
    }
}

/// What is said of an account that is switched off to its person alone.
pub(crate) const ACCOUNT_OFF: &str = "This account is switched off. Ask those who operate this server.";

/// Why a session has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    SignedOut,
    EndedElsewhere,
    Idle,
    TooOld,
    NewPassword,
    LostAccess,
    /// Somebody whose address it is by now began anew with it.
    AddressGiven,
    /// An organisation ended the access that the session gave there.
    EndedHere,
    /// It came through single sign-on, which the organisation switched off or set up anew.
    SignOnEnded,
    /// An owner said that the account is nobody at the identity provider any more.
    Unlinked,
    /// It goes on, and does not open an organisation that requires single sign-on.
    Required,
    /// The only organisation that it opened was switched off.
    SwitchedOff,
    /// Or deleted.
    Deleted,
    /// The account was switched off.
    AccountOff,
}

impl Reason {
    const ALL: [Self; 14] = [
        Self::SignedOut,
        Self::EndedElsewhere,
        Self::Idle,
        Self::TooOld,
        Self::NewPassword,
        Self::LostAccess,
        Self::AddressGiven,
        Self::EndedHere,
        Self::SignOnEnded,
        Self::Unlinked,
        Self::Required,
        Self::SwitchedOff,
        Self::Deleted,
        Self::AccountOff,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::EndedElsewhere => "ended-elsewhere",
            Self::Idle => "idle",
            Self::TooOld => "too-old",
            Self::NewPassword => "new-password",
            Self::LostAccess => "lost-access",
            Self::AddressGiven => "address-given",
            Self::EndedHere => "ended-here",
            Self::SignOnEnded => "sign-on-ended",
            Self::Unlinked => "unlinked",
            Self::Required => "sign-on-required",
            Self::SwitchedOff => "switched-off",
            Self::Deleted => "deleted",
            Self::AccountOff => "account-off",
        }
    }

    pub(crate) fn stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// What the sign-in page says of it.
    pub(crate) const fn sentence(self) -> &'static str {
        match self {
            Self::SignedOut => "You are signed out.",
            Self::EndedElsewhere => "This session was ended from another browser. Sign in again.",
            Self::Idle => "Nothing happened here for 12 hours, so you were signed out. Sign in again.",
            Self::TooOld => "A session lasts for 7 days at most. Sign in again.",
            Self::NewPassword => "The password was changed, which ends all other sessions. Sign in again.",
            Self::AddressGiven => {
                "Somebody was invited by the address of this account and began anew with it."
            }
            Self::EndedHere => "Your sessions of this organisation were ended. Sign in again to open it.",
            Self::SignOnEnded => "Your organisation changed how people sign in. Sign in again.",
            Self::Unlinked => "An owner of the organisation unlinked your sign-in. Sign in again.",
            Self::Required => {
                "This organisation is opened through your company's sign-in. Your password no longer opens it. It still opens your \
                 other organisations."
            }
            Self::SwitchedOff => "The organisation that this session opened is switched off at present.",
            Self::Deleted => "The organisation that this session opened was deleted.",
            Self::AccountOff => ACCOUNT_OFF,
            Self::LostAccess => "You are no longer a member of this organisation, so you were signed out.",
        }
    }
}

/// What there is of a session that a browser brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Open(Box<Session>),
    Ended(Reason),
    /// There never was one, or it ended long ago.
    None,
}

impl Session {
    /// Whether it has ended by time.
    pub(crate) fn end(&self, now: Timestamp) -> Option<Reason> {
        let idle = now.as_millis().saturating_sub(self.seen.as_millis());
        match () {
            () if now >= self.ends => Some(Reason::TooOld),
            () if idle >= IDLE_MS => Some(Reason::Idle),
            () => None,
        }
    }

    /// Whether it is time to note that it is used.
    pub(crate) fn is_worth_a_note(&self, now: Timestamp) -> bool {
        is_worth_a_note(self.seen, now)
    }
}

/// Whether a use that was last noted at `seen` is worth noting again.
pub(crate) fn is_worth_a_note(seen: Timestamp, now: Timestamp) -> bool {
    now.as_millis().saturating_sub(seen.as_millis()) >= SEEN_EVERY_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::AccountId;

    #[test]
    fn a_session_ends_when_it_is_idle_or_old() {
        let account = Account { id: AccountId(1), email: None, name: String::new(), epoch: 0, is_off: false };
        let at = Timestamp::from_millis;
        let session = |seen| Session {
            id: Digest([0; 32]),
            account: account.clone(),
            confined_to: None,
            created: at(0),
            seen: at(seen),
            ends: at(LONGEST_MS),
            address: String::new(),
            browser: String::new(),
        };
        assert_eq!(session(0).end(at(IDLE_MS - 1)), None);
        assert_eq!(session(0).end(at(IDLE_MS)), Some(Reason::Idle));
        assert_eq!(session(LONGEST_MS - 1).end(at(LONGEST_MS)), Some(Reason::TooOld));
        assert!(!session(0).is_worth_a_note(at(59_999)) && session(0).is_worth_a_note(at(60_000)));
        for reason in Reason::ALL {
            assert_eq!(Reason::stored(reason.as_str()), Some(reason));
        }
        let long = NewSession::new(Digest([0; 32]), String::new(), &format!("\n{}", "ü".repeat(200)));
        assert!(long.browser.len() <= BROWSER_BYTES && !long.browser.contains('\n'));
    }
}
