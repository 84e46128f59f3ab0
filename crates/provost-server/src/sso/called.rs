//! What an identity provider is called: by its name where its addresses say who made it, else by its host.

use super::connection::Provider;
use super::metadata::tenant;

/// Domains that belong to one maker, with the name that its administrators know.
const KNOWN: [(&str, &str); 15] = [
    ("okta.com", "Okta"),
    ("oktapreview.com", "Okta"),
    ("okta-emea.com", "Okta"),
    ("okta-gov.com", "Okta"),
    ("accounts.google.com", "Google"),
    ("onelogin.com", "OneLogin"),
    ("pingone.com", "PingOne"),
    ("pingone.eu", "PingOne"),
    ("pingone.ca", "PingOne"),
    ("pingone.asia", "PingOne"),
    ("pingone.com.au", "PingOne"),
    ("pingone.sg", "PingOne"),
    ("pingidentity.com", "Ping Identity"),
    ("jumpcloud.com", "JumpCloud"),
    ("auth0.com", "Auth0"),
];

pub(crate) const ENTRA: &str = "Microsoft Entra ID";

/// The name of an identity provider.
pub(crate) fn called(provider: &Provider) -> String {
    match tenant(provider) {
        Some(_) => ENTRA.to_owned(),
        None => by_host(host_of(&provider.sso_url)),
    }
}

/// The host of a URL, with its port if it names one.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn by_host(host: &str) -> String {
    let name = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let is_of = |domain: &str| {
        name.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let known = KNOWN.iter().find(|(domain, _)| is_of(domain));
    known.map_or_else(|| host.to_owned(), |(_, called)| (*called).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with domains compared by their last letters alone.
    #[test]
    fn makers_are_known_by_whole_domains() {
        for (url, expected) in [
            ("https://example.okta.com/app/x/sso/saml", "Okta"),
            ("https://example.oktapreview.com/app/x", "Okta"),
            ("https://accounts.google.com/o/saml2/idp?idpid=C0", "Google"),
            ("https://example.onelogin.com/trust/saml2/http-post/sso/1", "OneLogin"),
            ("https://auth.pingone.eu/0f4c7a52/saml20/idp/sso", "PingOne"),
            ("https://sso.connect.pingidentity.com/sso/idp/SSO.saml2", "Ping Identity"),
            ("https://sso.jumpcloud.com/saml2/example", "JumpCloud"),
            ("https://Example.EU.Auth0.com/samlp/x", "Auth0"),
            ("https://notokta.com/x", "notokta.com"),
            ("https://okta.com.example/x", "okta.com.example"),
            ("https://login.example.com:8443/realms/x?y", "login.example.com:8443"),
        ] {
            assert_eq!(by_host(host_of(url)), expected, "{url}");
        }
    }
}
