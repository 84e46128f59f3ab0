//! `/account/`: the visitor's account: name, password, the organisations that it is a member of, and the browsers that are signed in to
//! it.

mod browser;
mod forms;

pub(super) use browser::called;
pub(in crate::console) use forms::send;

use super::{Common, Moment};
use crate::access::{AccessStore, OwnAccountStore, OwnPlace, SHORTEST, SignInAddressStore};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::console::proof::Unproved;
use crate::people::{ManagedBy, RegainStore, Role};
use crate::slug::Slug;
use askama::Template;

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    common: Common,
    login: String,
    /// Whether the account has a sign-in address, and so a password.
    has_password: bool,
    shortest: usize,
    sends_mail: bool,
    /// The address that a mail with a link went to.
    asked_for: Option<String>,
    places: Vec<PlaceLine>,
    sessions: Vec<Line>,
    said: Said,
}

/// An organisation as it is listed.
struct PlaceLine {
    slug: Slug,
    name: String,
    role: &'static str,
    is_owner: bool,
    teams: String,
    more_teams: i64,
    /// The identity provider, where it decides about the membership.
    provider: Option<&'static str>,
    sign_on: SignOn,
}

/// How a place is opened by single sign-on.
#[cfg_attr(not(feature = "sso"), expect(dead_code, reason = "this build has no single sign-on"))]
enum SignOn {
    /// The organisation has none.
    None,
    /// By who the account is at this identity provider.
    Linked(String),
    /// Not yet.
    Possible(String),
    /// By this identity provider alone, and the way there: this session sees nothing of it but the name.
    Only { provider: String, path: String },
    /// The same, but the organisation is switched off, so there is no way there.
    Off,
}

#[cfg(not(feature = "sso"))]
async fn sign_on(_: &Visitor<'_>, _: &OwnPlace) -> Result<SignOn, Trouble> {
    Ok(std::future::ready(SignOn::None).await)
}

#[cfg(feature = "sso")]
async fn sign_on(visitor: &Visitor<'_>, place: &OwnPlace) -> Result<SignOn, Trouble> {
    use crate::sso::ProvenStore;
    let Some(open) = super::sso::answer::of(visitor, place.organisation.clone()).await? else {
        return Ok(SignOn::None);
    };
    let is_off = place.organisation.disabled.is_some();
    let me = visitor.signed(&Page::Account)?.session.account.id;
    match (open.is_closed_to(me), is_off) {
        (true, true) => return Ok(SignOn::Off),
        (true, false) => {
            let path = open.path(&Page::Organisation(place.organisation.slug.clone()));
            return Ok(SignOn::Only { provider: open.called(), path });
        }
        (false, true) => return Ok(SignOn::None),
        (false, false) => {}
    }
    Ok(match visitor.console.storage.is_linked(place.organisation.tenant, me).await? {
        true => SignOn::Linked(open.called()),
        false => SignOn::Possible(open.called()),
    })
}

impl PlaceLine {
    const fn is_closed(&self) -> bool {
        matches!(self.sign_on, SignOn::Only { .. } | SignOn::Off)
    }

    fn of(place: OwnPlace, sign_on: SignOn) -> Self {
        Self {
            sign_on,
            slug: place.organisation.slug,
            name: place.organisation.name,
            role: place.role.title(),
            is_owner: place.role == Role::Owner,
            teams: place.teams.join(", "),
            more_teams: place.more_teams,
            provider: (place.managed_by == ManagedBy::Scim).then(|| place.organisation.provider.directory()),
        }
    }
}

/// A session as it is listed.
struct Line {
    id: String,
    is_this: bool,
    browser: String,
    address: String,
    created: Moment,
    seen: Moment,
}

/// What a form came to.
#[derive(Default)]
struct Said {
    notice: Option<&'static str>,
    name: Option<String>,
    name_error: String,
    present: Unproved,
    password_error: String,
    address: Option<String>,
    address_error: String,
    address_proof: Unproved,
    /// What is wrong about leaving an organisation.
    leave: Unproved,
}

impl Said {
    fn is_wrong(&self) -> bool {
        let others = [&self.name_error, &self.password_error, &self.address_error];
        !self.unproved().error.is_empty() || others.into_iter().any(|error| !error.is_empty())
    }

    /// What was not proved, if that is what is wrong.
    fn unproved(&self) -> &Unproved {
        [&self.present, &self.address_proof]
            .into_iter()
            .find(|unproved| !unproved.error.is_empty())
            .unwrap_or(&self.leave)
    }
}

/// The page of a session that an organisation's identity provider opened: what belongs to the account is not that organisation's.
#[derive(Template)]
#[template(path = "account_confined.html")]
struct Confined {
    common: Common,
    has_password: bool,
    /// Where the link goes by which an owner sets a password.
    link_to: Option<String>,
    sends_mail: bool,
    said: Said,
}

async fn confined(visitor: &Visitor<'_>, said: Said) -> Result<Result<Confined, Said>, Trouble> {
    let signed = visitor.signed(&Page::Account)?;
    let Some(tenant) = signed.session.confined_to else { return Ok(Err(said)) };
    let console = visitor.console;
    let link_to = console.storage.own_link(tenant, signed.session.account.id).await?;
    Ok(Ok(Confined {
        common: Common::of(visitor),
        has_password: signed.session.account.email.is_some(),
        link_to,
        sends_mail: console.sends_mail,
        said,
    }))
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, query: &str) -> Result<Answer, Trouble> {
    let query = Form::of_query(query);
    let notice = forms::notice(query.text("done"));
    match confined(visitor, Said { notice, ..Said::default() }).await? {
        Ok(confined) => Answer::page(&confined),
        Err(said) => Answer::page(&filled(visitor, said).await?),
    }
}

async fn filled(visitor: &Visitor<'_>, said: Said) -> Result<Account, Trouble> {
    let signed = visitor.signed(&Page::Account)?;
    let (storage, account) = (&visitor.console.storage, &signed.session.account);
    let sessions = storage.sessions(account.id, visitor.now).await?;
    let lines = sessions.into_iter().map(|session| Line {
        is_this: session.id == signed.session.id,
        id: session.id.name(),
        browser: called(&session.browser),
        address: session.address,
        created: Moment(session.created),
        seen: Moment(session.seen),
    });
    let mut places = Vec::new();
    for place in storage.own_places(account.id).await? {
        let sign_on = sign_on(visitor, &place).await?;
        places.push(PlaceLine::of(place, sign_on));
    }
    Ok(Account {
        common: Common::of(visitor),
        login: account.clone().login(),
        has_password: account.email.is_some(),
        shortest: SHORTEST,
        sends_mail: visitor.console.sends_mail,
        asked_for: storage.address_asked_for(account.id, visitor.now).await?,
        places,
        sessions: lines.collect(),
        said,
    })
}
