//! What a response says: from whom, for whom, in answer to what, for how long, and about whom.

use chrono::{DateTime, Utc};
use roxmltree::Node;

use crate::{
    attributes,
    checks::Checks,
    connection::Connection,
    provider::ServiceProvider,
    reason::Reason,
    refusal::Refusal,
    request::Pending,
    structure::Message,
    time::{self, Clock},
    verified::{Attribute, NameId},
    xml::{ASSERTION, child_text, children, only_child, text},
};

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const MAX_NAME_ID: usize = 1024;

/// What a response is checked against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) clock: Clock,
    pub(crate) provider: &'a ServiceProvider,
    pub(crate) connection: &'a Connection,
    pub(crate) pending: &'a Pending,
}

/// The content of a response. Everything in it is checked except the signature.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) response_id: String,
    pub(crate) assertion_id: String,
    pub(crate) name_id: NameId,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) sign_in: SignIn,
    /// The later of two end times, that of the confirmation and that of the conditions.
    pub(crate) ends: DateTime<Utc>,
}

/// When somebody signed in, and for how long.
#[derive(Debug)]
pub(crate) struct SignIn {
    pub(crate) instant: DateTime<Utc>,
    pub(crate) session_index: Option<String>,
    pub(crate) session_ends: Option<DateTime<Utc>>,
}

pub(crate) fn read(expected: Expected<'_>, message: Message<'_, '_>) -> Result<Content, Refusal> {
    let Message { response, assertion, .. } = message;
    issuer(expected, response, "Response/Issuer")?;
    issuer(expected, assertion, "Assertion/Issuer")?;
    destination(expected, response)?;
    expected.clock.has_begun(
        time::required(response, "IssueInstant", "Response/@IssueInstant")?,
        "Response/@IssueInstant",
    )?;
    let subject = only_child(assertion, (ASSERTION, "Subject"));
    let confirmed = confirmation(expected, subject)?;
    let conditions = conditions(expected, assertion)?;
    Ok(Content {
        response_id: id(response),
        assertion_id: id(assertion),
        name_id: name_id(expected.clock.checks, subject)?,
        attributes: attributes::read(assertion),
        sign_in: sign_in(expected, assertion)?,
        ends: confirmed.max(conditions),
    })
}

fn id(element: Node<'_, '_>) -> String {
    element.attribute("ID").unwrap_or_default().to_owned()
}

fn issuer(expected: Expected<'_>, of: Node<'_, '_>, place: &'static str) -> Result<(), Refusal> {
    let issuer = child_text(of, (ASSERTION, "Issuer"));
    let ours = expected.connection.entity_id();
    expected.clock.checks.require(issuer.as_deref() == Some(ours), || {
        Refusal::new(Reason::Issuer, place).with_found_if(issuer).with_expected(ours)
    })
}

fn destination(expected: Expected<'_>, response: Node<'_, '_>) -> Result<(), Refusal> {
    let checks = expected.clock.checks;
    let (destination, acs) = (response.attribute("Destination"), expected.provider.acs_url.as_str());
    checks.require(destination == Some(acs), || {
        Refusal::new(Reason::Destination, "Response/@Destination")
            .with_found_if(destination)
            .with_expected(acs)
    })?;
    let answered = response.attribute("InResponseTo");
    checks.require(answered.is_some(), || Refusal::new(Reason::Unsolicited, "Response/@InResponseTo"))?;
    answers(expected, answered, "Response/@InResponseTo")
}

fn answers(expected: Expected<'_>, answered: Option<&str>, place: &'static str) -> Result<(), Refusal> {
    expected.clock.checks.require(answered.is_none_or(|id| id == expected.pending.id), || {
        Refusal::new(Reason::InResponseTo, place).with_found_if(answered).with_expected(&expected.pending.id)
    })
}

/// SAML Profiles 4.1.4.2 and 4.1.4.3: one bearer confirmation, for our URL and our request. Returns when it expires.
fn confirmation(expected: Expected<'_>, subject: Option<Node<'_, '_>>) -> Result<DateTime<Utc>, Refusal> {
    let checks = expected.clock.checks;
    let place = "Subject/SubjectConfirmation";
    let all: Vec<_> =
        subject.iter().flat_map(|subject| children(*subject, (ASSERTION, "SubjectConfirmation"))).collect();
    let bearer = all.iter().all(|one| one.attribute("Method") == Some(BEARER));
    checks.require(all.len() == 1 && bearer, || {
        let found: Vec<_> = all.iter().map(|one| one.attribute("Method").unwrap_or_default()).collect();
        Refusal::new(Reason::Confirmation, place).with_found(found.join(", ")).with_expected(BEARER)
    })?;
    let data = all
        .first()
        .and_then(|one| only_child(*one, (ASSERTION, "SubjectConfirmationData")))
        .ok_or_else(|| Refusal::new(Reason::Confirmation, "SubjectConfirmation/SubjectConfirmationData"))?;
    let (recipient, acs) = (data.attribute("Recipient"), expected.provider.acs_url.as_str());
    checks.require(recipient == Some(acs), || {
        Refusal::new(Reason::Recipient, "SubjectConfirmationData/@Recipient")
            .with_found_if(recipient)
            .with_expected(acs)
    })?;
    let answered = data.attribute("InResponseTo");
    let place = "SubjectConfirmationData/@InResponseTo";
    checks.require(answered.is_some(), || Refusal::new(Reason::Unsolicited, place))?;
    answers(expected, answered, place)?;
    within(
        expected.clock,
        data,
        ["SubjectConfirmationData/@NotBefore", "SubjectConfirmationData/@NotOnOrAfter"],
    )
}

