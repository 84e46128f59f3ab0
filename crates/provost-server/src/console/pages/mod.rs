//! The pages, a file each.

pub(super) mod account;
pub(super) mod login;
pub(super) mod overview;
pub(super) mod reset;
pub(super) mod settings;
pub(super) mod setup;

use super::Visitor;
use super::answer::Trouble;
use super::asset::Asset;
use crate::access::{Digest, Hashed, Password};
use crate::clock::{self, Timestamp};
use crate::people::AddressKey;

/// What every page has.
pub(super) struct Common {
    /// What comes before the path of every link.
    pub(super) base: String,
    pub(super) style: String,
    pub(super) icon: String,
    /// The visitor's name.
    pub(super) me: String,
    /// The token of the session, for forms.
    pub(super) form: String,
}

impl Common {
    pub(super) fn of(visitor: &Visitor<'_>) -> Self {
        let signed = visitor.session.as_ref();
        Self {
            base: visitor.console.public_url.prefix().to_owned(),
            style: Asset::Style.path(),
            icon: Asset::Icon.path(),
            me: signed.map(|signed| signed.session.account.name.clone()).unwrap_or_default(),
            form: signed.map(|signed| signed.opener.form_token()).unwrap_or_default(),
        }
    }
}

/// A time as people read it: `2026-11-28 15:46 UTC`.
pub(super) fn shown(at: Timestamp) -> String {
    let iso = at.to_string();
    let part = |range: std::ops::Range<usize>| iso.get(range).unwrap_or_default();
    format!("{} {} UTC", part(0..10), part(11..16))
}

/// Hashes a password that somebody chose; `None` when too many people do that at once.
async fn hashed(visitor: &Visitor<'_>, login: &str, password: Password) -> Result<Option<Hashed>, Trouble> {
    let salt = clock::random().map_err(Trouble::broken)?;
    let account = Digest::of(AddressKey::of(login).as_str()).0;
    let verifier = &visitor.console.verifier;
    let hash = verifier.hash_password(account, visitor.address, move || password.hash(salt)).await;
    hash.map_err(Trouble::broken)?.transpose().map_err(Trouble::broken)
}

/// A name as people write them.
fn named(text: &str, longest: usize) -> Result<String, &'static str> {
    match () {
        () if text.is_empty() => Err("This is missing."),
        () if text.len() > longest => Err("This is too long."),
        () if text.contains(char::is_control) => Err("This has control characters in it."),
        () => Ok(text.to_owned()),
    }
}
