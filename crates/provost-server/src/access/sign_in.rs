//! Signing in with a password. A wrong address and a wrong password get the same answer in the same time. Failures are
//! counted, separately for a browser that signed in before.

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
    /// The secret that the browser has from an earlier sign-in.
    pub(crate) browser: Option<Opener>,
}

/// The result.
#[derive(Debug)]
pub(crate) enum SignIn {
    /// The account, and the secret by which the browser will be recognised.
    Done(Account, Opener),
    /// The password is right, but the account is switched off.
    Off,
    /// Wrong address or wrong password, without saying which.
    Wrong,
    /// Too many attempts; how long to wait, in milliseconds.
    Wait(i64),
}

/// Why nobody can sign in at the moment.
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

/// How long to wait, in milliseconds, if all cores for hashing are busy.
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
    // the secret of an unknown browser may be known to somebody else
    let browser = match attempt.browser.filter(|_| known.is_some()) {
        Some(browser) => browser,
        None => Opener::new()?,
    };
    let forgiven = vec![Counted::account(&key), Counted::browser(browser.digest(), &key)];
    storage.note_browser(browser.digest(), account.id, forgiven, now).await?;
    Ok(SignIn::Done(account, browser))
}

/// The result of asking for the password once more.
#[cfg(feature = "console")]
#[derive(Debug)]
pub(crate) enum Proof {
    Given,
    Wrong,
    /// Too many attempts; how long to wait, in milliseconds.
    Wait(i64),
}

/// Checks an account's password. Failures count as for a sign-in, so that an unattended browser is no place to guess.
#[cfg(feature = "console")]
pub(crate) async fn prove(
    storage: &Storage,
    verifier: &Arc<Verifier>,
    attempt: &Attempt,
    me: AccountId,
    by: By,
) -> Result<Proof, SignInError> {
    Ok(match tried(storage, verifier, attempt, by).await? {
        // the address may belong to another account by now
        Tried::Right { account, .. } if account.id == me => Proof::Given,
        Tried::Right { .. } | Tried::Wrong => Proof::Wrong,
        Tried::Wait(ms) => Proof::Wait(ms),
    })
}

enum Tried {
    /// The account, its key, and the browser if it signed in to the account before.
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
    // hash what was typed even without a hash to compare, so that the answer takes as long
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

/// The counts a failure is added to, and that must allow an attempt. A known browser has its own.
fn counts(key: &str, address: IpAddr, known: Option<Digest>) -> Vec<Counted> {
    match known {
        Some(browser) => vec![Counted::browser(browser, key)],
        None => vec![Counted::account(key), Counted::address(address)],
    }
}
