//! Why something could not be fetched, for the administrator who named it.

use std::net::IpAddr;
use std::path::PathBuf;

/// The longest part of a URL that is repeated, in characters.
const QUOTED: usize = 120;

#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error(
        "this is not an https address: it begins with `https://`, and has no blanks, user name or password in it"
    )]
    NotHttps,
    #[error(
        "no address is known for the host `{0}`: check how it is spelt, and that it is known outside of your network"
    )]
    UnknownHost(String),
    /// The address is left out, so that the caller does not learn how the network resolves names.
    #[error(
        "the host `{0}` is not on the public internet: upload the file instead, or ask the operator to open its network with \
         `--outbound-allow`"
    )]
    Private(String),
    #[error("the host cannot be reached: {0}")]
    Unreachable(String),
    #[error(
        "the certificate of `{0}` is from an authority that this server does not trust: if it is your own, ask the operator to name it with \
         `--outbound-ca`"
    )]
    Untrusted(String),
    #[error("the certificate of `{host}` is not good: {what}")]
    Certificate { host: String, what: String },
    #[error("this address leads on to another one, which is not followed: {}", led_to(.0))]
    Redirect(Option<String>),
    #[error("the host answered {0} instead of 200")]
    Status(u16),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    #[error("the answer did not come within {0} seconds")]
    TooSlow(u64),
    #[error("too many addresses are being fetched at the moment: try again in a minute")]
    Busy,
}

fn led_to(location: &Option<String>) -> String {
    match location {
        Some(location) => format!("enter `{location}` if that is the right one"),
        None => "it does not say where".to_owned(),
    }
}

impl FetchError {
    /// Whether it says what this program may do here, and nothing about the host: with other settings it might be fetched.
    pub(crate) const fn is_ours(&self) -> bool {
        matches!(self, Self::Private(_) | Self::Untrusted(_) | Self::Busy)
    }

    /// The target of the redirect, as far as it can be shown.
    pub(super) fn redirect(location: Option<&str>) -> Self {
        let is_plain = |location: &&str| location.bytes().all(|byte| byte.is_ascii_graphic());
        Self::Redirect(location.filter(is_plain).map(|location| location.chars().take(QUOTED).collect()))
    }
}

/// A name resolved to an address that is not public.
#[derive(Debug, thiserror::Error)]
#[error("{host} is {address}")]
pub(super) struct Inside {
    pub(super) host: String,
    pub(super) address: IpAddr,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboundError {
    #[error("the authorities in `{}` (`outbound-ca`) cannot be read: {what}", file.display())]
    Authorities { file: PathBuf, what: String },
}
