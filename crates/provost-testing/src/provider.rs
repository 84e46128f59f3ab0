//! An identity provider like Entra that signs people in by SAML, and makes the mistakes that a test wants.

use data_encoding::{BASE64, HEXLOWER};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use tokio_rustls::rustls::SignatureScheme;
use tokio_rustls::rustls::crypto::ring::sign::any_supported_type;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::sign::SigningKey;

/// Its tenant.
pub const TENANT: &str = "0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88";
/// Its entity ID.
pub const ENTITY_ID: &str = "https://sts.windows.net/0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88/";
/// The namespace of some claims.
pub const MICROSOFT: &str = "http://schemas.microsoft.com/identity/claims/";
/// The namespace of the others.
pub const CLAIMS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

// keys for tests only: they open nothing
/// The certificate of the key that signs answers.
pub const CERTIFICATE: &str = include_str!("../data/provider.pem");
/// Its key.
pub const KEY: &str = include_str!("../data/provider-key.pem");
// the same key, in a certificate that was valid from 2020 to 2021
const ENDED_CERTIFICATE: &str = include_str!("../data/provider-ended.pem");
const STRANGER_CERTIFICATE: &str = include_str!("../data/stranger.pem");
const STRANGER: &str = include_str!("../data/stranger-key.pem");

/// The application's request, read from the address to which it sends the browser.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The ID of the request.
    pub id: String,
    /// Where the answer is sent.
    pub acs: String,
    /// The application's identifier.
    pub issuer: String,
    /// The `RelayState` to return.
    pub relay_state: String,
    /// Whether it asks for a new sign-in (ForceAuthn).
    pub is_new_wanted: bool,
}

impl Asked {
    /// Reads an address.
    pub fn of(url: &str) -> Self {
        let query = url.split_once('?').expect("a query").1;
        let parameter = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next().expect(name);
            percent_decode_str(value).decode_utf8().expect("UTF-8").into_owned()
        };
        let packed = BASE64.decode(parameter("SAMLRequest").as_bytes()).expect("Base64");
        let xml = String::from_utf8(miniz_oxide::inflate::decompress_to_vec(&packed).expect("DEFLATE"));
        let xml = xml.expect("UTF-8");
        let between = |from: &str, to: &str| {
            let rest = xml.split_once(from).expect(from).1;
            rest.split_once(to).expect(to).0.to_owned()
        };
        Self {
            id: between(" ID=\"", "\""),
            acs: between("AssertionConsumerServiceURL=\"", "\""),
            issuer: between("<saml:Issuer>", "<"),
            relay_state: parameter("RelayState"),
            is_new_wanted: xml.contains(" ForceAuthn=\"true\""),
        }
    }
}

/// A correct answer, until a test changes it.
#[derive(Clone)]
pub struct Response {
    /// The ID of the request that it answers.
    pub in_response_to: String,
    /// Where it is sent.
    pub acs: String,
    /// The application that it is for.
    pub audience: String,
    /// The entity ID of the identity provider.
    pub issuer: String,
    /// The `RelayState` that it returns.
    pub relay_state: String,
    /// When the person signed in, in seconds from now.
    pub signed_in: i64,
    /// Claims by name, with their values.
    pub claims: Vec<(String, Vec<String>)>,
    /// Start of validity and time of issue, in seconds from now.
    pub from: i64,
    /// End of validity, likewise.
    pub until: i64,
    /// The assertion's ID, from which the response's is made.
    pub id: String,
    /// Whether somebody else's key signs it.
    pub is_forged: bool,
    /// Whether it comes with the expired certificate.
    pub has_ended: bool,
    /// Now, in milliseconds since 1970: as exact as Entra, so that two sign-ins within a second are not the same one.
    pub now_ms: i64,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("in_response_to", &self.in_response_to).finish_non_exhaustive()
    }
}

/// The metadata with its certificate. Logout requests are answered at an address below `sso_url`.
pub fn metadata(sso_url: &str) -> String {
    metadata_with(&[CERTIFICATE], sso_url)
}

/// The same with the certificate of whoever signs forged answers.
pub fn metadata_of_a_stranger(sso_url: &str) -> String {
    metadata_with(&[STRANGER_CERTIFICATE], sso_url)
}

/// With both certificates, as during a key rollover.
pub fn metadata_of_both(sso_url: &str) -> String {
    metadata_with(&[CERTIFICATE, STRANGER_CERTIFICATE], sso_url)
}

/// With an expired certificate for its key.
pub fn metadata_that_ended(sso_url: &str) -> String {
    metadata_with(&[ENDED_CERTIFICATE], sso_url)
}

fn metadata_with(certificates: &[&str], sso_url: &str) -> String {
    let key = |certificate: &&str| {
        format!(
            "<KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"{DSIG}\"><X509Data><X509Certificate>{}</X509Certificate></X509Data>\
             </KeyInfo></KeyDescriptor>",
            base64_of(certificate)
        )
    };
    let keys: String = certificates.iter().map(key).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><EntityDescriptor ID=\"_m\" entityID=\"{ENTITY_ID}\" \
         xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\"><IDPSSODescriptor \
         protocolSupportEnumeration=\"{PROTOCOL}\">{keys}<SingleLogoutService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{sso_url}/logout\"/><SingleSignOnService \
         Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{sso_url}\"/></IDPSSODescriptor>\
         </EntityDescriptor>"
    )
}

