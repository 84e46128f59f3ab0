//! What the target of SAML messages needs: one connection, and bytes wrapped as they are received.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use provost_saml::{Certificate, Connection, HttpsUrl, Pending, Refusal, ServiceProvider, Verifier};

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let url = |text: &str| HttpsUrl::try_new(text).expect("an address");
    let certificate = include_str!("../../crates/provost-saml/corpus/entra-1.pem");
    let certificates = vec![Certificate::from_base64(certificate).expect("a certificate")];
    let entra = "https://sts.windows.net/0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88/";
    let sso = url("https://login.microsoftonline.com/0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88/saml2");
    Verifier::new(
        ServiceProvider {
            entity_id: url("https://app.example/saml/metadata/acme/"),
            acs_url: url("https://app.example/saml/acs/acme/"),
            logout_url: url("https://app.example/saml/sls/acme/"),
        },
        Connection::try_new(entra, sso, certificates).expect("a connection"),
    )
});

/// The application of the corpus.
pub fn verifier() -> &'static Verifier {
    &VERIFIER
}

/// The clock of the corpus, but a year later: what an identity provider really signed there is over.
pub fn now() -> DateTime<Utc> {
    "2027-03-01T12:00:00Z".parse().expect("a time")
}

/// The request that the corpus answers.
pub fn pending() -> Pending {
    Pending { id: "id00112233445566778899aabbccddeeff00112233".to_owned(), issued: now(), force_authn: false }
}

/// A response as it is posted.
pub fn form(xml: &[u8]) -> Vec<u8> {
    let encoded = data_encoding::BASE64.encode(xml).replace('+', "%2B");
    format!("SAMLResponse={encoded}").into_bytes()
}

/// A request to log out as a query.
pub fn query(xml: &[u8]) -> String {
    let deflated = miniz_oxide::deflate::compress_to_vec(xml, 1);
    format!("SAMLRequest={}", data_encoding::BASE64.encode(&deflated).replace('+', "%2B"))
}

/// A refusal is short and has no control characters.
pub fn sound(refusal: &Refusal) {
    let said = refusal.to_string();
    assert!(!said.contains(char::is_control) && said.chars().count() < 1000, "{said}");
}
