//! How often a sign-in may fail. The counts are rows, so that all servers on a database share them.

use super::secrets::Digest;
use crate::clock::Timestamp;
use std::net::IpAddr;

/// How long failures count, from the first one.
pub(crate) const WINDOW_MS: i64 = 10 * 60 * 1_000;

/// What failures are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The sign-in address that was typed, whether or not there is such an account.
    Account(Digest),
    /// The client's address; a whole office may share one.
    Address(Digest),
    /// A browser that signed in to the account before. It has its own count, so that nobody can lock out an owner by
    /// failing in her name.
    Browser(Digest),
}

impl Counted {
    pub(crate) fn account(login_key: &str) -> Self {
        Self::Account(Digest::of(login_key))
    }

    pub(crate) fn address(address: IpAddr) -> Self {
        Self::Address(Digest::of(&address.to_string()))
    }

    /// `browser` is the value of its cookie.
    pub(crate) fn browser(browser: Digest, login_key: &str) -> Self {
        Self::Browser(Digest::of(&format!("{} {login_key}", browser.name())))
    }

    /// After how many failures in a window one has to wait.
    pub(crate) const fn most(self) -> i64 {
        match self {
            Self::Account(_) | Self::Browser(_) => 10,
            Self::Address(_) => 100,
        }
    }

    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Address(_) => "address",
            Self::Browser(_) => "browser",
        }
    }

    pub(crate) const fn key(self) -> Digest {
        match self {
            Self::Account(key) | Self::Address(key) | Self::Browser(key) => key,
        }
    }

    /// How long to wait in milliseconds after this many failures since a time; `None` for no wait.
    pub(crate) fn wait(self, failures: i64, since: Timestamp, now: Timestamp) -> Option<i64> {
        let left = since.as_millis().saturating_add(WINDOW_MS).saturating_sub(now.as_millis());
        (failures >= self.most() && left > 0).then_some(left)
    }
}

/// `4 minutes`, rounded up, and at least a minute.
pub(crate) fn in_minutes(ms: i64) -> String {
    match ms.saturating_add(59_999) / 60_000 {
        i64::MIN..=1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_waits_after_so_many_failures_until_the_window_ends() {
        let (account, address) = (Counted::account("a"), Counted::address([192, 0, 2, 1].into()));
        let at = Timestamp::from_millis;
        assert_eq!(account.wait(9, at(0), at(1)), None);
        assert_eq!(account.wait(10, at(0), at(1)), Some(WINDOW_MS - 1));
        assert_eq!(account.wait(10, at(0), at(WINDOW_MS)), None);
        assert_eq!(
            (address.wait(99, at(0), at(1)), address.wait(100, at(0), at(0))),
            (None, Some(WINDOW_MS))
        );
        assert_eq!(
            (in_minutes(1), in_minutes(60_001), in_minutes(WINDOW_MS)),
            ("a minute".into(), "2 minutes".into(), "10 minutes".into())
        );
    }
}
