//! The report of a test sign-in: each check as passed, failed or not reached; what came and what was expected; which field of the
//! portal to change; and what the identity provider says about the person. As text it is in `written.rs`.

use super::called::called;
use super::connection::{Connection, ID_FIELD, Map};
use super::portal;
use crate::clock::Timestamp;
use crate::slug::Slug;
use chrono::DateTime;
use data_encoding::HEXUPPER;
use provost_saml::{Reason, Refusal, Verified};
use serde::{Deserialize, Serialize};

/// The longest value shown, in characters.
const SHOWN: usize = 200;
/// The most claims listed by name.
const LISTED: usize = 50;

/// The checks, in the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Topic {
    Readable,
    Provider,
    Answer,
    Audience,
    Time,
    Person,
    Signature,
}

impl Topic {
    pub(crate) const ALL: [Self; 7] = [
        Self::Readable,
        Self::Provider,
        Self::Answer,
        Self::Audience,
        Self::Time,
        Self::Person,
        Self::Signature,
    ];

    /// The check, worded as passed.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Readable => "A complete response that reports a sign-in",
            Self::Provider => "Comes from your identity provider",
            Self::Answer => "Answers the request that this test sent",
            Self::Audience => "Meant for this organisation",
            Self::Time => "Valid at this time",
            Self::Person => "Says who signed in",
            Self::Signature => "Signed with a trusted certificate",
        }
    }

    const fn of(reason: Reason) -> Self {
        match reason {
            Reason::TooLarge
            | Reason::MissingParameter
            | Reason::DoubledParameter
            | Reason::NotBase64
            | Reason::NotDeflate
            | Reason::Encoding
            | Reason::TooComplex
            | Reason::Doctype
            | Reason::Markup
            | Reason::NotXml
            | Reason::OneResponse
            | Reason::Version
            | Reason::Status
            | Reason::Encrypted
            | Reason::OneAssertion
            | Reason::Id
            | Reason::LogoutDestination
            | Reason::NotLogoutRequest
            | Reason::NotMetadata
            | Reason::Location
            | Reason::Outdated => Self::Readable,
            Reason::Unsigned
            | Reason::SignaturePlace
            | Reason::SignatureShape
            | Reason::OneReference
            | Reason::ReferenceTarget
            | Reason::Transforms
            | Reason::Canonicalization
            | Reason::SignatureAlgorithm
            | Reason::DigestAlgorithm
            | Reason::NoCertificate
            | Reason::BadCertificate
            | Reason::ExpiredCertificate
            | Reason::Signature
            | Reason::UnverifiedSignature
            | Reason::Library
            | Reason::Disagreement => Self::Signature,
            Reason::Issuer | Reason::EntityId => Self::Provider,
            Reason::Destination
            | Reason::Unsolicited
            | Reason::InResponseTo
            | Reason::Confirmation
            | Reason::Recipient => Self::Answer,
            Reason::Audience => Self::Audience,
            Reason::Time | Reason::TooEarly | Reason::TooLate | Reason::AuthnStatement | Reason::NotFresh => {
                Self::Time
            }
            Reason::NameId | Reason::Tenant | Reason::Subject => Self::Person,
        }
    }
}

/// What has certainly passed when a check fails for this reason. Times and names are checked in several places, so this may say
/// less than is true.
const fn passed_before(reason: Reason) -> &'static [Topic] {
    use Topic::{Answer, Audience, Person, Provider, Readable, Time};
    match Topic::of(reason) {
        Readable => &[],
        Provider => &[Readable],
        Answer | Time => &[Readable, Provider],
        Audience => &[Readable, Provider, Answer],
        Person if matches!(reason, Reason::NameId) => &[Readable, Provider, Answer, Audience],
        Person => &[Readable, Provider, Answer, Audience, Time],
        Topic::Signature => match reason {
            Reason::NoCertificate
            | Reason::BadCertificate
            | Reason::ExpiredCertificate
            | Reason::Signature
            | Reason::UnverifiedSignature
            | Reason::Library
            | Reason::Disagreement => &[Readable, Provider, Answer, Audience, Time, Person],
            _ => &[Readable],
        },
    }
}

