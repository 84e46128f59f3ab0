//! The public API for accepted messages: our requests, sign-ins, logouts, metadata.

use crate::corpus::{Case, cases, certificate, now, pending, verifier};
use miniz_oxide::inflate::decompress_to_vec;
use percent_encoding::percent_decode_str;
use provost_saml::{LogoutRequest, MessageId, Metadata, SignInOptions, Verified};

fn case(file: &str) -> Case {
    cases().into_iter().find(|case| case.file == file).unwrap()
}

fn sign_in(file: &str) -> Verified {
    let case = case(file);
    verifier(&case.setup).verify(&pending(&case.setup), &case.body, now()).unwrap()
}

fn logout(file: &str) -> LogoutRequest {
    let case = case(file);
    verifier(&case.setup).logout(core::str::from_utf8(&case.body).unwrap(), now()).unwrap()
}

fn metadata(file: &str) -> Metadata {
    Metadata::parse(&case(file).body, now()).unwrap()
}

/// The message in the URL, as the identity provider reads it.
fn message(url: &str, name: &str) -> String {
    let value = parameter(url, name).unwrap();
    let deflated = data_encoding::BASE64.decode(value.as_bytes()).unwrap();
    String::from_utf8(decompress_to_vec(&deflated).unwrap()).unwrap()
}

fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?').unwrap();
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(percent_decode_str(value).decode_utf8().unwrap().into_owned())
}

#[test]
fn a_request_asks_for_no_more_than_entra_answers() {
    let options = SignInOptions {
        force_authn: false,
        relay_state: Some("a b&c".to_owned()),
        login_hint: Some("alice@acme.example".to_owned()),
    };
    let (request, pending) = verifier("entra").request(&MessageId::from_random([0xab; 20]), now(), &options);
    let id = format!("id{}", "ab".repeat(20));
    assert_eq!(
        message(&request.url, "SAMLRequest"),
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" Version=\"2.0\" \
             IssueInstant=\"2026-03-01T12:00:00Z\" \
             Destination=\"https://login.microsoftonline.com/0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88/saml2\" \
             AssertionConsumerServiceURL=\"https://app.example/saml/acs/acme/\" \
             ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\">\
             <saml:Issuer>https://app.example/saml/metadata/acme/</saml:Issuer>\
             <samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\"/></samlp:AuthnRequest>"
        )
    );
    assert!(request.url.starts_with(
        "https://login.microsoftonline.com/0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88/saml2?SAMLRequest="
    ));
    assert_eq!(parameter(&request.url, "RelayState").as_deref(), Some("a b&c"));
    assert_eq!(parameter(&request.url, "login_hint").as_deref(), Some("alice@acme.example"));
    assert!(parameter(&request.url, "Signature").is_none());
    assert_eq!((pending.id, pending.issued, pending.force_authn), (id, now(), false));
}

#[test]
fn a_request_asks_for_a_new_proof_where_it_should() {
    let options = SignInOptions { force_authn: true, ..SignInOptions::default() };
    let (request, pending) = verifier("entra").request(&MessageId::from_random([1; 20]), now(), &options);
    assert!(message(&request.url, "SAMLRequest").contains(" ForceAuthn=\"true\""));
    assert!(pending.force_authn);
}

