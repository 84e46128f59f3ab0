//! The forms of the page. Changing the password or the address, and leaving as an owner, ask for the present password.

use super::{Said, confined, filled};
use crate::access::{AccessStore, OwnAccountStore, Password, Reason, SignInAddressStore};
use crate::console::Signed;
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::console::pages::{BUSY, hashed, sentence};
use crate::console::proof::Unproved;
use crate::names::name;
use crate::people::{Address, RegainStore, Role};
use crate::slug::Slug;
use crate::storage::StorageError;
use provost::hook::TenantId;

/// What is said after a form.
pub(super) fn notice(done: &str) -> Option<&'static str> {
    match done {
        "name" => Some("The name is saved."),
        "password" => Some("The password is changed. All other sessions have ended."),
        "asked" => {
            Some("The mail with the link is sent as soon as possible. Until you open it, nothing changes.")
        }
        "address" => Some("You sign in with the new address from now on."),
        "link" => Some("The mail with the link is sent as soon as possible."),
        "left" => Some("You have left the organisation."),
        "linked" => {
            Some("Your sign-in is linked: your company's sign-in opens the organisation from now on.")
        }
        _ => None,
    }
}

pub(in crate::console) async fn send(visitor: &Visitor<'_>, form: &Form) -> Result<Answer, Trouble> {
    let signed = visitor.signed(&Page::Account)?;
    if let Some(tenant) = signed.session.confined_to {
        match (form.text("do"), form.text("end")) {
            ("", "this") => {}
            ("password-link", "") => return ask_for_link(visitor, signed, tenant).await,
            _ => return Err(Trouble::Confined),
        }
    }
    let done = match form.text("do") {
        "name" => rename(visitor, signed, form).await?,
        "password" => change_password(visitor, signed, form).await?,
        "address" => ask_for_address(visitor, signed, form).await?,
        "leave" => leave(visitor, signed, form).await?,
        _ => return end(visitor, signed, form).await,
    };
    match done {
        Ok(what) => Ok(Answer::done(&Page::Account, what)),
        Err(said) => {
            let page = filled(visitor, said).await?;
            page.said.unproved().answer(&page)
        }
    }
}

/// What was done, or what the page says instead.
type Done = Result<&'static str, Said>;

async fn rename(visitor: &Visitor<'_>, signed: &Signed, form: &Form) -> Result<Done, Trouble> {
    let name = match name(form.text("name")) {
        Ok(name) => name,
        Err(why) => {
            let typed = Some(form.text("name").to_owned());
            return Ok(Err(Said { name: typed, name_error: sentence(why), ..Said::default() }));
        }
    };
    visitor.console.storage.rename_account(visitor.by(signed), signed.session.account.id, name).await?;
    Ok(Ok("name"))
}

async fn change_password(visitor: &Visitor<'_>, signed: &Signed, form: &Form) -> Result<Done, Trouble> {
    let account = &signed.session.account;
    let Some(login) = account.email.clone() else { return Err(Trouble::NoForm) };
    let password = match Password::chosen(&form.secret("password")) {
        Ok(password) => password,
        Err(why) => return Ok(Err(Said { password_error: why.to_string(), ..Said::default() })),
    };
    if let Err(present) = proved(visitor, signed, form).await? {
        return Ok(Err(Said { present, ..Said::default() }));
    }
    let Some(hash) = hashed(visitor, &login, password).await? else {
        return Ok(Err(Said { password_error: BUSY.to_owned(), ..Said::default() }));
    };
    let storage = &visitor.console.storage;
    storage.change_password(visitor.by(signed), account.id, signed.session.id, hash).await?;
    Ok(Ok("password"))
}

