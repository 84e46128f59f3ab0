//! `/reset/{link}/`: another password. Setting it ends all sessions of the account.

use super::{BUSY, Common, hashed, setup};
use crate::access::{AccessStore, Link, LinkState, Opener, Password, SHORTEST, Weakness};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::storage::StorageError;
use actix_web::http::StatusCode;
use askama::Template;

#[derive(Template)]
#[template(path = "reset.html")]
struct Reset {
    common: Common,
    link: String,
    shortest: usize,
    error: String,
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, link: &Opener) -> Result<Answer, Trouble> {
    match visitor.console.storage.link(link.digest(), visitor.now).await? {
        LinkState::Good(Link::Reset(_)) => Answer::page(&page(visitor, link, String::new())),
        other => setup::gone(visitor, other),
    }
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    link: &Opener,
    form: &Form,
) -> Result<Answer, Trouble> {
    let storage = &visitor.console.storage;
    let state = storage.link(link.digest(), visitor.now).await?;
    let LinkState::Good(Link::Reset(id)) = state else { return setup::gone(visitor, state) };
    let password = match Password::chosen(&form.secret("password")) {
        Ok(password) => password,
        Err(why) => return Answer::wrong(&page(visitor, link, Weakness::to_string(&why))),
    };
    let Some(password) = hashed(visitor, &id.0.to_string(), password).await? else {
        let error = BUSY.to_owned();
        return Answer::with(StatusCode::TOO_MANY_REQUESTS, &page(visitor, link, error));
    };
    match storage.set_password(link.digest(), password, visitor.now).await {
        Ok(account) => visitor.begin(account.id, &Page::Settings, None).await,
        Err(StorageError::LinkGone) => setup::gone(visitor, LinkState::Used),
        Err(e) => Err(e.into()),
    }
}

fn page(visitor: &Visitor<'_>, link: &Opener, error: String) -> Reset {
    Reset { common: Common::of(visitor), link: link.reveal().to_owned(), shortest: SHORTEST, error }
}
