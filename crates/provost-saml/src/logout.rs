//! Logout: the identity provider reports by HTTP-Redirect that somebody signed out there, and gets an answer.

use chrono::{DateTime, Utc};
use roxmltree::Node;

use crate::{
    checks::Checks,
    content,
    parameters::Parameters,
    reason::Reason,
    redirect,
    refusal::Refusal,
    request::MessageId,
    scan::{self, Markup},
    signature, structure,
    time::{self, Clock, shown},
    verified::NameId,
    verifier::{Verifier, within_limit},
    xml::{self, ASSERTION, PROTOCOL, child_text, children, escape, text},
};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// A request to log somebody out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    /// Its identifier, which the answer repeats.
    pub id: String,
    /// The person to log out: the [`name_id`](crate::Verified::name_id) of their sign-in.
    pub subject: NameId,
    /// The sessions to end. If empty, all of them.
    pub session_indexes: Vec<String>,
    /// Whether the identity provider signed it. If not, anybody may have made it: end at most the session of the
    /// browser that brought it.
    pub signed: bool,
    /// Returned unchanged with the answer.
    pub relay_state: Option<String>,
}

impl Verifier {
    /// Reads a logout request. `query` is the query string of the URL as received, without the `?`.
    ///
    /// # Errors
    /// A [`Refusal`], if it comes from another issuer, is addressed to another URL, is more than five minutes old, or
    /// has a signature that no trusted certificate verifies. An unsigned request is accepted, and marked so in
    /// [`LogoutRequest::signed`].
    pub fn logout(&self, query: &str, now: DateTime<Utc>) -> Result<LogoutRequest, Refusal> {
        self.logout_with(Checks::ALL, query, now)
    }

    pub(crate) fn logout_with(
        &self,
        checks: Checks,
        query: &str,
        now: DateTime<Utc>,
    ) -> Result<LogoutRequest, Refusal> {
        let query = within_limit(checks, query.as_bytes(), "query")?;
        let parameters = Parameters::read(checks, query, "query")?;
        let bytes = redirect::inflate(&parameters.bytes("SAMLRequest")?, "SAMLRequest")?;
        let document =
            xml::parse(scan::scan(checks, &bytes, "LogoutRequest", Markup::Refused)?, "LogoutRequest")?;
        let root = structure::root(checks, &document, (PROTOCOL, "LogoutRequest"), Reason::NotLogoutRequest)?;
        structure::ids(checks, root, &[root])?;
        self.addressed(Clock { checks, now }, root)?;
        let request = LogoutRequest {
            id: root.attribute("ID").unwrap_or_default().to_owned(),
            subject: content::name_id(checks, Some(root))?,
            session_indexes: children(root, (PROTOCOL, "SessionIndex")).filter_map(text).collect(),
            signed: self.is_signed(checks, &parameters)?,
            relay_state: parameters.value("RelayState"),
        };
        if request.signed {
            let (name, _) = self.proven(|library| library.logout(&signed_part(&parameters), now))?;
            checks.require(name.as_deref() == Some(&request.subject.value), || {
                Refusal::new(Reason::Disagreement, "LogoutRequest/NameID").with_found_if(name.as_ref())
            })?;
        }
        Ok(request)
    }

    fn addressed(&self, clock: Clock, root: Node<'_, '_>) -> Result<(), Refusal> {
        let issuer = child_text(root, (ASSERTION, "Issuer"));
        let theirs = self.connection.entity_id();
        clock.checks.require(issuer.as_deref() == Some(theirs), || {
            Refusal::new(Reason::Issuer, "LogoutRequest/Issuer").with_found_if(issuer).with_expected(theirs)
        })?;
        let (destination, ours) = (root.attribute("Destination"), self.provider.logout_url.as_str());
        clock.checks.require(destination == Some(ours), || {
            Refusal::new(Reason::LogoutDestination, "LogoutRequest/@Destination")
                .with_found_if(destination)
                .with_expected(ours)
        })?;
        let issued = time::required(root, "IssueInstant", "LogoutRequest/@IssueInstant")?;
        clock.has_begun(issued, "LogoutRequest/@IssueInstant")?;
        clock.goes_on(issued, "LogoutRequest/@IssueInstant")?;
        match time::attribute(root, "NotOnOrAfter", "LogoutRequest/@NotOnOrAfter")? {
            Some(end) => clock.goes_on(end, "LogoutRequest/@NotOnOrAfter"),
            None => Ok(()),
        }
    }

    /// Whether there is a signature to verify. A signature without its algorithm, or the reverse, is refused.
    fn is_signed(&self, checks: Checks, parameters: &Parameters<'_>) -> Result<bool, Refusal> {
        let algorithm = parameters.value("SigAlg");
        if algorithm.is_none() && parameters.encoded("Signature").is_none() {
            return Ok(false);
        }
        checks.require(algorithm.as_deref().is_some_and(signature::is_accepted), || {
            Refusal::new(Reason::SignatureAlgorithm, "SigAlg").with_found_if(algorithm.as_ref())
        })?;
        parameters.bytes("Signature").map(|_signature| true)
    }

    /// The URL that answers a logout request, if the connection has a logout URL. The answer is unsigned and always
    /// reports success, since no session is left after it.
    pub fn logout_response(
        &self,
        request: &LogoutRequest,
        id: &MessageId,
        now: DateTime<Utc>,
    ) -> Option<String> {
        let to = self.connection.logout_url()?;
        let xml = format!(
            "<samlp:LogoutResponse xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{id}\" Version=\"2.0\" \
             IssueInstant=\"{instant}\" Destination=\"{destination}\" InResponseTo=\"{request}\">\
             <saml:Issuer>{issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value=\"{SUCCESS}\"/></samlp:Status>\
             </samlp:LogoutResponse>",
            id = id.as_str(),
            instant = shown(now),
            destination = escape(to.as_str()),
            request = escape(&request.id),
            issuer = escape(self.provider.entity_id.as_str()),
        );
        let parameters = [("RelayState", request.relay_state.as_deref()), ("", None)];
        Some(redirect::url(to, ("SAMLResponse", &xml), parameters))
    }
}

/// The signed part of the query and the signature, with every value as received (SAML Bindings 3.4.4.1).
fn signed_part(parameters: &Parameters<'_>) -> String {
    ["SAMLRequest", "RelayState", "SigAlg", "Signature"]
        .into_iter()
        .filter_map(|name| Some(format!("{name}={}", parameters.encoded(name)?)))
        .collect::<Vec<_>>()
        .join("&")
}
