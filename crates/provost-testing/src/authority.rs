//! Certificates of an authority that only a test trusts.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Who issues certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).expect("parameters");
        // who issued something is looked for by name, and only then by key
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        params.distinguished_name.push(DnType::CommonName, format!("Authority {number}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"),
        )
    }

    /// What whoever trusts it names as `smtp-ca` or `outbound-ca`.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for this host and its key, as PEM, for a server of somebody else.
    pub fn issue(&self, host: &str) -> [String; 2] {
        let (certificate, key) = self.issued(host);
        [certificate.pem(), key.serialize_pem()]
    }

    fn issued(&self, host: &str) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new([host.to_owned()]).expect("parameters");
        // strict clients want to know which key of the authority signed
        params.use_authority_key_identifier_extension = true;
        (params.signed_by(&key, &self.0).expect("a certificate"), key)
    }

    /// How a server with a certificate for this host encrypts.
    pub(crate) fn server(&self, host: &str) -> Arc<ServerConfig> {
        let (certificate, key) = self.issued(host);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key);
        Arc::new(config.expect("a key that fits"))
    }
}
