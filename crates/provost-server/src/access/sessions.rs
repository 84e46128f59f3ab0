//! Sessions: a browser that is signed in. How long one lasts, and why it ended.

use super::accounts::Account;
use super::secrets::Digest;
use crate::clock::Timestamp;
use provost::hook::TenantId;

/// A session ends after this long without use.
const IDLE_MS: i64 = 12 * 3_600 * 1_000;
/// And at the latest after this.
pub(crate) const LONGEST_MS: i64 = 7 * 24 * 3_600 * 1_000;
/// How precisely the last use is noted.
const SEEN_EVERY_MS: i64 = 60_000;
/// How long the reason why one ended is remembered.
pub(crate) const REMEMBERED_MS: i64 = 24 * 3_600 * 1_000;
/// The longest stored name of a browser, in bytes.
const BROWSER_BYTES: usize = 200;

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) id: Digest,
    pub(crate) account: Account,
    /// The only organisation it opens; `None` for all of the account's organisations.
    pub(crate) confined_to: Option<TenantId>,
    pub(crate) created: Timestamp,
    pub(crate) seen: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) address: String,
    pub(crate) browser: String,
}

/// The data of a new session.
#[derive(Debug, Clone)]
pub(crate) struct NewSession {
    pub(crate) id: Digest,
    pub(crate) address: String,
    pub(crate) browser: String,
}

impl NewSession {
    /// `browser` is its User-Agent.
    pub(crate) fn new(id: Digest, address: String, browser: &str) -> Self {
        let mut kept = browser.replace(char::is_control, " ");
        let end = (0..=BROWSER_BYTES.min(kept.len())).rev().find(|end| kept.is_char_boundary(*end));
        kept.truncate(end.unwrap_or(0));
        Self { id, address, browser: kept }
    }
}

/// What only the account's person is told when it is switched off.
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
    /// A newcomer who now has the address started a new account with it.
    AddressGiven,
    /// An organisation ended the access that the session had there.
    EndedHere,
    /// It came through single sign-on, which the organisation switched off or reconfigured.
    SignOnEnded,
    /// An owner unlinked the account from the identity provider.
    Unlinked,
    /// The session goes on, but does not open an organisation that requires single sign-on.
    Required,
    /// The only organisation it opened was switched off.
    SwitchedOff,
    /// The only organisation it opened was deleted.
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

    /// The explanation on the sign-in page.
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

/// What is known about the session a browser presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Open(Box<Session>),
    Ended(Reason),
    /// It never existed, or ended long ago.
    None,
}

impl Session {
    /// Why it has expired, if it has.
    pub(crate) fn end(&self, now: Timestamp) -> Option<Reason> {
        let idle = now.as_millis().saturating_sub(self.seen.as_millis());
        match () {
            () if now >= self.ends => Some(Reason::TooOld),
            () if idle >= IDLE_MS => Some(Reason::Idle),
            () => None,
        }
    }

    /// Whether its use should be noted.
    pub(crate) fn is_worth_a_note(&self, now: Timestamp) -> bool {
        is_worth_a_note(self.seen, now)
    }
}

/// Whether a use should be noted, given that the last noted one was at `seen`.
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