/// SAML Core 2.5.1: the validity period and the audience. Every restriction must name us. Returns when it expires.
fn conditions(expected: Expected<'_>, assertion: Node<'_, '_>) -> Result<DateTime<Utc>, Refusal> {
    let place = "Conditions/AudienceRestriction";
    let ours = expected.provider.entity_id.as_str();
    let conditions = only_child(assertion, (ASSERTION, "Conditions"));
    let restrictions: Vec<Vec<String>> = conditions
        .iter()
        .flat_map(|conditions| children(*conditions, (ASSERTION, "AudienceRestriction")))
        .map(|restriction| children(restriction, (ASSERTION, "Audience")).filter_map(text).collect())
        .collect();
    let met = restrictions.iter().all(|audiences| audiences.iter().any(|audience| audience == ours));
    expected.clock.checks.require(!restrictions.is_empty() && met, || {
        let found = restrictions.concat().join(", ");
        Refusal::new(Reason::Audience, place)
            .with_found_if((!found.is_empty()).then_some(found))
            .with_expected(ours)
    })?;
    let conditions = conditions.ok_or_else(|| Refusal::new(Reason::Time, "Assertion/Conditions"))?;
    within(expected.clock, conditions, ["Conditions/@NotBefore", "Conditions/@NotOnOrAfter"])
}

/// Checks the period: `NotBefore` is optional, `NotOnOrAfter` is required. Returns the latter.
fn within(
    clock: Clock,
    of: Node<'_, '_>,
    [from, until]: [&'static str; 2],
) -> Result<DateTime<Utc>, Refusal> {
    if let Some(begin) = time::attribute(of, "NotBefore", from)? {
        clock.has_begun(begin, from)?;
    }
    let end = time::required(of, "NotOnOrAfter", until)?;
    clock.goes_on(end, until)?;
    Ok(end)
}

fn sign_in(expected: Expected<'_>, assertion: Node<'_, '_>) -> Result<SignIn, Refusal> {
    let Expected { clock, pending, .. } = expected;
    let all: Vec<_> = children(assertion, (ASSERTION, "AuthnStatement")).collect();
    let refused = || {
        Refusal::new(Reason::AuthnStatement, "Assertion/AuthnStatement")
            .with_found(all.len().to_string())
            .with_expected("1")
    };
    let statement = *all.first().ok_or_else(refused)?;
    clock.checks.require(all.len() == 1, refused)?;
    let place = "AuthnStatement/@AuthnInstant";
    let instant = time::required(statement, "AuthnInstant", place)?;
    clock.has_begun(instant, place)?;
    let oldest = time::earlier(pending.issued);
    clock.checks.require(!pending.force_authn || instant >= oldest, || {
        Refusal::new(Reason::NotFresh, place)
            .with_found(time::shown(instant))
            .with_expected(time::shown(oldest))
    })?;
    let place = "AuthnStatement/@SessionNotOnOrAfter";
    let session_ends = time::attribute(statement, "SessionNotOnOrAfter", place)?;
    if let Some(ends) = session_ends {
        clock.goes_on(ends, place)?;
    }
    Ok(SignIn {
        instant,
        session_index: statement.attribute("SessionIndex").map(str::to_owned),
        session_ends,
    })
}

pub(crate) fn name_id(checks: Checks, parent: Option<Node<'_, '_>>) -> Result<NameId, Refusal> {
    let refused = || Refusal::new(Reason::NameId, "NameID");
    let element = parent.and_then(|parent| only_child(parent, (ASSERTION, "NameID"))).ok_or_else(refused)?;
    let value = text(element).ok_or_else(refused)?;
    checks.require(value.chars().count() <= MAX_NAME_ID, || refused().with_found(&value))?;
    Ok(NameId { value, format: element.attribute("Format").map(str::to_owned) })
}