/// The outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    Passed,
    Failed,
    /// An earlier check failed.
    NotLookedAt,
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Check {
    pub(crate) topic: Topic,
    pub(crate) outcome: Outcome,
    /// Details, if any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) said: String,
}

/// What is wrong, and where to put it right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    pub(crate) topic: Topic,
    pub(crate) said: String,
    pub(crate) came: Option<String>,
    pub(crate) expected: Option<String>,
    /// The field to change, by its name at the identity provider.
    pub(crate) field: Option<String>,
    /// Where it is, and what to do; names the field.
    #[serde(default)]
    pub(crate) remedy: Option<String>,
}

/// A field of a person, and the claim that fills it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) field: String,
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
    /// Something that deserves attention.
    pub(crate) warning: Option<String>,
}

/// The result of a test sign-in, without the assertion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Report {
    /// In milliseconds.
    pub(crate) at: i64,
    pub(crate) connection: i64,
    /// What the identity provider is called.
    #[serde(default)]
    pub(crate) provider: String,
    #[serde(default)]
    pub(crate) entity_id: String,
    pub(crate) checks: Vec<Check>,
    pub(crate) fault: Option<Fault>,
    pub(crate) claims: Vec<Claim>,
    /// Claims that came but fill no field.
    pub(crate) unused: Vec<String>,
    /// The person's identifier, if everything passed.
    pub(crate) subject: Option<String>,
}

impl Report {
    pub(crate) const fn is_passed(&self) -> bool {
        self.fault.is_none()
    }

    pub(crate) fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.at)
    }

    /// For a refused sign-in.
    pub(crate) fn refused(refusal: &Refusal, connection: &Connection, now: Timestamp) -> Self {
        let (reason, provider) = (refusal.reason(), called(&connection.provider));
        let (failed, passed) = (Topic::of(reason), passed_before(reason));
        let said = match (reason, refusal.found()) {
            (Reason::TooEarly | Reason::TooLate, Some(found)) => clocks(reason, found, now),
            _ => reason.to_string(),
        };
        let outcome = |topic: Topic| match () {
            () if topic == failed => Outcome::Failed,
            () if passed.contains(&topic) => Outcome::Passed,
            () => Outcome::NotLookedAt,
        };
        Self {
            checks: Topic::ALL
                .map(|topic| Check { topic, outcome: outcome(topic), said: String::new() })
                .into(),
            fault: Some(Fault {
                topic: failed,
                said: sentence(&said),
                came: refusal.found().map(str::to_owned),
                expected: refusal.expected().map(str::to_owned),
                field: portal::field(reason, &provider).map(str::to_owned),
                remedy: portal::remedy(reason, &provider),
            }),
            at: now.as_millis(),
            connection: connection.id.0,
            provider,
            entity_id: cut(&connection.provider.entity_id),
            claims: Vec::new(),
            unused: Vec::new(),
            subject: None,
        }
    }

    /// For a verified sign-in, whose identifier may still be too long.
    pub(crate) fn verified(
        verified: &Verified,
        subject: Option<String>,
        connection: &Connection,
        now: Timestamp,
    ) -> Self {
        let (map, provider) = (&connection.map, called(&connection.provider));
        let said = |topic: Topic| match topic {
            Topic::Signature => signed(verified, &provider),
            Topic::Time => {
                let ms = now.as_millis().saturating_sub(verified.authn_instant.timestamp_millis()).max(0);
                match ms {
                    0..2_000 => "The person signed in there just before.".to_owned(),
                    _ => format!("The person signed in there {} before.", span(ms)),
                }
            }
            _ => String::new(),
        };
        let mut report = Self {
            checks: Topic::ALL
                .map(|topic| Check { topic, outcome: Outcome::Passed, said: said(topic) })
                .into(),
            fault: None,
            at: now.as_millis(),
            connection: connection.id.0,
            entity_id: cut(&connection.provider.entity_id),
            claims: claims(verified, map),
            unused: unused(verified, map),
            subject,
            provider,
        };
        if report.subject.is_none() {
            report.fail(
                Topic::Person,
                "The value that says who signed in has more than 1,024 bytes.".to_owned(),
            );
        }
        report
    }

    /// The name that the identity provider gives the person, else the address; empty if it gives neither.
    pub(crate) fn called(&self) -> String {
        let of = |field: &str| {
            let claim = self.claims.iter().find(|claim| claim.field == field);
            claim.and_then(|claim| claim.values.first()).map_or("", |value| value.trim())
        };
        let name = format!("{} {}", of("First Name"), of("Last Name"));
        let name = if name.trim().is_empty() { of("User Email") } else { name.trim() };
        name.to_owned()
    }

    /// The person's address, according to the identity provider.
    pub(crate) fn email(&self) -> Option<String> {
        let claim = self.claims.iter().find(|claim| claim.field == "User Email")?;
        match &claim.values[..] {
            [one] => Some(one.trim().to_owned()),
            _ => None,
        }
    }

    /// Turns the report into a failure: the response had been answered before.
    pub(crate) fn repeated(mut self) -> Self {
        self.subject = None;
        self.fail(Topic::Answer, "This response was used before, and each is good only once.".to_owned());
        self
    }

    /// The answer came to an address with a former short name of the organisation.
    pub(crate) fn at_former_name(mut self, former: &Slug) -> Self {
        if let Some(fault) = self.fault.as_mut().filter(|fault| fault.topic == Topic::Answer) {
            fault.said += &format!(" It has the former short name of this organisation in it, {former}.");
        }
        self
    }

    fn fail(&mut self, topic: Topic, said: String) {
        for check in self.checks.iter_mut().filter(|check| check.topic == topic) {
            check.outcome = Outcome::Failed;
        }
        self.fault = Some(Fault { topic, said, came: None, expected: None, field: None, remedy: None });
    }
}

