//! Asks again who it is: for some actions, being signed in is not enough, since the browser may have been left alone. A password
//! proves it, and where the identity provider opened the session, a new sign-in there.

use super::Visitor;
use super::answer::{Answer, Trouble};
use super::form::Form;
use super::page::Page;
use crate::access::sign_in::{Attempt, Proof, prove};
use crate::access::{Account, Place, in_minutes};
use crate::audit::By;
use crate::tokens::Secret;
use actix_web::http::StatusCode;
use askama::Template;

/// Why the proof was not accepted.
#[derive(Debug, Default)]
pub(super) struct Unproved {
    /// A sentence for the page.
    pub(super) error: String,
    /// How long to wait, in milliseconds.
    wait: Option<i64>,
}

impl Unproved {
    /// For any other reason.
    pub(super) const fn because(error: String) -> Self {
        Self { error, wait: None }
    }

    /// The page, showing the error.
    pub(super) fn answer(&self, page: &impl Template) -> Result<Answer, Trouble> {
        match self.wait {
            Some(ms) => Ok(Answer::with(StatusCode::TOO_MANY_REQUESTS, page)?.wait(ms)),
            None => Answer::wrong(page),
        }
    }
}

/// How the visitor can prove who they are, for a form that asks.
#[derive(Debug, Clone)]
pub(super) struct Means {
    /// The account's address, or its name.
    pub(super) login: String,
    pub(super) has_password: bool,
    /// Where to sign in again, for a session that the identity provider opened.
    pub(super) way: Option<Way>,
}

/// The way to the identity provider and back.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// Its name.
    pub(super) provider: String,
    /// Below the public URL.
    pub(super) path: String,
    /// Whether the visitor has just come back from there.
    pub(super) is_done: bool,
}

impl Means {
    /// Whether the form asks for nothing more.
    pub(super) fn is_given(&self) -> bool {
        self.way.as_ref().is_some_and(|way| way.is_done)
    }

    /// What is missing.
    fn missing(&self) -> String {
        let way = self.way.as_ref().map(|way| format!("sign in again at {}", way.provider));
        let what = match (self.has_password, way) {
            (true, Some(way)) => format!("Type your password, or {way}"),
            (false, Some(way)) => format!("First {way}"),
            (_, None) => "Type your password".to_owned(),
        };
        format!("{what}. Nothing was changed.")
    }
}

impl Visitor<'_> {
    /// How the visitor proves again who they are, for a form of a page.
    pub(super) async fn again(&self, place: &Place, page: &Page) -> Result<Means, Trouble> {
        let signed = self.signed(page)?;
        let account = &signed.session.account;
        Ok(Means {
            login: account.clone().login(),
            has_password: account.email.is_some(),
            way: if signed.is_confined() { self.way(place, page).await? } else { None },
        })
    }

    /// Proves that the visitor is at the browser: by the form's password, or by a new sign-in at the identity provider, which then counts
    /// no second time.
    pub(super) async fn prove_again(
        &self,
        place: &Place,
        page: &Page,
        form: &Form,
    ) -> Result<Result<(), Unproved>, Trouble> {
        let password = form.secret("password");
        if !password.reveal().is_empty() {
            let signed = self.signed(page)?;
            return self.prove(&signed.session.account, password, self.by(signed)).await;
        }
        match self.use_way(place, page).await? {
            true => Ok(Ok(())),
            false => Ok(Err(Unproved::because(self.again(place, page).await?.missing()))),
        }
    }

    /// Proves that this is an account's password.
    pub(super) async fn prove(
        &self,
        account: &Account,
        password: Secret,
        by: By,
    ) -> Result<Result<(), Unproved>, Trouble> {
        let attempt = Attempt {
            email: account.clone().login(),
            password,
            address: self.address,
            browser: self.cookies.browser(),
        };
        let console = self.console;
        Ok(match prove(&console.storage, &console.verifier, &attempt, account.id, by).await? {
            Proof::Given => Ok(()),
            Proof::Wrong => {
                Err(Unproved::because("That is not your password. Nothing was changed.".to_owned()))
            }
            Proof::Wait(ms) => {
                let wait = in_minutes(ms);
                let error = format!("There were too many tries. Nothing was changed. Try again in {wait}.");
                Err(Unproved { error, wait: Some(ms) })
            }
        })
    }
}

#[cfg(feature = "sso")]
impl Visitor<'_> {
    /// The way to the identity provider that opened the session.
    async fn way(&self, place: &Place, page: &Page) -> Result<Option<Way>, Trouble> {
        let organisation = &place.organisation;
        let Some(open) = super::pages::sso::answer::of(self, organisation.clone()).await? else {
            return Ok(None);
        };
        let start = Page::StartProof(organisation.slug.clone()).path();
        Ok(Some(Way {
            provider: open.called(),
            path: format!("{start}?to={}", page.path()),
            is_done: self.has_proved(place, page).await?,
        }))
    }

    /// The proof that a page wants.
    fn wanted(&self, page: &Page) -> Result<crate::sso::Again, Trouble> {
        let session = &self.signed(page)?.session;
        Ok(crate::sso::Again { account: session.account.id, session: session.id, path: page.path() })
    }

    async fn has_proved(&self, place: &Place, page: &Page) -> Result<bool, Trouble> {
        use crate::sso::{Proved, ProvenStore};
        let (storage, states) = (&self.console.storage, self.cookies.begun());
        let proved = storage.has_proved(place.tenant(), states, self.wanted(page)?, self.now).await?;
        Ok(proved == Proved::Yes)
    }

    async fn use_way(&self, place: &Place, page: &Page) -> Result<bool, Trouble> {
        use crate::sso::ProvenStore;
        let signed = self.signed(page)?;
        if !signed.is_confined() {
            return Ok(false);
        }
        let (storage, states) = (&self.console.storage, self.cookies.begun());
        Ok(storage.use_proof(place.tenant(), states, self.wanted(page)?, self.now).await?)
    }
}

/// A build without single sign-on has no session that an identity provider opened.
#[cfg(not(feature = "sso"))]
impl Visitor<'_> {
    async fn way(&self, _: &Place, _: &Page) -> Result<Option<Way>, Trouble> {
        Ok(std::future::ready(None).await)
    }

    async fn use_way(&self, _: &Place, _: &Page) -> Result<bool, Trouble> {
        Ok(std::future::ready(false).await)
    }
}
