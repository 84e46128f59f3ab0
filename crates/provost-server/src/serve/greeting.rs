//! The first start: an organisation, a token, and what to paste into the identity provider.

use crate::clock;
use crate::config::PublicUrl;
use crate::failure::Failure;
use crate::organisations::{Organisation, OrganisationStore};
use crate::output;
use crate::slug::Slug;
use crate::storage::Storage;
use crate::tokens::{IssueError, Secret, TokenStore, issue};
use provost::Profile;

const SLUG: &str = "default";

/// Makes the organisation `default` and a token of it, unless there is an organisation already.
pub(super) async fn first_token(storage: &Storage) -> Result<Option<Secret>, Failure> {
    if !storage.organisations().await?.is_empty() {
        return Ok(None);
    }
    let created = clock::now();
    let organisation = Organisation {
        tenant: clock::new_tenant().map_err(IssueError::from)?,
        slug: Slug::from_name(SLUG, SLUG),
        name: "Default".to_owned(),
        profile: Profile::entra(),
        default_role: "member".to_owned(),
        created,
    };
    let (token, row) = issue(organisation.tenant, "first start".to_owned(), None, created)?;
    // another process may have been faster: then its token is the one that was printed
    Ok(storage.create_first(organisation, row).await?.then(|| token.text().clone()))
}

/// Prints what an administrator needs, this once.
pub(super) fn greet(public_url: &PublicUrl, token: &Secret) -> Result<(), Failure> {
    Ok(output::print(&text(public_url, token))?)
}

fn text(public_url: &PublicUrl, token: &Secret) -> String {
    let (url, token) = (public_url.tenant_url(), token.reveal());
    let caution = if public_url.is_https() {
        ""
    } else {
        "\nEntra ID requires an https URL that it can reach: put a TLS proxy in front and set --public-url.\n"
    };
    format!(
        "\
Created the organisation `{SLUG}`. Paste these two values into Entra ID, under Provisioning > Admin Credentials:

Tenant URL:   {url}
Secret Token: {token}

The token is shown only once; `provost token create --org {SLUG}` creates another.
{caution}
To send what Test Connection sends:

curl -sS -H 'Authorization: Bearer {token}' '{url}/Users?filter=userName+eq+%22nobody%22'
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_to_paste_is_there() {
        let url: PublicUrl = "https://scim.example.com".parse().expect("a URL");
        let text = text(&url, &Secret::new("scim_x"));
        assert!(text.contains("\nTenant URL:   https://scim.example.com/scim/v2\n"), "{text}");
        assert!(text.contains("\nSecret Token: scim_x\n"), "{text}");
        assert!(
            text.contains("'https://scim.example.com/scim/v2/Users?filter=userName+eq+%22nobody%22'"),
            "{text}"
        );
        assert!(!text.contains("--public-url"), "{text}");
    }

    #[test]
    fn an_address_that_entra_cannot_use_is_said_so() {
        let url = PublicUrl::of_address("127.0.0.1:8080".parse().expect("an address"));
        assert!(text(&url, &Secret::new("scim_x")).contains("--public-url"));
    }
}
