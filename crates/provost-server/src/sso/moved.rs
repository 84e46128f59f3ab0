//! Whether this server still has the public URL that the values in the identity provider have in them.
//!
//! An answer is good at the address that it was meant for. Where the public URL changed, nobody signs in until the identity provider has
//! the values of now, or the server has its former address back.

use super::store::SignOnStore;
use crate::config::PublicUrl;
use crate::organisations::OrganisationStore;
use crate::storage::{Result, Storage};

/// A sentence, without its capital letter and its full stop, for each organisation whose people sign in by values of another public URL.
pub(crate) async fn moved(storage: &Storage, public_url: &PublicUrl) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for organisation in storage.organisations().await? {
        if organisation.disabled.is_some() {
            continue;
        }
        let found = storage.sign_on(organisation.tenant).await?;
        let Some(tested) = found.on().and_then(|on| on.standing.tested()) else { continue };
        let (before, slug) = (&tested.registered.public_url, &tested.registered.slug);
        if *before != public_url.to_string() {
            all.push(format!(
                "single sign-on of {} was tested at `{before}`, and the identity provider has values of that address, such as \
                 `{before}/saml/acs/{slug}/`; this server is at `{public_url}`",
                organisation.slug
            ));
        }
    }
    Ok(all)
}

/// What is done about it.
pub(crate) const MOVED_REMEDY: &str = "put the five values that the page \"Single sign-on\" shows into the identity provider and test \
                                       again, or set `--public-url` to the address of before";