async fn ask_for_address(visitor: &Visitor<'_>, signed: &Signed, form: &Form) -> Result<Done, Trouble> {
    let account = &signed.session.account;
    let Some(login) = account.email.as_deref().filter(|_| visitor.console.sends_mail) else {
        return Err(Trouble::NoForm);
    };
    let wrong = |error: String| {
        let address = Some(form.text("address").to_owned());
        Ok(Err(Said { address, address_error: error, ..Said::default() }))
    };
    let email: Address = match form.text("address").parse() {
        Ok(email) => email,
        Err(why) => return wrong(sentence(&why)),
    };
    if email.as_str() == login {
        return wrong("You sign in with this address already.".to_owned());
    }
    if let Err(address_proof) = proved(visitor, signed, form).await? {
        let address = Some(form.text("address").to_owned());
        return Ok(Err(Said { address, address_proof, ..Said::default() }));
    }
    match visitor.console.storage.ask_for_address(visitor.by(signed), account.id, email).await {
        Ok(()) => Ok(Ok("asked")),
        Err(StorageError::Refused(why)) => wrong(sentence(&why)),
        Err(other) => Err(other.into()),
    }
}

/// An owner whose account has no password has the link mailed by which she sets one. Who has this session alone cannot read it.
async fn ask_for_link(visitor: &Visitor<'_>, signed: &Signed, tenant: TenantId) -> Result<Answer, Trouble> {
    let (storage, id) = (&visitor.console.storage, signed.session.account.id);
    let why = match storage.ask_for_link(visitor.by(signed), tenant, id).await {
        Ok(()) => return Ok(Answer::done(&Page::Account, "link")),
        Err(StorageError::Refused(why)) => sentence(&why),
        Err(StorageError::NoMember(_)) => return Err(Trouble::Confined),
        Err(other) => return Err(other.into()),
    };
    match confined(visitor, Said { password_error: why, ..Said::default() }).await? {
        Ok(page) => Answer::wrong(&page),
        Err(_) => Err(Trouble::NoForm),
    }
}

async fn leave(visitor: &Visitor<'_>, signed: &Signed, form: &Form) -> Result<Done, Trouble> {
    let storage = &visitor.console.storage;
    let slug: Slug = form.text("organisation").parse().or(Err(Trouble::NoForm))?;
    let places = storage.places(signed.session.account.id).await?;
    let place = places.into_iter().find(|place| place.organisation.slug == slug).ok_or(Trouble::NotFound)?;
    // what the session does not open it does not leave
    let is_from_before = place.opens_from.is_some_and(|from| signed.session.created < from);
    let is_shut = place.emergency.is_some_and(|emergency| emergency != signed.session.account.id);
    if is_from_before || is_shut {
        let why =
            "Your password does not open this organisation at present: ask an owner of it to remove you.";
        return Ok(Err(Said { leave: Unproved::because(why.to_owned()), ..Said::default() }));
    }
    let is_proved = place.role == Role::Owner;
    if is_proved && let Err(leave) = proved(visitor, signed, form).await? {
        return Ok(Err(Said { leave, ..Said::default() }));
    }
    let (by, tenant) = (visitor.by(signed), place.tenant());
    match storage.leave(by, tenant, signed.session.account.id, is_proved).await {
        Ok(()) => Ok(Ok("left")),
        Err(StorageError::NoMember(_)) => Err(Trouble::NotFound),
        Err(StorageError::Refused(why)) => {
            Ok(Err(Said { leave: Unproved::because(sentence(&why)), ..Said::default() }))
        }
        Err(other) => Err(other.into()),
    }
}

/// Whether the present password was typed; otherwise the error to show.
async fn proved(
    visitor: &Visitor<'_>,
    signed: &Signed,
    form: &Form,
) -> Result<Result<(), Unproved>, Trouble> {
    visitor.prove(&signed.session.account, form.secret("present"), visitor.by(signed)).await
}

/// Ends sessions.
async fn end(visitor: &Visitor<'_>, signed: &Signed, form: &Form) -> Result<Answer, Trouble> {
    let (storage, account, by) = (&visitor.console.storage, signed.session.account.id, visitor.by(signed));
    match form.text("end") {
        "this" => {
            storage.end_session(by, account, signed.session.id, Reason::SignedOut).await?;
            let mut answer = Answer::signed_out();
            answer.cookies.push(visitor.cookies.forget_session());
            return Ok(answer);
        }
        "others" => storage.end_other_sessions(by, account, signed.session.id).await?,
        name => {
            let sessions = storage.sessions(account, visitor.now).await?;
            if let Some(one) = sessions.iter().find(|session| session.id.name() == name) {
                storage.end_session(by, account, one.id, Reason::EndedElsewhere).await?;
            }
        }
    }
    Ok(Answer::redirect(&Page::Account))
}
