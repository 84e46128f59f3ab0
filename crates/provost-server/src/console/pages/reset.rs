//! `/reset/{link}/`: sets a new password, which ends all sessions of the account.

use super::{BUSY, Common, hashed, setup};
use crate::access::{AccessStore, Account, Link, LinkState, Opener, Password, SHORTEST};
use crate::console::Visitor;
use crate::console::answer::{A_MINUTE_MS, Answer, Trouble};
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
    /// Whose password it is, for the sake of password managers.
    login: String,
    shortest: usize,
    error: String,
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, link: &Opener) -> Result<Answer, Trouble> {
    match open(visitor, link).await? {
        Ok(account) => Answer::page(&page(visitor, link, account, String::new())),
        Err(gone) => gone,
    }
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    link: &Opener,
    form: &Form,
) -> Result<Answer, Trouble> {
    let account = match open(visitor, link).await? {
        Ok(account) => account,
        Err(gone) => return gone,
    };
    let password = match Password::chosen(&form.secret("password")) {
        Ok(password) => password,
        Err(why) => return Answer::wrong(&page(visitor, link, account, why.to_string())),
    };
    let Some(password) = hashed(visitor, &account.id.0.to_string(), password).await? else {
        let error = BUSY.to_owned();
        return Ok(Answer::with(StatusCode::TOO_MANY_REQUESTS, &page(visitor, link, account, error))?
            .wait(A_MINUTE_MS));
    };
    match visitor.console.storage.set_password(visitor.by_link("reset"), link.digest(), password).await {
        Ok(account) => visitor.begin(account, &Page::Settings, None).await,
        Err(StorageError::LinkGone) => setup::gone(visitor, &LinkState::Used),
        Err(e) => Err(e.into()),
    }
}

/// The account of a link, or why the link does not work.
async fn open(
    visitor: &Visitor<'_>,
    link: &Opener,
) -> Result<Result<Account, Result<Answer, Trouble>>, Trouble> {
    let storage = &visitor.console.storage;
    let state = storage.link(link.digest(), visitor.now).await?;
    let LinkState::Good(Link::Reset(id)) = state else { return Ok(Err(setup::gone(visitor, &state))) };
    Ok(storage.account(id).await?.ok_or_else(|| setup::gone(visitor, &LinkState::Unknown)))
}

fn page(visitor: &Visitor<'_>, link: &Opener, account: Account, error: String) -> Reset {
    Reset {
        common: Common::of(visitor),
        link: link.reveal().to_owned(),
        login: account.login(),
        shortest: SHORTEST,
        error,
    }
}
