//! `/settings/{org}/`: the state of an organisation.

use super::auth::standing::called;
use super::organisation::{Nav, enter};
use super::{Common, Moment};
use crate::access::Place;
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::page::Page;
use crate::slug::Slug;
use crate::tokens::{ConnectionStore, TokenStore};
use askama::Template;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    common: Common,
    nav: Nav,
    place: Place,
    /// When the identity provider called last.
    called: Option<Moment>,
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, slug: &Slug) -> Result<Answer, Trouble> {
    let (nav, place) = enter(visitor, &Page::Organisation(slug.clone()), slug).await?;
    let storage = &visitor.console.storage;
    let (tokens, heard) = (storage.tokens(place.tenant()).await?, storage.milestones(place.tenant()).await?);
    let called = called(&tokens, &heard).map(Moment);
    Answer::page(&Overview { common: Common::of(visitor), nav, called, place })
}
