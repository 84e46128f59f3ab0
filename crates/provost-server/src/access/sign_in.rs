//! Signing in with a password: one answer for a wrong address and a wrong password, in the same time; failures are counted, and
//! a browser that signed in before has a count of its own.

use super::accounts::Account;
#[cfg(feature = "console")]
use super::accounts::AccountId;
use super::passwords::{Hashed, Password, PasswordError};
use super::secrets::{Digest, Opener};
use super::store::AccessStore;
use super::throttle::Counted;
use crate::audit::{Actor, By};
use crate::clock::{NoRandomness, Timestamp};
use crate::people::AddressKey;
use crate::storage::{Storage, StorageError};
use crate::tokens::{Secret, Verifier, VerifyError};
use std::net::IpAddr;
use std::sync::Arc;

/// Who tries to sign in.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) email: String,
    pub(crate) password: Secret,
    pub(crate) address: IpAddr,
    /// What the browser has from an earlier sign-in.
    pub(crate) browser: Option<Opener>,
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum SignIn {
    /// The account, and what the browser keeps to be known again.
    Done(Account, Opener),
    /// The password is right, and the account is switched off.
    Off,
    /// Wrong address or wrong password: which one is not said.
    Wrong,
    /// Too many tries; how long to wait, in milliseconds.
    Wait(i64),
}

/// Why nobody can sign in now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Busy(#[from] VerifyError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Milliseconds to wait where all cores for hashing are taken.
const BUSY_MS: i64 = 60_000;

pub(crate) async fn sign_in(
    storage: &Storage,
    verifier: &Arc<Verifier>,
    attempt: Attempt,
    now: Timestamp,
) -> Result<SignIn, SignInError> {
    let by = By { actor: Actor::Stranger { address: attempt.address }, at: now };
    let (account, key, known) = match tried(storage, verifier, &attempt, by).await? {
        Tried::Right { account, key, known } => (account, key, known),
        Tried::Wrong => return Ok(SignIn::Wrong),
        Tried::Wait(ms) => return Ok(SignIn::Wait(ms)),
    };
    if account.is_off {
        return Ok(SignIn::Off);
    }
    // what an unknown browser brought may be of somebody else
    let browser = match attempt.browser.filter(|_| known.is_some()) {
        Some(browser) => browser,
        None => Opener::new()?,
    };
    let forgiven = vec![Counted::account(&key), Counted::browser(browser.digest(), &key)];
    storage.note_browser(browser.digest(), account.id, forgiven, now).await?;
    Ok(SignIn::Done(account, browser))
}

/// The outcome of asking somebody for the password once more.
#[cfg(feature = "console")]
#[derive(Debug)]
pub(crate) enum Proof {
    Given,
    Wrong,
    /// Too many tries; how long to wait, in milliseconds.
    Wait(i64),
}

/// Checks the password of an account. Failures count as they do for a sign-in: a browser that was left alone is no place to guess.
#[cfg(feature = "console")]
pub(crate) async fn prove(
    storage: &Storage,
    verifier: &Arc<Verifier>,
    attempt: &Attempt,
    me: AccountId,
    by: By,
) -> Result<Proof, SignInError> {
    Ok(match tried(storage, verifier, attempt, by).await? {
        // the address may be another account's by now
        Tried::Right { account, .. } if account.id == me => Proof::Given,
        Tried::Right { .. } | Tried::Wrong => Proof::Wrong,
        Tried::Wait(ms) => Proof::Wait(ms),
    })
}

enum Tried {
    /// Of whom, by which key; and the browser, if it signed in to the account before.
    Right {
        account: Account,
        key: String,
        known: Option<Digest>,
    },
    Wrong,
    Wait(i64),
}

async fn tried(
    storage: &Storage,
    verifier: &Arc<Verifier>,
    attempt: &Attempt,
    by: By,
) -> Result<Tried, SignInError> {
    let (key, now) = (AddressKey::of(&attempt.email).as_str().to_owned(), by.at);
    let known = match attempt.browser.as_ref().map(Opener::digest) {
        Some(browser) if storage.is_known_browser(browser, key.clone(), now).await? => Some(browser),
        _ => None,
    };
    let counted = counts(&key, attempt.address, known);
    if let Some(wait) = storage.wait(counted.clone(), now).await? {
        return Ok(Tried::Wait(wait));
    }
    let found = storage.account_by_login(key.clone()).await?;
    let (account, hashed) = found.map_or((None, None), |(account, hashed)| (Some(account), hashed));
    // what is typed is hashed also where there is nothing to hold it against, so that the answer takes as long
    let (hashed, is_real) = hashed.map_or_else(|| (Hashed::of_nobody(), false), |hashed| (hashed, true));
    let Some(password) = Password::typed(&attempt.password) else { return Ok(Tried::Wrong) };
    let hash = move || password.is(&hashed);
    let Some(is_right) = verifier.hash_password(Digest::of(&key).0, attempt.address, hash).await? else {
        return Ok(Tried::Wait(BUSY_MS));
    };
    let is_right = is_right?;
    match account {
        Some(account) if is_right && is_real => Ok(Tried::Right { account, key, known }),
        account => {
            storage.count_failure(by, account.map(|account| account.id), counted).await?;
            Ok(Tried::Wrong)
        }
    }
}

/// What a failure counts against, and what has to be open for a try: a known browser has a count of its own.
fn counts(key: &str, address: IpAddr, known: Option<Digest>) -> Vec<Counted> {
    match known {
        Some(browser) => vec![Counted::browser(browser, key)],
        None => vec![Counted::account(key), Counted::address(address)],
    }
}