impl Response {
    /// The correct answer about a person, given by object id, address and name.
    pub fn to(asked: &Asked, object: &str, email: &str, name: [&str; 2]) -> Self {
        let claim = |space: &str, name: &str, value: &str| (format!("{space}{name}"), vec![value.to_owned()]);
        let since = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
        Self {
            id: format!("_{}", asked.id.trim_start_matches("id")),
            in_response_to: asked.id.clone(),
            acs: asked.acs.clone(),
            audience: asked.issuer.clone(),
            issuer: ENTITY_ID.to_owned(),
            relay_state: asked.relay_state.clone(),
            claims: vec![
                claim(MICROSOFT, "tenantid", TENANT),
                claim(MICROSOFT, "objectidentifier", object),
                claim(CLAIMS, "name", email),
                claim(CLAIMS, "emailaddress", email),
                claim(CLAIMS, "givenname", name[0]),
                claim(CLAIMS, "surname", name[1]),
            ],
            signed_in: 0,
            from: 0,
            until: 3_600,
            is_forged: false,
            has_ended: false,
            now_ms: i64::try_from(since.as_millis()).expect("before the end"),
        }
    }

    /// The fields of the form that a browser posts.
    pub fn form(&self) -> [(&'static str, String); 2] {
        [("SAMLResponse", BASE64.encode(self.xml().as_bytes())), ("RelayState", self.relay_state.clone())]
    }

    fn time(&self, offset: i64) -> String {
        provost_core::time::Timestamp::from_millis(self.now_ms + offset * 1_000).to_string()
    }

    /// The message. The assertion is already in exclusive canonical form, so that its digest can be taken of the text itself.
    fn xml(&self) -> String {
        let Self { id, in_response_to, acs, audience, issuer, .. } = self;
        let (from, until, now) = (self.time(self.from), self.time(self.until), self.time(self.from));
        let signed_in = self.time(self.signed_in);
        let mut statement = String::new();
        for (name, values) in &self.claims {
            write!(statement, "<Attribute Name=\"{name}\">").expect("written");
            for value in values {
                write!(statement, "<AttributeValue>{}</AttributeValue>", escape(value)).expect("written");
            }
            statement += "</Attribute>";
        }
        let begin = format!(
            "<Assertion xmlns=\"{ASSERTION}\" ID=\"{id}\" IssueInstant=\"{now}\" Version=\"2.0\"><Issuer>{issuer}</Issuer>"
        );
        let end = format!(
            "<Subject><NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">somebody</NameID>\
             <SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><SubjectConfirmationData \
             InResponseTo=\"{in_response_to}\" NotOnOrAfter=\"{until}\" Recipient=\"{acs}\"></SubjectConfirmationData>\
             </SubjectConfirmation></Subject><Conditions NotBefore=\"{from}\" NotOnOrAfter=\"{until}\">\
             <AudienceRestriction><Audience>{audience}</Audience></AudienceRestriction></Conditions><AttributeStatement>\
             {statement}</AttributeStatement><AuthnStatement AuthnInstant=\"{signed_in}\" SessionIndex=\"_s\"><AuthnContext>\
             <AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></AuthnContext>\
             </AuthnStatement></Assertion>"
        );
        let signature = self.signature(id, &format!("{begin}{end}"));
        format!(
            "<samlp:Response xmlns:samlp=\"{PROTOCOL}\" Destination=\"{acs}\" ID=\"_r{id}\" InResponseTo=\"{in_response_to}\" \
             IssueInstant=\"{now}\" Version=\"2.0\"><Issuer xmlns=\"{ASSERTION}\">{issuer}</Issuer><samlp:Status>\
             <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode></samlp:Status>\
             {begin}{signature}{end}</samlp:Response>"
        )
    }

    fn signature(&self, id: &str, assertion: &str) -> String {
        let digest = BASE64.encode(&Sha256::digest(assertion.as_bytes()));
        let info = format!(
            "<SignedInfo xmlns=\"{DSIG}\"><CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></CanonicalizationMethod>\
             <SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></SignatureMethod>\
             <Reference URI=\"#{id}\"><Transforms><Transform Algorithm=\"{DSIG}enveloped-signature\"></Transform>\
             <Transform Algorithm=\"{EXCLUSIVE}\"></Transform></Transforms>\
             <DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></DigestMethod>\
             <DigestValue>{digest}</DigestValue></Reference></SignedInfo>"
        );
        let key = key(if self.is_forged { STRANGER } else { KEY });
        let signer = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).expect("an RSA key");
        let value = BASE64.encode(&signer.sign(info.as_bytes()).expect("signed"));
        format!(
            "<Signature xmlns=\"{DSIG}\">{info}<SignatureValue>{value}</SignatureValue><KeyInfo><X509Data><X509Certificate>{}\
             </X509Certificate></X509Data></KeyInfo></Signature>",
            base64_of(match (self.is_forged, self.has_ended) {
                (true, _) => STRANGER_CERTIFICATE,
                (false, true) => ENDED_CERTIFICATE,
                (false, false) => CERTIFICATE,
            })
        )
    }
}

