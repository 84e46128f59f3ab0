//! `/setup/{link}/`: sets up an organisation's first owner. The link works once; viewing the page does not use it up.

use super::{BUSY, Common, Gone, hashed, sentence};
use crate::access::{
    AccessStore, Founding, Link, LinkState, NewAccount, Opener, Owner, Password, SHORTEST, Weakness,
};
use crate::console::Visitor;
use crate::console::answer::{A_MINUTE_MS, Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::console::ready::{self, Check};
use crate::names::name;
use crate::organisations::{Organisation, OrganisationStore};
use crate::people::Address;
use crate::slug::Slug;
use crate::storage::StorageError;
use actix_web::http::StatusCode;
use askama::Template;

/// A field as typed, and what is wrong with it.
#[derive(Default)]
struct Field {
    value: String,
    error: String,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup {
    common: Common,
    link: String,
    shortest: usize,
    /// The visitor has an account and need not say who they are.
    is_signed_in: bool,
    my_login: String,
    has_errors: bool,
    name: Field,
    email: Field,
    /// The address already has an account: sign in first.
    has_account: bool,
    /// The visitor's account cannot become a member.
    lacks_address: bool,
    password: Field,
    organisation: Field,
    slug: Field,
    checks: Vec<Check>,
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, link: &Opener) -> Result<Answer, Trouble> {
    let organisation = match open(visitor, link).await? {
        Ok(organisation) => organisation,
        Err(gone) => return gone,
    };
    let mut page = blank(visitor, link);
    page.organisation.value = organisation.name;
    page.slug.value = organisation.slug.to_string();
    Answer::page(&page)
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    link: &Opener,
    form: &Form,
) -> Result<Answer, Trouble> {
    if let Err(gone) = open(visitor, link).await? {
        return gone;
    }
    if let Some(signed) = &visitor.session {
        // a form shown in another session, or before signing in, is refused
        crate::console::guard::of_this_session(&signed.opener, form)?;
    }
    let mut page = blank(visitor, link);
    let asked = read(&mut page, form, visitor);
    let Some((owner, name, slug)) = asked else { return Answer::wrong(&page) };
    let owner = match owner {
        Asked::Me(id) => Owner::Account(id),
        Asked::New { name, email, password } => {
            let Some(password) = hashed(visitor, email.as_str(), password).await? else {
                page.password.error = BUSY.to_owned();
                return Ok(Answer::with(StatusCode::TOO_MANY_REQUESTS, &page)?.wait(A_MINUTE_MS));
            };
            Owner::New(NewAccount { email, name, password })
        }
    };
    let founding = Founding { owner, name, slug: slug.clone() };
    match visitor.console.storage.found(visitor.by_link("setup"), link.digest(), founding).await {
        Ok(account) => visitor.begin(account, &Page::Organisation(slug), None).await,
        Err(StorageError::HasAccount(_)) => {
            page.has_account = true;
            Answer::wrong(&page)
        }
        Err(StorageError::NoAddress) => {
            page.lacks_address = true;
            Answer::wrong(&page)
        }
        Err(e @ (StorageError::SlugTaken(_) | StorageError::SlugWasTaken(_))) => {
            page.has_errors = true;
            page.slug.error = match e {
                StorageError::SlugTaken(_) => "Another organisation has this short name.",
                _ => "Another organisation had this short name, so it is not given again.",
            }
            .to_owned();
            Answer::wrong(&page)
        }
        Err(StorageError::LinkGone) => gone(visitor, &LinkState::Used),
        Err(StorageError::HasOwner) => gone(visitor, &LinkState::Ended),
        Err(e) => Err(e.into()),
    }
}

/// The owner to be.
enum Asked {
    Me(crate::access::AccountId),
    New { name: String, email: Address, password: Password },
}

/// What the form asks for, or `None` if something is wrong, which the page then shows.
fn read(page: &mut Setup, form: &Form, visitor: &Visitor<'_>) -> Option<(Asked, String, Slug)> {
    let take = |field: &mut Field, text: &str, parsed: Result<String, &'static str>| {
        text.clone_into(&mut field.value);
        parsed.map_err(|why| field.error = sentence(why)).ok()
    };
    let organisation =
        take(&mut page.organisation, form.text("organisation"), name(form.text("organisation")));
    form.text("slug").clone_into(&mut page.slug.value);
    let slug = form.text("slug").parse::<Slug>().map_err(|why| page.slug.error = sentence(&why)).ok();
    let owner = match &visitor.session {
        Some(signed) => Some(Asked::Me(signed.session.account.id)),
        None => {
            let name = take(&mut page.name, form.text("name"), name(form.text("name")));
            form.text("email").clone_into(&mut page.email.value);
            let email =
                form.text("email").parse::<Address>().map_err(|why| page.email.error = sentence(&why)).ok();
            let password = Password::chosen(&form.secret("password"));
            let password = password.map_err(|why: Weakness| page.password.error = why.to_string()).ok();
            match (name, email, password) {
                (Some(name), Some(email), Some(password)) => Some(Asked::New { name, email, password }),
                _ => None,
            }
        }
    };
    match (owner, organisation, slug) {
        (Some(owner), Some(organisation), Some(slug)) => Some((owner, organisation, slug)),
        _ => {
            page.has_errors = true;
            None
        }
    }
}

fn blank(visitor: &Visitor<'_>, link: &Opener) -> Setup {
    let mine = visitor.session.as_ref().map(|signed| &signed.session.account);
    Setup {
        common: Common::of(visitor),
        link: link.reveal().to_owned(),
        shortest: SHORTEST,
        is_signed_in: mine.is_some(),
        my_login: mine.map(|account| account.clone().login()).unwrap_or_default(),
        has_errors: false,
        name: Field::default(),
        email: Field::default(),
        has_account: false,
        lacks_address: false,
        password: Field::default(),
        organisation: Field::default(),
        slug: Field::default(),
        checks: ready::checks(
            &visitor.console.public_url,
            &visitor.console.storage,
            visitor.console.sends_mail,
        ),
    }
}

/// The organisation of a link, or why the link does not work.
async fn open(
    visitor: &Visitor<'_>,
    link: &Opener,
) -> Result<Result<Organisation, Result<Answer, Trouble>>, Trouble> {
    let storage = &visitor.console.storage;
    let state = storage.link(link.digest(), visitor.now).await?;
    let LinkState::Good(Link::Setup(tenant)) = state else { return Ok(Err(gone(visitor, &state))) };
    match storage.slug_of(tenant).await? {
        Some(slug) => match storage.organisation(&slug).await? {
            Organisation { disabled: Some(_), name, .. } => Err(Trouble::SwitchedOff(name)),
            organisation => Ok(Ok(organisation)),
        },
        None => Ok(Err(gone(visitor, &LinkState::Unknown))),
    }
}

/// The page for a link that does not work.
pub(super) fn gone(visitor: &Visitor<'_>, state: &LinkState) -> Result<Answer, Trouble> {
    let (title, text) = match state {
        LinkState::Used => ("This link has been used", "It was good once. If you used it, sign in."),
        LinkState::Ended => (
            "This link has ended",
            "Another one was made after it, or its time is over. Ask for a new one where you got this one.",
        ),
        LinkState::Unknown | LinkState::Good(_) => {
            ("There is no such link", "It may have been cut off: copy the whole line, or ask for a new link.")
        }
    };
    Gone::answer(visitor, title, text)
}
