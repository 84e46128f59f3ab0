//! A person links their own account, signed in to it with a password: `/auth/link/{org}/` begins the sign-in at the identity
//! provider, and `/auth/linked/{org}/` asks for confirmation.

use super::answer::{Wish, begin as begin_at, is_another, open, organisation};
use crate::access::{AccessStore, Reason};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::console::pages::{Common, Gone, sentence};
use crate::console::proof::{Means, Unproved};
use crate::organisations::Organisation;
use crate::slug::Slug;
use crate::sso::{Beside, ProvenStore, Purpose, Waiting};
use crate::storage::StorageError;
use askama::Template;

#[derive(Template)]
#[template(path = "sso_link.html")]
struct Link {
    common: Common,
    slug: Slug,
    organisation: String,
    /// The name that the identity provider gives the person.
    called: String,
    me: String,
    again: Means,
    error: String,
    proof: Unproved,
}

/// Whether the session still opens the organisation. One that was ended there must not link anything.
async fn prove_place(visitor: &Visitor<'_>, page: &Page, slug: &Slug) -> Result<(), Trouble> {
    let session = &visitor.signed(page)?.session;
    let places = visitor.console.storage.places(session.account.id).await?;
    let place = places.iter().find(|place| place.organisation.slug == *slug).ok_or(Trouble::NotFound)?;
    match place.opens_from.is_some_and(|from| session.created < from) {
        true => Err(Trouble::SignIn(page.clone(), Some(Reason::EndedHere))),
        false => Ok(()),
    }
}

pub(in crate::console) async fn begin(
    visitor: &Visitor<'_>,
    slug: &Slug,
    query: &str,
) -> Result<Answer, Trouble> {
    let page = Page::StartLink(slug.clone());
    prove_place(visitor, &page, slug).await?;
    let me = visitor.signed(&page)?.session.account.id;
    let wish = Wish { is_second: false, is_another: is_another(query) };
    match open(visitor, slug).await? {
        Some(open) => begin_at(visitor, &open, Purpose::Link(me), wish).await,
        None => Ok(Answer::redirect(&Page::Account)),
    }
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    match find(visitor, slug).await? {
        Some((here, waiting)) => Answer::page(&page(visitor, here, &waiting, Unproved::default())?),
        None => gone(visitor),
    }
}

/// Asks for the password, since an unattended browser must not decide who opens an account.
pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    slug: &Slug,
    form: &Form,
) -> Result<Answer, Trouble> {
    let page = Page::Linking(slug.clone());
    let signed = visitor.signed(&page)?;
    let Some((here, waiting)) = find(visitor, slug).await? else { return gone(visitor) };
    prove_place(visitor, &page, &here.slug).await?;
    let again = |here, proof: Unproved| {
        let page = self::page(visitor, here, &waiting, proof)?;
        page.proof.answer(&page)
    };
    let account = &signed.session.account;
    if let Err(proof) = visitor.prove(account, form.secret("password"), visitor.by(signed)).await? {
        return again(here, proof);
    }
    let storage = &visitor.console.storage;
    match storage.link_by_proof(visitor.by(signed), here.tenant, waiting.state, account.id).await {
        Ok(()) => Ok(Answer::done(&Page::Account, "linked")),
        Err(StorageError::LinkGone) => gone(visitor),
        Err(StorageError::Refused(why)) => again(here, Unproved::because(sentence(&why))),
        Err(e) => Err(e.into()),
    }
}

async fn find(visitor: &Visitor<'_>, slug: &Slug) -> Result<Option<(Organisation, Waiting)>, Trouble> {
    let me = visitor.signed(&Page::Linking(slug.clone()))?.session.account.id;
    let Some(here) = organisation(visitor, slug).await? else { return Ok(None) };
    let storage = &visitor.console.storage;
    let waiting = storage.waiting(here.tenant, visitor.cookies.begun(), visitor.now).await?;
    let mine = waiting.into_iter().find(|waiting| waiting.beside == Beside::Account(me));
    Ok(mine.map(|waiting| (here, waiting)))
}

fn page(
    visitor: &Visitor<'_>,
    here: Organisation,
    waiting: &Waiting,
    proof: Unproved,
) -> Result<Link, Trouble> {
    let signed = visitor.signed(&Page::Linking(here.slug.clone()))?;
    let person = &waiting.person;
    let called = if person.called.is_empty() { &person.name_id } else { &person.called };
    let me = signed.session.account.clone().login();
    Ok(Link {
        common: Common::of(visitor),
        called: called.clone(),
        // the sign-in is one proof, so it is not the other one too
        again: Means { login: me.clone(), has_password: true, way: None },
        me,
        slug: here.slug,
        organisation: here.name,
        error: proof.error.clone(),
        proof,
    })
}

fn gone(visitor: &Visitor<'_>) -> Result<Answer, Trouble> {
    let text = "It was used already, or begun more than ten minutes ago or in another browser. Begin again on the page of your account.";
    Gone::answer(visitor, "This sign-in is no longer good", text)
}
