//! Where the server listens, what URL it has, and when it refuses plain HTTP.

use super::network::Network;
use provost::BaseUrl;
use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// An address and port, such as `127.0.0.1:8080` or `[::1]:8080`. Port 0 chooses a free one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ListenAddress(pub(crate) SocketAddr);

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_malformed| {
            format!(
                "`{text}` is not an IP address and port; write for example `127.0.0.1:8080` or `[::]:8080`"
            )
        })
    }
}

impl TryFrom<String> for ListenAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The path of SCIM below the public URL and on the listening address.
pub(crate) const TENANT_PATH: &str = "/scim/v2";

/// The URL by which clients reach this server, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct PublicUrl(String);

impl PublicUrl {
    /// The listening address as a URL, for a server without a public URL.
    pub(crate) fn of_address(address: SocketAddr) -> Self {
        Self(format!("http://{address}"))
    }

    /// What an administrator pastes as Tenant URL.
    pub(crate) fn tenant_url(&self) -> String {
        format!("{self}{TENANT_PATH}")
    }

    /// The URL of a page, from a path such as `/login/`.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    /// What precedes the path of every page: empty unless a proxy serves us below a path of its own.
    #[cfg(any(feature = "console", feature = "mail"))]
    pub(crate) fn prefix(&self) -> &str {
        let after_scheme = self.0.find("://").map_or(0, |at| at + 3);
        let rest = self.0.get(after_scheme..).unwrap_or_default();
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
    }

    /// The host name or address, without a port.
    #[cfg(feature = "mail")]
    pub(crate) fn host(&self) -> &str {
        let authority = self.origin().split_once("://").map_or("", |(_, authority)| authority);
        match authority.strip_prefix('[') {
            Some(ip) => ip.split(']').next(),
            None => authority.split(':').next(),
        }
        .unwrap_or_default()
    }

    /// Scheme and authority, in the form of a browser's `Origin`.
    #[cfg(any(feature = "console", feature = "mail"))]
    pub(crate) fn origin(&self) -> &str {
        self.0.get(..self.0.len() - self.prefix().len()).unwrap_or_default()
    }

    /// Whether nobody on the way can read what a browser sends: over https, or on this machine.
    #[cfg(feature = "console")]
    pub(crate) fn keeps_secrets(&self) -> bool {
        let authority = self.origin().split_once("://").map_or("", |(_, authority)| authority);
        let host = match authority.strip_prefix('[') {
            Some(ip) => ip.split(']').next(),
            None => authority.split(':').next(),
        };
        let host = host.unwrap_or_default();
        self.is_https() || host == "localhost" || host.parse().is_ok_and(is_loopback)
    }

    /// Entra ID accepts only https.
    pub(crate) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let trimmed = text.trim_end_matches('/');
        // pasting the whole Tenant URL is an easy mistake
        let url = Self(trimmed.strip_suffix(TENANT_PATH).unwrap_or(trimmed).to_owned());
        match url.tenant_url().parse::<BaseUrl>() {
            Ok(base_url) if base_url.parameters().is_empty() => Ok(url),
            _ => Err(format!(
                "`{text}` is not an http or https URL; write for example `https://scim.example.com`"
            )),
        }
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything about listening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Http {
    pub(crate) listen: SocketAddr,
    /// `None` means the bound address, with its port.
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Empty if there is no proxy.
    pub(crate) trusted_proxies: Vec<Network>,
}

/// Plain HTTP would send bearer tokens over the network unencrypted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "refusing to serve plain HTTP on `{0}`, because bearer tokens would cross the network unencrypted; listen on \
     127.0.0.1 behind a TLS proxy, or name the proxy with `--trusted-proxy ADDRESS`, or give `--insecure-http` for a test"
)]
pub(crate) struct PlainHttpRefused(SocketAddr);

impl Http {
    /// Plain HTTP is allowed on loopback, behind a trusted proxy, and if the operator insists.
    pub(crate) fn check_transport(&self, insecure_http: bool) -> Result<(), PlainHttpRefused> {
        let excused = is_loopback(self.listen.ip()) || insecure_http || !self.trusted_proxies.is_empty();
        if excused { Ok(()) } else { Err(PlainHttpRefused(self.listen)) }
    }

    /// If trusted proxies are named, only they and this machine may connect.
    pub(crate) fn admits(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.is_empty()
            || is_loopback(peer)
            || self.trusted_proxies.iter().any(|network| network.contains(peer))
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(listen: &str, proxies: &[&str]) -> Http {
        Http {
            listen: listen.parse().expect("an address"),
            public_url: None,
            metrics_listen: None,
            trusted_proxies: proxies.iter().map(|p| p.parse().expect("a network")).collect(),
        }
    }

    #[test]
    fn plain_http_off_loopback_needs_an_excuse() {
        for (listen, proxies, insecure, served) in [
            ("127.0.0.1:8080", [].as_slice(), false, true),
            ("127.9.9.9:8080", &[], false, true),
            ("[::1]:8080", &[], false, true),
            ("0.0.0.0:8080", &[], false, false),
            ("[::]:8080", &[], false, false),
            ("192.0.2.1:8080", &[], false, false),
            ("0.0.0.0:8080", &[], true, true),
            ("0.0.0.0:8080", &["10.0.0.0/8"], false, true),
        ] {
            let outcome = http(listen, proxies).check_transport(insecure);
            assert_eq!(outcome.is_ok(), served, "{listen} {proxies:?} {insecure}");
        }
    }

    #[test]
    fn behind_a_trusted_proxy_only_it_and_this_machine_are_admitted() {
        let behind = http("0.0.0.0:8080", &["10.0.0.0/8"]);
        for (peer, admitted) in
            [("10.1.1.1", true), ("::ffff:10.1.1.1", true), ("127.0.0.1", true), ("192.0.2.1", false)]
        {
            assert_eq!(behind.admits(peer.parse().expect("an address")), admitted, "{peer}");
        }
        assert!(http("127.0.0.1:1", &[]).admits(IpAddr::from([192, 0, 2, 1])));
    }

    /// Seen to fail: with every address that begins like one of this machine.
    #[cfg(feature = "console")]
    #[test]
    fn secrets_are_kept_by_https_and_on_this_machine() {
        for (text, kept) in [
            ("https://provost.example.com", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080/below", true),
            ("http://localhost:8080", true),
            ("http://provost.example.com", false),
            ("http://localhost.example.com", false),
            ("http://127.0.0.1.example.com:8080", false),
            ("http://0.0.0.0:8080", false),
            ("http://192.0.2.1", false),
        ] {
            assert_eq!(text.parse::<PublicUrl>().expect(text).keeps_secrets(), kept, "{text}");
        }
    }

    #[test]
    fn public_urls() {
        for (text, tenant_url) in [
            ("https://scim.example.com", "https://scim.example.com/scim/v2"),
            ("https://scim.example.com/", "https://scim.example.com/scim/v2"),
            ("https://example.com/idp", "https://example.com/idp/scim/v2"),
            ("https://scim.example.com/scim/v2/", "https://scim.example.com/scim/v2"),
            ("http://[::1]:8080", "http://[::1]:8080/scim/v2"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().expect(text).tenant_url(), tenant_url);
        }
        for text in [
            "",
            "scim.example.com",
            "ftp://x",
            "https://",
            "https:///x",
            "https://x?y",
            "https://u@x",
            "https://a b",
            "https://x/{org}",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text}");
        }
    }
}
