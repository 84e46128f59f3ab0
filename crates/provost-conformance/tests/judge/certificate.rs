//! Certificates made for a test, and the server side of TLS.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use std::net::TcpStream;
use std::sync::Arc;
use tempfile::NamedTempFile;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a server presents, and a file that makes clients accept it.
pub(crate) struct Certificate {
    config: Arc<ServerConfig>,
    pub(crate) file: NamedTempFile,
}

impl Certificate {
    /// Signed with its own key, as for a staging server. `openssl req -x509` marks it as an authority.
    pub(crate) fn self_signed(host: &str, calls_itself_authority: bool) -> Self {
        let mut params = params(host);
        if calls_itself_authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self::new(&certificate, &certificate.pem(), &key)
    }

    /// Issued by a separate authority, whose certificate is in the file.
    pub(crate) fn issued(host: &str, expired: bool) -> Self {
        let mut authority = params("authority.example");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "Lanternworks test authority");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let mut params = params(host);
        if expired {
            params.not_after = date_time_ymd(2024, 2, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        Self::new(&certificate, &authority.pem(), &key)
    }

    fn new(certificate: &rcgen::Certificate, pem: &str, key: &KeyPair) -> Self {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), pem).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        Self { config: Arc::new(config), file }
    }

    pub(crate) fn accept(&self, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        StreamOwned::new(ServerConnection::new(Arc::clone(&self.config)).unwrap(), stream)
    }
}

fn params(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new([host.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2024, 1, 1);
    params
}
