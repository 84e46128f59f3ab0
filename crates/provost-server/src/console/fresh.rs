//! Asks for the password before the account in use takes a place, unless it has just been typed. Somebody at an unattended browser
//! must not decide where an account is a member, or as whom the identity provider opens it.

use super::Visitor;
use super::answer::Trouble;
use super::form::Form;
use super::proof::Unproved;
use crate::access::Session;
use crate::clock::Timestamp;

/// A session that began within this time is proof enough, so that people who sign in to join are not asked twice.
const FRESH_MS: i64 = 600_000;

fn is_fresh(session: &Session, now: Timestamp) -> bool {
    now.as_millis().saturating_sub(session.created.as_millis()) < FRESH_MS
}

impl Visitor<'_> {
    /// Whether the account in use is asked for its password before it takes a place.
    pub(super) fn is_asked(&self) -> bool {
        self.session.as_ref().is_some_and(|signed| !is_fresh(&signed.session, self.now))
    }

    /// Proves by a form that this is the person of the account in use.
    pub(super) async fn prove_to_join(&self, form: &Form) -> Result<Result<(), Unproved>, Trouble> {
        match &self.session {
            Some(signed) if self.is_asked() => {
                self.prove(&signed.session.account, form.secret("password"), self.by(signed)).await
            }
            _ => Ok(Ok(())),
        }
    }
}
