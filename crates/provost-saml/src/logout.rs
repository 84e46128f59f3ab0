//! Logging out: the identity provider says by HTTP-Redirect that somebody signed out there, and gets an answer.

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
    /// Who is to be logged out: the [`name_id`](crate::Verified::name_id) of their sign-in.
    pub subject: NameId,
    /// In which sessions. If it names none, in all.
    pub session_indexes: Vec<String>,
    /// Whether the identity provider signed it. If not, anybody may have made it: end at most the session of the browser
    /// that brought it.
    pub signed: bool,
    /// What the answer brings back.
    pub relay_state: Option<String>,
}

impl Verifier {
    /// Reads a request to log out. `query` is what follows the `?` of the address, as it was received.
    ///
    /// # Errors
    /// A [`Refusal`], if it comes from elsewhere, is addressed to somebody else, is older than five minutes, or has a
    /// signature that no trusted certificate verifies. Without a signature it is accepted, and says so.
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

    /// Whether there is a signature to verify. Half of one is refused.
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

    /// The address with the answer to a request to log out, if the connection has one: unsigned, and always of success,
    /// since after it no session is left.
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

/// What the signature covers, and the signature, with every value as it was received (SAML Bindings 3.4.4.1).
fn signed_part(parameters: &Parameters<'_>) -> String {
    ["SAMLRequest", "RelayState", "SigAlg", "Signature"]
        .into_iter()
        .filter_map(|name| Some(format!("{name}={}", parameters.encoded(name)?)))
        .collect::<Vec<_>>()
        .join("&")
}
