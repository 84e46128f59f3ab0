//! The corpus: crafted messages as files, and the time at which they are read. `scripts/lib/saml_corpus.py` writes it.

use std::{fs, path::PathBuf};

use chrono::{DateTime, Utc};
use provost_saml::{
    Certificate, Connection, ExpiredCertificate, HttpsUrl, Pending, ServiceProvider, SubjectSource, Verifier,
};

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) file: String,
    pub(crate) kind: Kind,
    pub(crate) setup: String,
    /// `accept`, or the name of the reason to refuse.
    pub(crate) verdict: String,
    /// The form, query or document, as received.
    pub(crate) body: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Response,
    Logout,
    Metadata,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus"))
}

/// All cases, in order of name.
pub(crate) fn cases() -> Vec<Case> {
    let table = fs::read_to_string(folder().join("cases.tsv")).unwrap();
    table.lines().map(case).collect()
}

fn case(line: &str) -> Case {
    let [file, setup, verdict] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
    let mut body = fs::read(folder().join(file)).unwrap();
    if setup == "padded" {
        body.resize(body.len() + 1024 * 1024, b' ');
    }
    let (kind, body) = match file.split_once('.').unwrap().1 {
        "md.xml" => (Kind::Metadata, body),
        "query" => (Kind::Logout, body),
        "form" => (Kind::Response, body),
        "xml" => (Kind::Response, form(&body).into_bytes()),
        other => panic!("{other}"),
    };
    Case { file: file.to_owned(), kind, setup: setup.to_owned(), verdict: verdict.to_owned(), body }
}

/// A response as a browser posts it.
pub(crate) fn form(xml: &[u8]) -> String {
    let encoded = data_encoding::BASE64.encode(xml);
    format!("SAMLResponse={}", encoded.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"))
}

/// The clock of the corpus.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn pending(setup: &str) -> Pending {
    Pending {
        id: "id00112233445566778899aabbccddeeff00112233".to_owned(),
        issued: "2026-03-01T11:59:00Z".parse().unwrap(),
        force_authn: setup == "forced",
    }
}

/// The application, connected as the case says.
pub(crate) fn verifier(setup: &str) -> Verifier {
    let url = |text: &str| HttpsUrl::try_new(text).unwrap();
    let provider = ServiceProvider {
        entity_id: url("https://app.example/saml/metadata/acme/"),
        acs_url: url("https://app.example/saml/acs/acme/"),
        logout_url: url("https://app.example/saml/sls/acme/"),
    };
    let entra = "https://sts.windows.net/0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88/";
    let (entity_id, certificates): (&str, &[&str]) = match setup {
        "okta" => ("http://www.okta.com/exk1fxw9dqLkTzaC90h8", &["okta"]),
        "keycloak" | "keycloak-attribute" => ("https://keycloak.example/realms/lantern", &["keycloak"]),
        "no-certificate" => (entra, &[]),
        "one-certificate" => (entra, &["entra-1"]),
        "expired-accepted" | "expired-refused" => (entra, &["entra-1", "expired"]),
        "future-refused" => (entra, &["future"]),
        _ => (entra, &["entra-1", "entra-2"]),
    };
    let certificates = certificates.iter().map(|name| certificate(name)).collect();
    let sso = url("https://login.microsoftonline.com/0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88/saml2");
    let connection = Connection::try_new(entity_id, sso.clone(), certificates)
        .unwrap()
        .with_logout_url(Some(sso))
        .with_expired_certificate(match setup.ends_with("-refused") {
            true => ExpiredCertificate::Refuse,
            false => ExpiredCertificate::Accept,
        });
    let connection = match setup {
        "keycloak-attribute" => connection.with_subject(SubjectSource::Attribute("uid".to_owned())),
        _ => connection,
    };
    Verifier::new(provider, connection)
}

/// A certificate of the corpus.
pub(crate) fn certificate(name: &str) -> Certificate {
    Certificate::from_base64(&fs::read_to_string(folder().join(format!("{name}.pem"))).unwrap()).unwrap()
}
