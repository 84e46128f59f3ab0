//! `/login/`: sign in with e-mail address and password. `/login/?to=..` leads back to a page. If that page's organisation, or the
//! one in `/login/?org=..`, has single sign-on, the page offers it.

use super::Common;
use crate::access::sign_in::{Attempt, SignIn, SignInError, sign_in};
use crate::access::{ACCOUNT_OFF, Reason, in_minutes};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
#[cfg(feature = "sso")]
use crate::slug::Slug;
use actix_web::http::StatusCode;
use askama::Template;

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    common: Common,
    to: String,
    email: String,
    /// The message above the form: why a session ended.
    notice: &'static str,
    error: String,
    /// Whether the form is the first thing on the page.
    is_first: bool,
    elsewhere: Elsewhere,
}

/// What the page offers beside the form.
#[cfg_attr(not(feature = "sso"), expect(dead_code, reason = "this build has no single sign-on"))]
enum Elsewhere {
    #[cfg_attr(
        feature = "sso",
        expect(dead_code, reason = "only a build without single sign-on has nothing")
    )]
    No,
    /// A field for the organisation's short name; whether the one just entered is unknown or has no single sign-on.
    Ask { is_unknown: bool },
    /// A link to an organisation's identity provider.
    Way { org: String, organisation: String, provider: String, path: String },
}

impl Elsewhere {
    const fn is_form_first(&self) -> bool {
        match self {
            Self::No | Self::Ask { .. } => true,
            Self::Way { .. } => false,
        }
    }
}

#[cfg(not(feature = "sso"))]
async fn elsewhere(_: &Visitor<'_>, _: &Page, _: &str) -> Result<Elsewhere, Trouble> {
    Ok(std::future::ready(Elsewhere::No).await)
}

/// Unknown organisations and those without single sign-on look the same.
#[cfg(feature = "sso")]
async fn elsewhere(visitor: &Visitor<'_>, to: &Page, typed: &str) -> Result<Elsewhere, Trouble> {
    let slug: Option<Slug> = match typed {
        "" => to.organisation().cloned(),
        typed => typed.trim().to_lowercase().parse().ok(),
    };
    let found = match slug {
        Some(slug) => super::sso::answer::open(visitor, &slug).await?,
        None => None,
    };
    Ok(match found {
        Some(found) => Elsewhere::Way {
            org: found.organisation.slug.to_string(),
            organisation: found.organisation.name.clone(),
            provider: found.called(),
            path: found.path(to),
        },
        None => Elsewhere::Ask { is_unknown: !typed.is_empty() },
    })
}

pub(in crate::console) async fn show(visitor: &Visitor<'_>, query: &str) -> Result<Answer, Trouble> {
    let to = Page::to_return_to(parameter(query, "to"));
    let notice = visitor.ended.or_else(|| Reason::stored(parameter(query, "ended")));
    // a session that no longer opens the organisation is no reason to skip the form
    let is_to_sign_in = matches!(notice, Some(Reason::EndedHere | Reason::Required));
    // nor is one that opens a single organisation, on pages about the account itself
    let counts = |signed: &super::super::Signed| !signed.is_confined() || to.counts_confined();
    if visitor.session.as_ref().is_some_and(counts) && !is_to_sign_in {
        return Ok(Answer::redirect(&to));
    }
    let elsewhere = elsewhere(visitor, &to, Form::of_query(query).text("org")).await?;
    Answer::page(&Login {
        common: Common::of(visitor),
        to: to.path(),
        email: String::new(),
        notice: notice.map_or("", Reason::sentence),
        error: String::new(),
        is_first: elsewhere.is_form_first(),
        elsewhere,
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
    let elsewhere = elsewhere(visitor, &to, form.text("org")).await?;
    let is_first = elsewhere.is_form_first();
    let again = |error: String| Login {
        common: Common::of(visitor),
        to: to.path(),
        email,
        notice: "",
        error,
        is_first,
        elsewhere,
    };
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

/// A raw query parameter. Nothing that we put there needs encoding.
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