/// How far apart the two clocks are, and which one to check.
fn clocks(reason: Reason, found: &str, now: Timestamp) -> String {
    let Ok(theirs) = DateTime::parse_from_rfc3339(found) else { return reason.to_string() };
    let apart = theirs.timestamp_millis().saturating_sub(now.as_millis());
    let here = now.to_string();
    match reason {
        Reason::TooEarly => format!(
            "it becomes valid {} from now by this server's clock, which says {here}: one of the two clocks is wrong, and a large \
             provider's rarely is; have the operator set this server's clock by NTP",
            span(apart)
        ),
        _ => format!(
            "it expired {} ago by this server's clock, which says {here}: the response took that long, or one of the two clocks is \
             wrong; have the operator set this server's clock by NTP",
            span(apart.saturating_neg())
        ),
    }
}

fn span(ms: i64) -> String {
    let seconds = ms.max(0).saturating_add(500) / 1_000;
    match (seconds / 3_600, seconds / 60, seconds) {
        (0, 0, 1) => "1 second".to_owned(),
        (0, 0, seconds) => format!("{seconds} seconds"),
        (0, minutes, seconds) => format!("{minutes} min {} s", seconds % 60),
        (hours, minutes, _) => format!("{hours} h {} min", minutes % 60),
    }
}

fn signed(verified: &Verified, provider: &str) -> String {
    let certificate = &verified.certificate.certificate;
    let name = short(&certificate.fingerprint());
    let until = certificate.not_after().format("%Y-%m-%d");
    match verified.certificate.is_current {
        true => format!("The certificate is {name}, valid until {until}."),
        false => {
            format!("The certificate is {name}, which ended on {until}: make a new one in {provider}.")
        }
    }
}

