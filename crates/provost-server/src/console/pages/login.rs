//! `/login/`: sign in with e-mail address and password. `/login/?to=..` leads back.

use super::Common;
use crate::access::sign_in::{Attempt, SignIn, SignInError, sign_in};
use crate::access::{ACCOUNT_OFF, Reason, in_minutes};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use actix_web::http::StatusCode;
use askama::Template;

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    common: Common,
    to: String,
    email: String,
    /// What is said above the form: why a session ended.
    notice: &'static str,
    error: String,
}

pub(in crate::console) fn show(visitor: &Visitor<'_>, query: &str) -> Result<Answer, Trouble> {
    let to = Page::to_return_to(parameter(query, "to"));
    let notice = visitor.ended.or_else(|| Reason::stored(parameter(query, "ended")));
    // who is signed in, and opens one organisation no longer, signs in anew
    if visitor.session.is_some() && notice != Some(Reason::EndedHere) {
        return Ok(Answer::redirect(&to));
    }
    Answer::page(&Login {
        common: Common::of(visitor),
        to: to.path(),
        email: String::new(),
        notice: notice.map_or("", Reason::sentence),
        error: String::new(),
    })
}

pub(in crate::console) async fn send(visitor: &Visitor<'_>, form: &Form) -> Result<Answer, Trouble> {
    let to = Page::to_return_to(form.text("to"));
    let email = form.text("email").to_owned();
    let attempt = Attempt {
        email: email.clone(),
        password: form.secret("password"),
        address: visitor.address,
        browser: visitor.cookies.browser(),
    };
    let console = visitor.console;
    let again =
        |error: String| Login { common: Common::of(visitor), to: to.path(), email, notice: "", error };
    match sign_in(&console.storage, &console.verifier, attempt, visitor.now).await? {
        SignIn::Done(account, browser) => visitor.begin(account, &to, Some(&browser)).await,
        SignIn::Off => Answer::wrong(&again(ACCOUNT_OFF.to_owned())),
        SignIn::Wrong => Answer::wrong(&again("The address or the password is wrong.".to_owned())),
        SignIn::Wait(ms) => {
            let error = format!("There were too many tries. Try again in {}.", in_minutes(ms));
            Ok(Answer::with(StatusCode::TOO_MANY_REQUESTS, &again(error))?.wait(ms))
        }
    }
}

/// A parameter of the query as it is written: all that we put there ourselves needs no encoding.
fn parameter<'a>(query: &'a str, name: &str) -> &'a str {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next().unwrap_or_default()
}

impl From<SignInError> for Trouble {
    fn from(e: SignInError) -> Self {
        match e {
            SignInError::Storage(e) => e.into(),
            other => Self::broken(other),
        }
    }
}
