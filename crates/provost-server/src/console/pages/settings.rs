//! `/settings/`: the visitor's organisations. With a single open one there is nothing to choose.

use super::Common;
use crate::access::{AccessStore, Place};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::page::Page;
use askama::Template;

#[derive(Template)]
#[template(path = "settings.html")]
struct Settings {
    common: Common,
    places: Vec<Line>,
}

struct Line {
    place: Place,
    /// Only single sign-on opens it, so this session sees nothing but its name.
    is_closed: bool,
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>) -> Result<Answer, Trouble> {
    let session = &visitor.signed(&Page::Settings)?.session;
    let mut places = visitor.console.storage.places(session.account.id).await?;
    places.retain(|place| session.confined_to.is_none_or(|only| only == place.tenant()));
    match &places[..] {
        [only] if only.organisation.disabled.is_none() => {
            Ok(Answer::redirect(&Page::Organisation(only.organisation.slug.clone())))
        }
        _ => {
            let line = |place: Place| Line { is_closed: place.is_closed_to(session), place };
            let places = places.into_iter().map(line).collect();
            Answer::page(&Settings { common: Common::of(visitor), places })
        }
    }
}
