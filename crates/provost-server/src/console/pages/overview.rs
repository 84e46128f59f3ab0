//! `/settings/{org}/`: the state of an organisation.

use super::{Common, Moment};
use crate::access::{AccessStore, Action, Place};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::page::Page;
use crate::slug::Slug;
use askama::Template;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    common: Common,
    place: Place,
    /// Whether the account is a member elsewhere too.
    has_others: bool,
    role: &'static str,
    monogram: String,
    tenant_url: String,
    /// When the identity provider called last.
    called: Option<Moment>,
    /// Whether the member may see how the identity provider is connected.
    may_connect: bool,
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    let signed = visitor.signed(&Page::Organisation(slug.clone()))?;
    let mut places = visitor.console.storage.places(signed.session.account.id).await?;
    places.retain(|place| signed.session.confined_to.is_none_or(|only| only == place.tenant()));
    // one that does not exist and one of others look alike
    let at = places.iter().position(|place| place.organisation.slug == *slug).ok_or(Trouble::NotFound)?;
    let place = places.swap_remove(at);
    let role = match place.role {
        crate::people::Role::Owner => "Owner",
        crate::people::Role::Manager => "Manager",
        crate::people::Role::Member => "Member",
    };
    Answer::page(&Overview {
        common: Common::of(visitor),
        has_others: !places.is_empty(),
        role,
        tenant_url: visitor.console.public_url.tenant_url(),
        monogram: place.organisation.name.chars().take(1).flat_map(char::to_uppercase).collect(),
        called: place.called.map(Moment),
        may_connect: Action::SeeSettings.is_allowed(place.role),
        place,
    })
}