/// The query of a logout request, for one session or for all, signed or unsigned.
pub fn logout(asked: &Asked, session: Option<&str>, is_signed: bool) -> String {
    let destination = asked.acs.replace("/saml/acs/", "/saml/sls/");
    let since = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_secs();
    let now =
        provost_core::time::Timestamp::from_millis(i64::try_from(since).expect("before the end") * 1_000);
    let index = session.map(|index| format!("<samlp:SessionIndex>{index}</samlp:SessionIndex>"));
    let xml = format!(
        "<samlp:LogoutRequest xmlns:samlp=\"{PROTOCOL}\" ID=\"_l\" Version=\"2.0\" IssueInstant=\"{now}\" \
         Destination=\"{destination}\"><Issuer xmlns=\"{ASSERTION}\">{ENTITY_ID}</Issuer><NameID xmlns=\"{ASSERTION}\" \
         Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">somebody</NameID>{}</samlp:LogoutRequest>",
        index.unwrap_or_default()
    );
    let packed = BASE64.encode(&miniz_oxide::deflate::compress_to_vec(xml.as_bytes(), 6));
    let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let query = format!("SAMLRequest={}", escaped(&packed));
    if !is_signed {
        return query;
    }
    let query = format!("{query}&SigAlg={}", escaped("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"));
    let key = key(KEY);
    let signer = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).expect("an RSA key");
    let value = BASE64.encode(&signer.sign(query.as_bytes()).expect("signed"));
    format!("{query}&Signature={}", escaped(&value))
}

/// The fingerprint of its certificate.
pub fn fingerprint() -> String {
    HEXLOWER.encode(&Sha256::digest(BASE64.decode(base64_of(CERTIFICATE).as_bytes()).expect("Base64")))
}

fn key(pem: &str) -> Arc<dyn SigningKey> {
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("a key");
    any_supported_type(&key).expect("an RSA key")
}

fn base64_of(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The identity provider as browsers see it: at `localhost`, a different site from the servers under test. It asks for no
/// password, and sends what a test makes of the correct answer.
#[derive(Debug)]
pub struct Desk {
    /// Where browsers are sent.
    pub url: String,
    person: Arc<Mutex<Person>>,
    mistake: Arc<Mutex<fn(&mut Response)>>,
}

/// Who is signed in there: object id, address and name.
pub type Person = (String, String, [String; 2]);

impl Desk {
    /// Signs in one person, by object id, address and name.
    pub fn start(object: &str, email: &str, name: [&str; 2]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let mistake: Arc<Mutex<fn(&mut Response)>> = Arc::new(Mutex::new(|_| {}));
        let change = Arc::clone(&mistake);
        let person = Arc::new(Mutex::new(whom(object, email, name)));
        let at_desk = Arc::clone(&person);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut line = String::new();
                let read = BufReader::new(&stream).read_line(&mut line);
                let path = line.split(' ').nth(1).unwrap_or_default();
                let body = match path.split_once('?') {
                    Some(_) if read.is_ok() => {
                        let (object, email, [given, family]) = at_desk.lock().expect("whole").clone();
                        let mut response = Response::to(&Asked::of(path), &object, &email, [&given, &family]);
                        let change = *change.lock().expect("whole");
                        change(&mut response);
                        page(&response, &given)
                    }
                    _ => String::new(),
                };
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                // a browser that hangs up is no failure of the test
                drop(stream.write_all((head + &body).as_bytes()));
            }
        });
        Self { url: format!("http://localhost:{port}/sso"), person, mistake }
    }

    /// From now on, signs in somebody else.
    pub fn seat(&self, object: &str, email: &str, name: [&str; 2]) {
        *self.person.lock().expect("whole") = whom(object, email, name);
    }

    /// From now on, makes this mistake in its answers.
    pub fn answer(&self, mistake: fn(&mut Response)) {
        *self.mistake.lock().expect("whole") = mistake;
    }
}

fn whom(object: &str, email: &str, name: [&str; 2]) -> Person {
    (object.to_owned(), email.to_owned(), name.map(str::to_owned))
}

fn page(response: &Response, name: &str) -> String {
    let [(message, value), (state, kept)] = response.form();
    format!(
        "<!doctype html><html lang=\"en\"><title>Sign in to Contoso</title><link rel=\"icon\" href=\"data:,\">\
         <h1>Sign in to Contoso</h1><form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"{message}\" value=\"{value}\">\
         <input type=\"hidden\" name=\"{state}\" value=\"{kept}\"><button>Continue as {name}</button></form></html>",
        response.acs
    )
}
