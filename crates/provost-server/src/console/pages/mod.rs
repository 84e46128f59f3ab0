//! The pages, a file each.

pub(super) mod accept;
pub(super) mod account;
pub(super) mod auth;
pub(super) mod confirm;
mod elsewhere;
mod lately;
pub(super) mod login;
pub(super) mod member;
pub(super) mod members;
pub(super) mod merge;
mod organisation;
pub(super) mod overview;
pub(super) mod recover;
mod regain;
pub(super) mod reset;
pub(super) mod settings;
pub(super) mod setup;
#[cfg(feature = "sso")]
pub(super) mod sso;
pub(super) mod team;
pub(super) mod teams;

use super::Visitor;
use super::answer::{Answer, Trouble};
use super::asset::Asset;
use crate::access::{Digest, Hashed, Password};
use crate::clock::{self, Timestamp};
use crate::people::AddressKey;
use actix_web::http::StatusCode;
use askama::Template;
use std::fmt;

/// What every page has.
pub(super) struct Common {
    /// What comes before the path of every link.
    pub(super) base: String,
    pub(super) style: String,
    pub(super) icon: String,
    pub(super) script: String,
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
            script: Asset::Script.path(),
            me: signed.map(|signed| signed.session.account.name.clone()).unwrap_or_default(),
            form: signed.map(|signed| signed.opener.form_token()).unwrap_or_default(),
        }
    }
}

/// A link that lets nobody in.
#[derive(Template)]
#[template(path = "link_gone.html")]
struct Gone {
    common: Common,
    title: &'static str,
    text: String,
}

impl Gone {
    fn answer(
        visitor: &Visitor<'_>,
        title: &'static str,
        text: impl Into<String>,
    ) -> Result<Answer, Trouble> {
        let page = Self { common: Common::of(visitor), title, text: text.into() };
        Answer::with(StatusCode::GONE, &page)
    }
}

/// Said where nobody's password can be hashed at the moment.
const BUSY: &str = "Too many people are setting a password at the moment. Try again in a minute.";

/// Makes a sentence of an error, which begins in lower case.
fn sentence(text: &str) -> String {
    capital(text) + "."
}

/// As a sentence begins. An address at the beginning stays as it is.
fn capital(text: &str) -> String {
    if text.split(' ').next().is_some_and(|word| word.contains('@')) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    first + chars.as_str()
}

/// A time as people read it: `2026-11-28 15:46 UTC`.
pub(super) struct Moment(pub(super) Timestamp);

impl Moment {
    /// The day alone: `2026-11-28`.
    fn day(&self) -> String {
        clock::day(self.0)
    }

    /// The same for programs: `2026-11-28T15:46Z`.
    fn iso(&self) -> String {
        format!("{}Z", self.0.to_string().get(..16).unwrap_or_default())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clock::minute(self.0))
    }
}

/// Hashes a password that somebody chose; `None` when too many people do that at once.
async fn hashed(visitor: &Visitor<'_>, login: &str, password: Password) -> Result<Option<Hashed>, Trouble> {
    let salt = clock::random().map_err(Trouble::broken)?;
    let account = Digest::of(AddressKey::of(login).as_str()).0;
    let verifier = &visitor.console.verifier;
    let hash = verifier.hash_password(account, visitor.address, move || password.hash(salt)).await;
    hash.map_err(Trouble::broken)?.transpose().map_err(Trouble::broken)
}

/// A place, for tests.
#[cfg(test)]
fn offer_to(role: crate::people::Role, holder: Option<crate::people::Holder>) -> crate::people::Offer {
    let organisation = crate::organisations::Organisation {
        tenant: provost::hook::TenantId(1),
        slug: crate::slug::Slug::stored("lantern".to_owned()),
        name: "Lantern Works".to_owned(),
        profile: provost::Profile::entra(),
        default_role: crate::people::Grantable::Member,
        former_default_role: None,
        scim: true,
        provider: crate::organisations::IdentityProvider::Entra,
        inviting: crate::people::Inviting::default(),
        brake: crate::brake::Brake::default(),
        silent_after: crate::silence::SilentAfter::default(),
        audit_keep: crate::audit::Keep::stored(None),
        disabled: None,
        reopened: None,
        values_until: None,
        created: Timestamp::from_millis(0),
    };
    crate::people::Offer {
        organisation,
        address: "Ann@Example.com".to_owned(),
        name: None,
        role,
        teams: Vec::new(),
        managed_by: crate::people::ManagedBy::Scim,
        ends: Timestamp::from_millis(1),
        holder,
        here: None,
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    /// Seen to fail: with an address that begins with a capital letter.
    #[test]
    fn a_sentence_begins_as_one_writes_it() {
        for (text, expected) in [
            ("a name is missing", "A name is missing."),
            ("ann@example.com is the last owner", "ann@example.com is the last owner."),
            ("über", "Über."),
            ("", "."),
        ] {
            assert_eq!(sentence(text), expected);
        }
    }
}
