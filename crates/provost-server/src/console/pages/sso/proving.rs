//! `/auth/prove/{org}/`: an owner whom the identity provider signed in signs in there again, to prove who is at the browser. The form
//! that wants to know takes it in place of a password (`console/proof.rs`).

use super::answer::{Wish, begin as begin_at, open};
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::console::form::Form;
use crate::console::page::Page;
use crate::console::pages::organisation::enter;
use crate::slug::Slug;
use crate::sso::{Again, Purpose};

/// Sends the browser to the identity provider, which is asked to have the person sign in anew.
pub(in crate::console) async fn begin(
    visitor: &Visitor<'_>,
    slug: &Slug,
    query: &str,
) -> Result<Answer, Trouble> {
    let to = match Page::to_return_to(Form::of_query(query).text("to")) {
        page if page.organisation() == Some(slug) => page,
        _ => Page::Organisation(slug.clone()),
    };
    enter(visitor, &to, slug).await?;
    let signed = visitor.signed(&to)?;
    // a session by password proves itself by the password
    let open = if signed.is_confined() { open(visitor, slug).await? } else { None };
    let Some(open) = open else { return Ok(Answer::redirect(&to)) };
    let (account, session) = (signed.session.account.id, signed.session.id);
    let purpose = Purpose::Proof(Again { account, session, path: to.path() });
    begin_at(visitor, &open, purpose, Wish { is_another: true, is_second: false }).await
}
