//! `/recover/`: asks for a mail with a link to set a new password. The answer, and the time it takes, is the same for every
//! address.

use super::Common;
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::jobs::RecoveryStore;
use crate::people::{Address, AddressKey};
use askama::Template;

#[derive(Template)]
#[template(path = "recover.html")]
struct Recover {
    common: Common,
    email: String,
    error: String,
    is_asked: bool,
    sends_mail: bool,
}

pub(in crate::console) fn show(visitor: &Visitor<'_>) -> Result<Answer, Trouble> {
    Answer::page(&page(visitor))
}

pub(in crate::console) fn send(visitor: &Visitor<'_>, form: &Form) -> Result<Answer, Trouble> {
    let mut page = page(visitor);
    if !page.sends_mail {
        return Answer::wrong(&page);
    }
    form.text("email").clone_into(&mut page.email);
    let email: Address = match form.text("email").parse() {
        Ok(email) => email,
        Err(why) => {
            page.error = super::sentence(&why);
            return Answer::wrong(&page);
        }
    };
    let (storage, by) = (visitor.console.storage.clone(), visitor.by_stranger());
    let key = AddressKey::of(email.as_str()).as_str().to_owned();
    // in the background, so that the answer takes equally long whether or not the address has an account
    tokio::spawn(async move {
        if let Err(error) = storage.ask_for_reset(by, key).await {
            tracing::warn!(%error, "a mail for another password could not be put into the outbox");
        }
    });
    page.is_asked = true;
    Answer::page(&page)
}

fn page(visitor: &Visitor<'_>) -> Recover {
    Recover {
        common: Common::of(visitor),
        email: String::new(),
        error: String::new(),
        is_asked: false,
        sends_mail: visitor.console.sends_mail,
    }
}
