//! Every message of the corpus gets the verdict that is written beside it. For each check of ours there is a message
//! that only this check refuses, and a row below that says what happens to that message without the check.

use crate::{Metadata, Reason, Refusal, Verified, checks::Checks};
use common::{Case, Kind, cases, now, pending, verifier};

#[path = "../tests/it/corpus.rs"]
mod common;

/// What happens to a message if the check that refuses it is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Without {
    /// Accepted: this check is the only defence.
    Accepted,
    /// Refused by the library that verifies signatures.
    Library,
    /// Refused by the library that reads XML.
    Reader,
    /// The check cannot be left out: without it the code cannot go on, or it is the library's own.
    Nothing,
}

use Without::{Accepted, Library, Nothing, Reader};

/// For each reason, what stands behind our own check.
const SECOND_LINE: [(Reason, Without); Reason::ALL.len()] = [
    (Reason::TooLarge, Accepted),
    (Reason::MissingParameter, Nothing),
    (Reason::DoubledParameter, Accepted),
    (Reason::NotBase64, Nothing),
    (Reason::NotDeflate, Nothing),
    (Reason::Encoding, Accepted),
    (Reason::TooComplex, Accepted),
    (Reason::Doctype, Reader),
    (Reason::Markup, Accepted),
    (Reason::NotXml, Nothing),
    (Reason::OneResponse, Accepted),
    (Reason::Version, Library),
    (Reason::Status, Library),
    (Reason::Encrypted, Accepted),
    (Reason::OneAssertion, Accepted),
    (Reason::Id, Accepted),
    (Reason::Unsigned, Library),
    (Reason::SignaturePlace, Library),
    (Reason::SignatureShape, Accepted),
    (Reason::OneReference, Library),
    (Reason::ReferenceTarget, Library),
    (Reason::Transforms, Library),
    (Reason::Canonicalization, Library),
    (Reason::SignatureAlgorithm, Library),
    (Reason::DigestAlgorithm, Library),
    (Reason::NoCertificate, Nothing),
    (Reason::ExpiredCertificate, Accepted),
    (Reason::Issuer, Library),
    (Reason::Destination, Library),
    (Reason::Unsolicited, Library),
    (Reason::InResponseTo, Library),
    (Reason::Confirmation, Library),
    (Reason::Recipient, Library),
    (Reason::Audience, Library),
    (Reason::Time, Nothing),
    (Reason::TooEarly, Library),
    (Reason::TooLate, Library),
    (Reason::AuthnStatement, Accepted),
    (Reason::NotFresh, Accepted),
    (Reason::NameId, Accepted),
    (Reason::Tenant, Accepted),
    (Reason::Subject, Accepted),
    (Reason::Signature, Nothing),
    (Reason::UnverifiedSignature, Accepted),
    (Reason::Library, Nothing),
    (Reason::Disagreement, Accepted),
    (Reason::LogoutDestination, Library),
    (Reason::NotLogoutRequest, Accepted),
    (Reason::NotMetadata, Nothing),
    (Reason::EntityId, Nothing),
    (Reason::Location, Nothing),
    (Reason::Outdated, Nothing),
    (Reason::BadCertificate, Nothing),
];

/// What a message proves, or why it is refused.
fn verdict(case: &Case, checks: Checks) -> Result<Option<Verified>, Refusal> {
    let verifier = verifier(&case.setup);
    match case.kind {
        Kind::Response => verifier.verify_with(checks, &pending(&case.setup), &case.body, now()).map(Some),
        Kind::Logout => {
            verifier.logout_with(checks, core::str::from_utf8(&case.body).unwrap(), now()).map(|_| None)
        }
        Kind::Metadata => Metadata::parse(&case.body, now()).map(|_| None),
    }
}

fn name(verdict: &Result<Option<Verified>, Refusal>) -> &'static str {
    verdict.as_ref().err().map_or("accept", |refusal| refusal.reason().name())
}

#[test]
fn every_message_gets_its_verdict() {
    let mut wrong = Vec::new();
    let cases = cases();
    for case in &cases {
        let verdict = verdict(case, Checks::ALL);
        if name(&verdict) != case.verdict {
            wrong.push(format!("{}: expected {}, got {verdict:?}", case.file, case.verdict));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    let of = |kind, accepted: bool| {
        cases.iter().filter(|case| case.kind == kind && (case.verdict == "accept") == accepted).count()
    };
    assert!(
        of(Kind::Response, false) >= 120 && of(Kind::Response, true) >= 10 && of(Kind::Logout, false) >= 20
    );
}

#[test]
fn each_accepted_message_says_alice_and_the_same_twice() {
    for case in cases().iter().filter(|case| case.kind == Kind::Response && case.verdict == "accept") {
        let first = verdict(case, Checks::ALL).unwrap().unwrap();
        let expected = match case.setup.as_str() {
            "okta" => ("alice@acme.example", None),
            "keycloak" => ("G-3f1c0c8a", None),
            "keycloak-attribute" => ("alice", None),
            _ => ("7f2f0b0e-5a35-4b7c-9d0c-0b6b8b7f5c11", Some("0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88")),
        };
        assert!(first.subject.is_external_id(expected.0), "{}: {:?}", case.file, first.subject);
        assert_eq!(first.tenant.map(|tenant| tenant.to_string()).as_deref(), expected.1, "{}", case.file);
        assert_eq!((first.replay.response_id.as_str(), first.replay.assertion_id.as_str()), ("_r1", "_a1"));
        assert!(first.replay.ends > now(), "{}", case.file);
        assert_eq!(verdict(case, Checks::ALL).unwrap().unwrap(), first, "{}", case.file);
    }
}

#[test]
fn each_check_is_what_refuses_some_message() {
    let cases = cases();
    let mut wrong = Vec::new();
    for (reason, expected) in SECOND_LINE {
        let named: Vec<_> = cases.iter().filter(|case| case.verdict == reason.name()).collect();
        if named.is_empty() {
            wrong.push(format!("{}: no message is refused because of it", reason.name()));
        }
        let without = named.iter().map(|case| (&case.file, without(case, reason))).collect::<Vec<_>>();
        if expected != Nothing && !without.iter().any(|(_, what)| *what == expected) {
            wrong.push(format!("{}: expected {expected:?}, got {without:?}", reason.name()));
        }
        if expected == Nothing && without.iter().any(|(_, what)| *what == Accepted) {
            wrong.push(format!("{}: can be left out: {without:?}", reason.name()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn without(case: &Case, reason: Reason) -> Without {
    match verdict(case, Checks::all_but(reason)) {
        Ok(_) => Accepted,
        Err(refusal) => match refusal.reason() {
            Reason::Signature | Reason::Library => Library,
            Reason::NotXml => Reader,
            _ => Nothing,
        },
    }
}

#[test]
fn the_list_of_second_lines_is_that_of_all_reasons() {
    assert_eq!(SECOND_LINE.map(|(reason, _)| reason), Reason::ALL);
}
