//! An invitation that is accepted through the identity provider: `/accept/{link}/sign-on/` begins the sign-in, and `/auth/join/{org}/`
//! asks what is made of it, in the browser that holds both proofs.

use super::answer::{Wish, begin as begin_at, is_another, open, organisation};
use crate::access::{AccessStore, NewSession, Opener, Reason};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::guard;
use crate::console::page::Page;
use crate::console::pages::{Common, Gone, sentence};
use crate::organisations::Organisation;
use crate::people::{InvitationStore, Offer, Opened};
use crate::slug::Slug;
use crate::sso::{Beside, ProvenStore, Purpose, Waiting};
use crate::storage::StorageError;
use askama::Template;

#[derive(Template)]
#[template(path = "sso_join.html")]
struct Join {
    common: Common,
    slug: Slug,
    organisation: String,
    /// What the identity provider calls who came.
    called: String,
    address: String,
    role: &'static str,
    teams: String,
    /// Whether the person has joined already.
    is_back: bool,
    /// The account in use.
    me: Option<String>,
    /// Whether it is asked for its password.
    is_asked: bool,
    error: String,
}

/// Sends the browser to the identity provider; back to the invitation where the organisation has none, or the link is no longer good.
pub(in crate::console) async fn begin(visitor: &Visitor<'_>, link: &Opener) -> Result<Answer, Trouble> {
    let opened = visitor.console.storage.invitation(link.digest(), None, visitor.now).await?;
    let back = Answer::redirect(&Page::Accept(link.clone()));
    let offer = match opened {
        Opened::Good(offer) => *offer,
        Opened::Regain(found) if !found.is_linked => found.offer,
        _ => return Ok(back),
    };
    match open(visitor, &offer.organisation.slug).await? {
        Some(open) => begin_at(visitor, &open, Purpose::Invitation(link.digest()), Wish::default()).await,
        None => Ok(back),
    }
}

/// Asks; or sends the browser to the identity provider again, where somebody else signed in than who was invited.
pub(in crate::console) async fn show(
    visitor: &Visitor<'_>,
    slug: &Slug,
    query: &str,
) -> Result<Answer, Trouble> {
    let Some(found) = find(visitor, slug).await? else { return gone(visitor) };
    if is_another(query)
        && let Beside::Invitation(link) = found.waiting.beside
        && let Some(open) = open(visitor, &found.here.slug).await?
    {
        let wish = Wish { is_another: true, is_second: false };
        return begin_at(visitor, &open, Purpose::Invitation(link), wish).await;
    }
    Answer::page(&page(visitor, &found, String::new()))
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    slug: &Slug,
    form: &Form,
) -> Result<Answer, Trouble> {
    if let Some(signed) = &visitor.session {
        guard::of_this_session(&signed.opener, form)?;
    }
    let Some(found) = find(visitor, slug).await? else { return gone(visitor) };
    let (here, waiting) = (&found.here, &found.waiting);
    // who has joined already opens the account that the link names
    let signed = visitor.session.as_ref().filter(|_| !found.is_back && form.text("do") == "me");
    if signed.is_some()
        && let Err(proof) = visitor.prove_to_join(form).await?
    {
        return proof.answer(&page(visitor, &found, proof.error.clone()));
    }
    let by = signed.map_or_else(|| visitor.by_link("invitation"), |signed| visitor.by(signed));
    let me = signed.map(|signed| signed.session.account.id);
    let opener = Opener::new().map_err(Trouble::broken)?;
    let session = NewSession::new(opener.digest(), visitor.address.to_string(), &visitor.browser);
    let storage = &visitor.console.storage;
    let is_required = open(visitor, &here.slug).await?.is_some_and(|open| open.is_required());
    let why = match storage.join_by_proof(by, here.tenant, waiting.state, me, session).await {
        Ok(_) => {
            if me.is_some() {
                // where it is required, the session of the password opens nothing there
                return Ok(match is_required {
                    true => Answer::redirect(&Page::StartSignOn(here.slug.clone())),
                    false => Answer::redirect(&Page::Organisation(here.slug.clone())),
                });
            }
            if let Some(old) = &visitor.session {
                let (account, id) = (old.session.account.id, old.session.id);
                storage.end_session(visitor.by(old), account, id, Reason::SignedOut).await?;
            }
            let mut answer = Answer::redirect(&Page::Organisation(here.slug.clone()));
            answer.cookies.push(visitor.cookies.set_session(&opener));
            return Ok(answer);
        }
        Err(StorageError::LinkGone | StorageError::HasJoined) => return gone(visitor),
        Err(StorageError::IsHere) => {
            "you are a member here already by another membership: sign in. An owner makes the two one, on the page of either".to_owned()
        }
        Err(StorageError::Refused(why)) => why,
        Err(e) => return Err(e.into()),
    };
    Answer::wrong(&page(visitor, &found, sentence(&why)))
}

/// What a browser waits with.
struct Found {
    here: Organisation,
    waiting: Waiting,
    /// The place that is offered.
    offer: Offer,
    /// Whether it is that of somebody who has joined already.
    is_back: bool,
}

async fn find(visitor: &Visitor<'_>, slug: &Slug) -> Result<Option<Found>, Trouble> {
    let Some(here) = organisation(visitor, slug).await? else { return Ok(None) };
    let storage = &visitor.console.storage;
    let waiting = storage.waiting(here.tenant, visitor.cookies.begun(), visitor.now).await?;
    let invited = waiting.into_iter().find_map(|waiting| match waiting.beside {
        Beside::Invitation(link) => Some((waiting, link)),
        Beside::Account(_) | Beside::Again(_) => None,
    });
    let Some((waiting, link)) = invited else { return Ok(None) };
    let me = visitor.session.as_ref().map(|signed| signed.session.account.id);
    let (offer, is_back) = match storage.invitation(link, me, visitor.now).await? {
        Opened::Good(offer) => (*offer, false),
        Opened::Regain(found) => (found.offer, true),
        _ => return Ok(None),
    };
    let is_here = offer.organisation.tenant == here.tenant;
    Ok(is_here.then_some(Found { here, waiting, offer, is_back }))
}

fn page(visitor: &Visitor<'_>, found: &Found, error: String) -> Join {
    let (person, offer) = (&found.waiting.person, found.offer.clone());
    let called = if person.called.is_empty() { &person.name_id } else { &person.called };
    Join {
        common: Common::of(visitor),
        called: called.clone(),
        slug: offer.organisation.slug,
        organisation: offer.organisation.name,
        address: offer.address,
        role: offer.role.title(),
        teams: offer.teams.join(", "),
        is_back: found.is_back,
        me: visitor.session.as_ref().map(|signed| signed.session.account.clone().login()),
        is_asked: visitor.is_asked(),
        error,
    }
}

fn gone(visitor: &Visitor<'_>) -> Result<Answer, Trouble> {
    let text = "It was used already, or begun more than ten minutes ago or in another browser. Open the link of the invitation again.";
    Gone::answer(visitor, "This sign-in is no longer good", text)
}
