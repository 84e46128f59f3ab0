//! Whether the server's public URL is still the one in the values entered at the identity provider.
//!
//! An answer is only valid at the address it was issued for. After the public URL changes, nobody can sign in until the identity
//! provider has the new values or the server its former address.

use super::store::SignOnStore;
use crate::config::PublicUrl;
use crate::organisations::OrganisationStore;
use crate::storage::{Result, Storage};

/// A sentence, without capital letter and full stop, for each organisation whose identity provider has values of another public
/// URL.
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

/// The remedy.
pub(crate) const MOVED_REMEDY: &str = "put the five values that the page \"Single sign-on\" shows into the identity provider and test \
                                       again, or set `--public-url` to the address of before";
