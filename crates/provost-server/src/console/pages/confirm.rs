//! `/confirm/{link}/`: a new address to sign in with. The link was mailed to it and the password is asked for, so neither access
//! to the mailbox nor the password is enough.

use super::{Common, setup};
use crate::access::{AccessStore, Account, Link, LinkState, Opener, SignInAddressStore};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::people::Address;
use crate::storage::StorageError;
use askama::Template;

#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm {
    common: Common,
    link: String,
    /// The present address.
    login: String,
    address: String,
    error: String,
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, link: &Opener) -> Result<Answer, Trouble> {
    match open(visitor, link).await? {
        Ok((account, address)) => Answer::page(&page(visitor, link, account, &address, String::new())),
        Err(gone) => gone,
    }
}

pub(in crate::console) async fn send(
    visitor: &Visitor<'_>,
    link: &Opener,
    form: &Form,
) -> Result<Answer, Trouble> {
    let (account, address) = match open(visitor, link).await? {
        Ok(opened) => opened,
        Err(gone) => return gone,
    };
    if let Err(why) = visitor.prove(&account, form.secret("password"), visitor.by_link("address")).await? {
        return why.answer(&page(visitor, link, account, &address, why.error.clone()));
    }
    let by = visitor.by_password(account.clone());
    match visitor.console.storage.confirm_address(by, link.digest()).await {
        Ok(()) if is_signed_in(visitor, &account) => Ok(Answer::done(&Page::Account, "address")),
        Ok(()) => visitor.begin(account, &Page::Account, None).await,
        Err(StorageError::LinkGone) => setup::gone(visitor, &LinkState::Used),
        Err(StorageError::HasAccount(_)) => {
            let error = "Another account signs in with this address already. Nothing was changed.";
            Answer::wrong(&page(visitor, link, account, &address, error.to_owned()))
        }
        Err(e) => Err(e.into()),
    }
}

fn is_signed_in(visitor: &Visitor<'_>, to: &Account) -> bool {
    visitor.session.as_ref().is_some_and(|signed| signed.session.account.id == to.id)
}

/// The account and the new address of a link, or why the link does not work.
async fn open(
    visitor: &Visitor<'_>,
    link: &Opener,
) -> Result<Result<(Account, Address), Result<Answer, Trouble>>, Trouble> {
    let storage = &visitor.console.storage;
    let state = storage.link(link.digest(), visitor.now).await?;
    let LinkState::Good(Link::Address(id, address)) = state else {
        return Ok(Err(setup::gone(visitor, &state)));
    };
    let account = storage.account(id).await?;
    Ok(account.map(|account| (account, address)).ok_or_else(|| setup::gone(visitor, &LinkState::Unknown)))
}

fn page(visitor: &Visitor<'_>, link: &Opener, account: Account, address: &Address, error: String) -> Confirm {
    Confirm {
        common: Common::of(visitor),
        link: link.reveal().to_owned(),
        login: account.login(),
        address: address.to_string(),
        error,
    }
}
