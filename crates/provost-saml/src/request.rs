//! The request that begins a sign-in.

use chrono::{DateTime, Utc};

use crate::{
    connection::Connection,
    provider::ServiceProvider,
    redirect,
    time::shown,
    xml::{ASSERTION, POST, PROTOCOL, escape},
};

/// An identifier for a message of ours, from 20 random bytes of the caller. It begins with a letter, since an XML ID
/// must not begin with a digit.
///
/// ```
/// use provost_saml::MessageId;
///
/// let id = MessageId::from_random([0x5a; 20]);
/// assert_eq!(id.as_str(), "id5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// Makes an identifier from bytes that nobody can guess.
    pub fn from_random(random: [u8; 20]) -> Self {
        Self(format!("id{}", data_encoding::HEXLOWER.encode(&random)))
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a request asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInOptions {
    /// Whether people must sign in again even if the identity provider remembers them.
    pub force_authn: bool,
    /// Returned unchanged with the response; read it with [`relay_state`](crate::relay_state). SAML allows 80 bytes,
    /// which is not checked.
    pub relay_state: Option<String>,
    /// The name that the identity provider may fill in for the person. Entra reads it; others ignore it.
    pub login_hint: Option<String>,
}

/// A request to the identity provider, carried there by a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnRequest {
    /// The URL to redirect the browser to.
    pub url: String,
}

/// What to remember about a request until its response comes. The caller stores it, bound to the browser, and decides
/// for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The identifier of the request.
    pub id: String,
    /// When it was made.
    pub issued: DateTime<Utc>,
    /// Whether a new sign-in was required. If so, a response that reports an older one is refused.
    pub force_authn: bool,
}

/// The request: unsigned, by HTTP-Redirect, to be answered by HTTP-POST. It asks for no name format and no
/// authentication method: Entra answers some of them with an error and ignores the rest.
pub(crate) fn make(
    (provider, connection): (&ServiceProvider, &Connection),
    id: &MessageId,
    now: DateTime<Utc>,
    options: &SignInOptions,
) -> (AuthnRequest, Pending) {
    let force = if options.force_authn { " ForceAuthn=\"true\"" } else { "" };
    let xml = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{id}\" Version=\"2.0\" \
         IssueInstant=\"{instant}\" Destination=\"{sso}\"{force} AssertionConsumerServiceURL=\"{acs}\" \
         ProtocolBinding=\"{POST}\"><saml:Issuer>{issuer}</saml:Issuer>\
         <samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\"/></samlp:AuthnRequest>",
        id = id.as_str(),
        instant = shown(now),
        sso = escape(connection.sso_url().as_str()),
        acs = escape(provider.acs_url.as_str()),
        issuer = escape(provider.entity_id.as_str()),
    );
    let hint = options.login_hint.as_deref();
    let parameters = [("RelayState", options.relay_state.as_deref()), ("login_hint", hint)];
    let url = redirect::url(connection.sso_url(), ("SAMLRequest", &xml), parameters);
    (AuthnRequest { url }, Pending { id: id.0.clone(), issued: now, force_authn: options.force_authn })
}
