//! Asks for the password again: for some actions, being signed in is not enough, since the browser may have been left alone.

use super::Visitor;
use super::answer::{Answer, Trouble};
use crate::access::sign_in::{Attempt, Proof, prove};
use crate::access::{Account, in_minutes};
use crate::audit::By;
use crate::tokens::Secret;
use actix_web::http::StatusCode;
use askama::Template;

/// Why the password was not accepted.
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

impl Visitor<'_> {
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
