//! `/saml/sls/{org}/`: somebody signed out at the identity provider. A signed request ends all their sessions here, an unsigned
//! one only that of the browser that sends it. Anything else ends nothing and leads to the sign-in page.

use super::answer::open;
use crate::console::Visitor;
use crate::console::answer::{Answer, Trouble};
use crate::slug::Slug;
use crate::sso::{Addresses, SignOnStore, log_out};

pub(in crate::console) async fn take(
    visitor: &Visitor<'_>,
    slug: &Slug,
    query: &str,
) -> Result<Answer, Trouble> {
    let Some(open) = open(visitor, slug).await? else { return Ok(Answer::sign_in_to(slug)) };
    let (organisation, connection) = open.into_parts();
    let addresses = Addresses::of(&visitor.console.public_url, slug);
    let (query, now) = (query.to_owned(), visitor.now);
    let read = actix_web::web::block(move || log_out(&connection, &addresses, &query, now)).await;
    let (leaving, answer) = match read.map_err(Trouble::broken)?.map_err(Trouble::broken)? {
        Ok(read) => read,
        Err(reason) => {
            tracing::debug!(org = %slug, reason, "no request to log out");
            return Ok(Answer::sign_in_to(slug));
        }
    };
    let mine = visitor.session.as_ref().map(|signed| signed.session.id);
    let storage = &visitor.console.storage;
    storage.sign_off(visitor.by_stranger(), organisation.tenant, leaving, mine).await?;
    Ok(answer.map_or_else(|| Answer::sign_in_to(slug), Answer::away))
}