/// The beginning and end of a fingerprint, as Entra writes it.
pub(crate) fn short(fingerprint: &[u8; 32]) -> String {
    let hex = HEXUPPER.encode(fingerprint);
    let pairs: Vec<&str> =
        hex.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok()).collect();
    match pairs[..] {
        [a, b, c, .., z] => format!("{a}:{b}:{c}:…:{z}"),
        _ => hex,
    }
}

fn claims(verified: &Verified, map: &Map) -> Vec<Claim> {
    map.fields()
        .into_iter()
        .map(|(field, name)| {
            let is_id = field == ID_FIELD;
            if name.is_empty() && !is_id {
                return Claim {
                    field: field.to_owned(),
                    name: String::new(),
                    values: Vec::new(),
                    warning: None,
                };
            }
            if name.is_empty() {
                let values = vec![cut(&verified.name_id.value)];
                return Claim { field: field.to_owned(), name: "NameID".to_owned(), values, warning: None };
            }
            let found = verified.attributes.iter().find(|attribute| attribute.name == name);
            let values = found.map(|attribute| attribute.values.as_slice()).unwrap_or_default();
            Claim {
                field: field.to_owned(),
                name: name.to_owned(),
                warning: warning(values),
                values: values.iter().take(LISTED).map(|value| cut(value)).collect(),
            }
        })
        .collect()
}

/// What is odd about the values of a single-valued field.
fn warning(values: &[String]) -> Option<String> {
    match values {
        [] => Some("This claim was not sent, so the field stays empty.".to_owned()),
        [one] if one.trim().is_empty() => Some("It was sent empty, so the field stays empty.".to_owned()),
        [one] if one.chars().count() > SHOWN => Some(format!("It has {} characters.", one.chars().count())),
        [_] => None,
        several => Some(format!("It has {} values; the first one counts.", several.len())),
    }
}

fn unused(verified: &Verified, map: &Map) -> Vec<String> {
    let used = map.fields();
    let names = verified.attributes.iter().map(|attribute| &attribute.name);
    let others = names.filter(|name| used.iter().all(|(_, used)| used != name));
    others.take(LISTED).map(|name| cut(name)).collect()
}

fn cut(text: &str) -> String {
    let shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.chars().nth(SHOWN) {
        Some(_) => shown + "…",
        None => shown,
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    first + chars.as_str() + "."
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What passed before a reason never includes the check that failed, and is in the order of the report.
    #[test]
    fn nothing_passes_that_fails() {
        for reason in Reason::ALL {
            let passed = passed_before(reason);
            assert!(!passed.contains(&Topic::of(reason)), "{reason:?}");
            let places: Vec<_> =
                passed.iter().map(|topic| Topic::ALL.iter().position(|t| t == topic)).collect();
            assert!(places.is_sorted(), "{reason:?}");
        }
    }

    /// Seen to fail: with the message's time taken for the difference.
    #[test]
    fn clocks_are_compared() {
        let now = Timestamp::from_millis(1_772_366_400_000);
        assert!(
            clocks(Reason::TooEarly, "2026-03-01T12:10:00Z", now)
                .starts_with("it becomes valid 10 min 0 s from now")
        );
        assert!(clocks(Reason::TooLate, "2026-03-01T09:59:30Z", now).starts_with("it expired 2 h 0 min ago"));
    }

    #[test]
    fn odd_values_are_said() {
        let values = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
        for (came, expected) in [
            (values(&[]), Some("was not sent")),
            (values(&["  "]), Some("sent empty")),
            (values(&["a", "b"]), Some("2 values")),
            (values(&[&"x".repeat(10_000)]), Some("10000 characters")),
            (values(&["a"]), None),
        ] {
            let said = warning(&came);
            assert_eq!(said.is_some(), expected.is_some());
            assert!(expected.is_none_or(|part| said.is_some_and(|said| said.contains(part))));
        }
        assert_eq!(cut(&"ü".repeat(300)).chars().count(), SHOWN + 1);
    }
}