#[test]
fn a_sign_in_shows_the_person_and_the_session() {
    let person = sign_in("ok-session-end.xml");
    assert_eq!(person.name_id.value, "alice@acme.example");
    assert_eq!(
        person.name_id.format.as_deref(),
        Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")
    );
    assert_eq!(person.session_index.as_deref(), Some("_s1"));
    assert_eq!(person.session_ends, Some("2026-03-01T20:00:00Z".parse().unwrap()));
    assert_eq!(
        person.authn_instant,
        "2026-03-01T11:59:40Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    );
    // the end of its conditions, plus five minutes of clock skew
    assert_eq!(person.replay.ends, "2026-03-01T13:14:58Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    let groups = sign_in("ok-groups.xml");
    let groups = groups.attributes.iter().find(|attribute| attribute.name == "groups").unwrap();
    assert_eq!(groups.values, ["a", "b & c", "ä"]);
    let roles = sign_in("ok-keycloak.xml");
    let roles = roles.attributes.iter().find(|attribute| attribute.name == "Role").unwrap();
    assert_eq!(roles.values, ["offline_access", "view-profile"]);
    assert_eq!(sign_in("ok-no-session-index.xml").session_index, None);
}

#[test]
fn a_sign_in_says_whose_certificate_it_was() {
    let signed = |file| sign_in(file).certificate;
    assert_eq!(signed("ok-assertion-signed.xml").certificate, certificate("entra-1"));
    assert_eq!(signed("ok-second-certificate.xml").certificate, certificate("entra-2"));
    assert!(signed("ok-second-certificate.xml").is_current);
    let expired = signed("ok-expired-certificate.xml");
    assert_eq!((expired.certificate, expired.is_current), (certificate("expired"), false));
}

#[test]
fn a_logout_says_whether_it_is_signed() {
    let request = logout("logout-ok.query");
    assert_eq!(
        (request.id.as_str(), request.subject.value.as_str(), request.signed),
        ("_l1", "alice@acme.example", true)
    );
    assert_eq!(request.session_indexes, ["_s1"]);
    assert_eq!(request.relay_state.as_deref(), Some("state"));
    assert!(!logout("logout-ok-unsigned.query").signed);
    assert_eq!(logout("logout-ok-two-sessions.query").session_indexes, ["_s1", "_s2"]);
    assert!(logout("logout-ok-no-session.query").session_indexes.is_empty());
}

#[test]
fn a_logout_is_answered_where_the_connection_says() {
    let request = LogoutRequest { id: "_\"<&".to_owned(), ..logout("logout-ok.query") };
    let url = verifier("entra").logout_response(&request, &MessageId::from_random([2; 20]), now()).unwrap();
    let xml = message(&url, "SAMLResponse");
    assert!(xml.contains("InResponseTo=\"_&quot;&lt;&amp;\""), "{xml}");
    assert!(
        xml.contains("<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>"),
        "{xml}"
    );
    assert_eq!(parameter(&url, "RelayState").as_deref(), Some("state"));
}

#[test]
fn metadata_has_every_certificate_that_may_sign_and_no_other() {
    let entra = metadata("metadata-ok-entra.md.xml");
    assert_eq!(entra.certificates, [certificate("entra-1"), certificate("entra-2")]);
    assert_eq!(entra.tenant.unwrap().to_string(), "0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88");
    assert_eq!(
        entra.sso_url.as_str(),
        "https://login.microsoftonline.com/0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88/saml2"
    );
    assert_eq!(entra.logout_url, Some(entra.sso_url.clone()));
    assert_eq!(metadata("metadata-ok-any-use.md.xml").certificates, [certificate("entra-1")]);
    assert_eq!(metadata("metadata-ok-same-certificate-twice.md.xml").certificates, [certificate("entra-1")]);
    assert_eq!(metadata("metadata-ok-lines-and-comments.md.xml").tenant, None);
    let expired = metadata("metadata-ok-expired-certificate.md.xml");
    assert!(expired.certificates.iter().all(|certificate| !certificate.is_current(now())));
    let until = metadata("metadata-ok-valid-until.md.xml").valid_until;
    assert_eq!(until, Some("2026-03-01T12:00:01Z".parse().unwrap()));
}

#[test]
fn a_certificate_has_the_fingerprint_and_dates_that_openssl_shows() {
    let certificate = certificate("expired");
    assert_eq!(certificate.not_before().to_string(), "2022-01-01 00:00:00 UTC");
    assert_eq!(certificate.not_after().to_string(), "2025-01-01 00:00:00 UTC");
    let pem = data_encoding::BASE64.encode(certificate.der());
    assert_eq!(provost_saml::Certificate::from_base64(&pem).unwrap(), certificate);
}
