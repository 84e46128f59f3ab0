//! An account that is linked by its person, who is signed in to it with a password: `/auth/link/{org}/` begins the sign-in at the identity
//! provider, and `/auth/linked/{org}/` asks once more.

use super::answer::{begin as begin_at, open, organisation};
use crate::access::AccessStore;
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::page::Page;
use crate::console::pages::{Common, Gone, sentence};
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
    /// What the identity provider calls who came.
    called: String,
    me: String,
    error: String,
}

pub(in crate::console) async fn begin(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    let me = visitor.signed(&Page::StartLink(slug.clone()))?.session.account.id;
    let places = visitor.console.storage.places(me).await?;
    if !places.iter().any(|place| place.organisation.slug == *slug) {
        return Err(Trouble::NotFound);
    }
    match open(visitor, slug).await? {
        Some(open) => begin_at(visitor, &open, Purpose::Link(me), false).await,
        None => Ok(Answer::redirect(&Page::Account)),
    }
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    match find(visitor, slug).await? {
        Some((here, waiting)) => Answer::page(&page(visitor, here, &waiting, String::new())?),
        None => gone(visitor),
    }
}

pub(in crate::console) async fn send(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    let signed = visitor.signed(&Page::Linking(slug.clone()))?;
    let Some((here, waiting)) = find(visitor, slug).await? else { return gone(visitor) };
    let (storage, me) = (&visitor.console.storage, signed.session.account.id);
    match storage.link_by_proof(visitor.by(signed), here.tenant, waiting.state, me).await {
        Ok(()) => Ok(Answer::done(&Page::Account, "linked")),
        Err(StorageError::LinkGone) => gone(visitor),
        Err(StorageError::Refused(why)) => Answer::wrong(&page(visitor, here, &waiting, sentence(&why))?),
        Err(e) => Err(e.into()),
    }
}

async fn find(visitor: &Visitor<'_>, slug: &Slug) -> Result<Option<(Organisation, Waiting)>, Trouble> {
    let me = visitor.signed(&Page::Linking(slug.clone()))?.session.account.id;
    let Some(here) = organisation(visitor, slug).await? else { return Ok(None) };
    let storage = &visitor.console.storage;
    let waiting = storage.waiting(here.tenant, visitor.cookies.begun(), visitor.now).await?;
    Ok(waiting.filter(|waiting| waiting.beside == Beside::Account(me)).map(|waiting| (here, waiting)))
}

fn page(
    visitor: &Visitor<'_>,
    here: Organisation,
    waiting: &Waiting,
    error: String,
) -> Result<Link, Trouble> {
    let signed = visitor.signed(&Page::Linking(here.slug.clone()))?;
    let person = &waiting.person;
    let called = if person.called.is_empty() { &person.name_id } else { &person.called };
    Ok(Link {
        common: Common::of(visitor),
        called: called.clone(),
        me: signed.session.account.clone().login(),
        slug: here.slug,
        organisation: here.name,
        error,
    })
}

fn gone(visitor: &Visitor<'_>) -> Result<Answer, Trouble> {
    let text = "It was used already, or begun more than ten minutes ago or in another browser. Begin again on the page of your account.";
    Gone::answer(visitor, "This sign-in is no longer good", text)
}
