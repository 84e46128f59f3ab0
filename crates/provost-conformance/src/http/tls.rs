//! TLS to the server under test: which certificates are accepted, and what is wrong with one that is not.

use super::NoResponse;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

/// Which certificates of an https server are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Those from authorities that this machine trusts.
    System,
    /// Those too that are in a PEM file, or were issued by an authority in it.
    File(PathBuf),
    /// Any, whatever its name and dates: the token then goes to any server that answers.
    Anything,
}

/// What is needed to open a TLS connection.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Tls {
    pub(super) fn new(host: &str, trust: &Trust) -> Result<Self, String> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_error| format!("`{host}` cannot be the name in a certificate"))?;
        let provider = Arc::new(ring::default_provider());
        let verifier = Verifier::new(trust, Arc::clone(&provider))?;
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| error.to_string())?.dangerous();
        let mut config = builder.with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { connector: Arc::new(config).into(), name })
    }

    pub(super) async fn connect(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, NoResponse> {
        let stream = self.connector.connect(self.name.clone(), stream).await;
        stream.map_err(|error| explained(&self.name.to_str(), &error))
    }
}

/// Why TLS failed, and what to do about it.
fn explained(host: &str, error: &io::Error) -> NoResponse {
    let why = match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        // `Other` is a server certificate that is marked as an authority
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_))) => {
            "no authority that this machine trusts has issued it: name it, or the certificate of its authority, with \
             `--ca-certificate FILE`"
                .to_owned()
        }
        Some(rustls::Error::InvalidCertificate(why)) => why.to_string(),
        Some(rustls::Error::InvalidMessage(_)) => {
            return NoResponse::Tls(format!("`{host}` answers without TLS: is the base URL http://?"));
        }
        _ => return NoResponse::from_error(error),
    };
    NoResponse::Tls(format!("the certificate of `{host}` is not accepted: {why}; `--insecure` accepts any"))
}

#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    accepts_any: bool,
    /// Server certificates that are accepted as they are: `openssl req -x509` marks what it makes for a server as an
    /// authority.
    named: Vec<CertificateDer<'static>>,
    /// `None` if this machine knows no authority and none was given.
    authorities: Option<Arc<WebPkiServerVerifier>>,
}

impl Verifier {
    fn new(trust: &Trust, provider: Arc<CryptoProvider>) -> Result<Self, String> {
        let named = if let Trust::File(file) = trust { certificates(file)? } else { Vec::new() };
        let mut roots = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs().certs;
        roots.add_parsable_certificates(system.into_iter().chain(named.iter().cloned()));
        let authorities = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let accepts_any = *trust == Trust::Anything;
        Ok(Self { provider, accepts_any, named, authorities: authorities.build().ok() })
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |why: String| format!("{}: {why}", file.display());
    let found = CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| wrong(error.to_string()))?;
    if found.is_empty() {
        Err(wrong("there is no certificate in PEM form in it".to_owned()))
    } else {
        Ok(found)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.accepts_any {
            return Ok(ServerCertVerified::assertion());
        }
        if self.named.contains(certificate) {
            verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
            return Ok(ServerCertVerified::assertion());
        }
        let authorities = self.authorities.as_ref().ok_or(CertificateError::UnknownIssuer)?;
        authorities.verify_server_cert(certificate, intermediates, name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
