//! The first start: makes an organisation and a token, and says what to paste into the identity provider. Later starts
//! print a hint until an identity provider has connected.

use crate::access::Link;
use crate::access::command::link;
use crate::audit::By;
use crate::clock;
use crate::config::PublicUrl;
use crate::failure::Failure;
use crate::machine;
use crate::organisations::{IdentityProvider, Organisation, OrganisationStore};
use crate::output;
use crate::people::{Grantable, Inviting};
use crate::slug::Slug;
use crate::storage::Storage;
use crate::tokens::{IssueError, Maker, NewToken, Secret, TokenStore, issue};
use provost::Profile;
use provost::hook::TenantId;

const SLUG: &str = "default";

/// What a first start does.
#[derive(Debug, Clone, Copy)]
pub(super) struct First {
    /// Whether SCIM is on in the new organisation, which then gets a token.
    pub(super) scim: bool,
    /// Whether to print the token even if standard output is not a terminal.
    pub(super) print_token: bool,
    /// Whether there are pages for people.
    pub(super) has_pages: bool,
}

/// Makes the organisation `default`, unless there is or was one. A token is made only if somebody will see it: on a
/// terminal, or if the operator wants it printed. Otherwise, and until a token was used, a hint names the command that
/// makes one.
pub(super) async fn greet(storage: &Storage, public_url: &PublicUrl, first: First) -> Result<(), Failure> {
    let is_seen = first.print_token || output::is_terminal();
    let setup = async |tenant| match first.has_pages {
        true => link(storage, public_url, Link::Setup(tenant)).await.map(Some),
        false => Ok(None),
    };
    match first_start(storage, first.scim, is_seen).await? {
        Some((tenant, Some(token))) => {
            output::print_secret(&text(public_url, &token, setup(tenant).await?.as_ref()))?;
        }
        Some((tenant, None)) if is_seen => match setup(tenant).await? {
            Some(setup) => output::print_secret(&text_without_scim(&setup))?,
            None => tracing::warn!("{}", hint(public_url, &storage.organisations().await?)),
        },
        _ if storage.was_token_used().await? => return Ok(()),
        _ => tracing::warn!("{}", hint(public_url, &storage.organisations().await?)),
    }
    // so that a copy of the file without its log does not look like a new database
    if let Err(error) = storage.empty_log().await {
        tracing::debug!(%error, "the log of the database was left as it is");
    }
    Ok(())
}

/// The organisation, if this start made it, and its token, if somebody will see it.
async fn first_start(
    storage: &Storage,
    scim: bool,
    is_seen: bool,
) -> Result<Option<(TenantId, Option<Secret>)>, Failure> {
    if !storage.organisations().await?.is_empty() {
        return Ok(None);
    }
    let created = clock::now();
    let organisation = Organisation {
        tenant: clock::new_tenant().map_err(IssueError::from)?,
        slug: Slug::from_name(SLUG, SLUG),
        name: "Default".to_owned(),
        profile: Profile::entra(),
        default_role: Grantable::Member,
        former_default_role: None,
        scim,
        inviting: Inviting::default(),
        provider: IdentityProvider::Entra,
        brake: crate::brake::Brake::default(),
        silent_after: crate::silence::SilentAfter::default(),
        audit_keep: crate::audit::Keep::Forever,
        disabled: None,
        reopened: None,
        values_until: None,
        created,
    };
    let tenant = organisation.tenant;
    let issued = match scim && is_seen {
        true => Some(issue(first(tenant), created)?),
        false => None,
    };
    let (token, row) = issued.unzip();
    // if another process was faster, it has printed its own token
    let is_first = storage.create_first(By::operator(), organisation, row).await?;
    Ok(is_first.then(|| (tenant, token.map(|token| token.text().clone()))))
}

/// It never expires: nobody has found the commands yet. `provost doctor` reports it.
fn first(tenant: TenantId) -> NewToken {
    let (label, maker) = ("first start".to_owned(), Maker::Command(machine::operator()));
    NewToken { tenant, label, read_only: false, expires: None, maker }
}

/// For somebody who saw no token, or lost it.
fn hint(public_url: &PublicUrl, organisations: &[Organisation]) -> String {
    if !organisations.is_empty() && organisations.iter().all(|organisation| !organisation.scim) {
        return "SCIM is off: an owner switches it on under Settings > Auth, or `provost org update SLUG --scim on` does"
            .to_owned();
    }
    let url = public_url.tenant_url();
    let slug = match organisations {
        [] => return "there is no organisation: `provost org create SLUG` creates one".to_owned(),
        [only] => only.slug.as_str(),
        _ => "SLUG",
    };
    format!(
        "no token was used yet: `provost token create --org {slug}` creates one; paste it into the identity provider as \
         Secret Token, with the Tenant URL {url}"
    )
}

fn text_without_scim(setup: &Secret) -> Secret {
    let before = format!(
        "\
Created the organisation `{SLUG}`, with SCIM off.

To make yourself the first owner, open this link within 24 hours; it is good once:

"
    );
    Secret::joined(&[&before, setup.reveal(), "\n\n"])
}

fn text(public_url: &PublicUrl, token: &Secret, setup: Option<&Secret>) -> Secret {
    let url = public_url.tenant_url();
    let caution = if public_url.is_https() {
        ""
    } else {
        "\nEntra ID requires an https URL that it can reach: put a TLS proxy in front and set --public-url.\n"
    };
    let before = format!(
        "\
Created the organisation `{SLUG}`. Paste these two values into Entra ID, under Provisioning > Admin Credentials:

Tenant URL:   {url}
Secret Token: "
    );
    let between = format!(
        "

The token is shown only once; `provost token create --org {SLUG}` creates another.
{caution}
To send what Test Connection sends:

curl -sS -H 'Authorization: Bearer "
    );
    let after = format!("' '{url}/Users?filter=userName+eq+%22nobody%22'\n\n");
    let (invitation, setup) = match setup {
        Some(setup) => (
            "To make yourself the first owner, open this link within 24 hours; it is good once:\n\n",
            setup.reveal(),
        ),
        None => ("", ""),
    };
    let end = if setup.is_empty() { "" } else { "\n\n" };
    Secret::joined(&[&before, token.reveal(), &between, token.reveal(), &after, invitation, setup, end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_to_paste_is_there() {
        let url: PublicUrl = "https://scim.example.com".parse().expect("a URL");
        let text = text(&url, &Secret::new("scim_x"), None);
        let text = text.reveal();
        assert!(text.contains("\nTenant URL:   https://scim.example.com/scim/v2\n"), "{text}");
        assert!(text.contains("\nSecret Token: scim_x\n"), "{text}");
        assert!(
            text.contains("'https://scim.example.com/scim/v2/Users?filter=userName+eq+%22nobody%22'"),
            "{text}"
        );
        assert!(!text.contains("--public-url"), "{text}");
    }

    #[test]
    fn the_first_owner_is_shown_the_way() {
        let url: PublicUrl = "https://scim.example.com".parse().expect("a URL");
        let link = Secret::new("https://scim.example.com/setup/abc/");
        let text = text(&url, &Secret::new("scim_x"), Some(&link));
        assert!(text.reveal().ends_with(":\n\nhttps://scim.example.com/setup/abc/\n\n"), "{}", text.reveal());
    }

    #[test]
    fn an_address_that_entra_cannot_use_is_said_so() {
        let url = PublicUrl::of_address("127.0.0.1:8080".parse().expect("an address"));
        assert!(text(&url, &Secret::new("scim_x"), None).reveal().contains("--public-url"));
    }
}
