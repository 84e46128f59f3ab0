//! Signing certificates of identity providers.
//!
//! A certificate is trusted because an administrator supplied it, not because of its issuer: SAML certificates are
//! self-signed, so no chain is checked.

use chrono::{DateTime, Utc};
use der::{Decode, Encode};
use sha2::{Digest, Sha256};
use x509_cert::Certificate as X509;

use crate::{reason::Reason, refusal::Refusal};

/// `rsaEncryption` of RFC 8017.
const RSA: &str = "1.2.840.113549.1.1.1";

/// The smallest accepted key size in bits. Smaller keys have been factored, or soon will be.
const MIN_BITS: usize = 2048;

/// A certificate with an RSA key of at least 2048 bits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Certificate {
    der: Vec<u8>,
    fingerprint: [u8; 32],
    not_before: DateTime<Utc>,
    not_after: DateTime<Utc>,
}

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`Reason::BadCertificate`], if it is not a certificate, or its key is not RSA of at least 2048 bits.
    pub fn from_der(bytes: &[u8]) -> Result<Self, Refusal> {
        let refused =
            |found: String| Refusal::new(Reason::BadCertificate, "X509Certificate").with_found(found);
        let parsed = X509::from_der(bytes).map_err(|error| refused(error.to_string()))?;
        let body = &parsed.tbs_certificate;
        let key = &body.subject_public_key_info;
        let algorithm = key.algorithm.oid.to_string();
        if algorithm != RSA {
            return Err(refused(format!("algorithm {algorithm}")));
        }
        let bits =
            modulus_bits(key.subject_public_key.raw_bytes()).map_err(|error| refused(error.to_string()))?;
        if bits < MIN_BITS {
            return Err(refused(format!("{bits} bits")));
        }
        let time = |time: x509_cert::time::Time| DateTime::<Utc>::from(time.to_system_time());
        Ok(Self {
            der: parsed.to_der().map_err(|error| refused(error.to_string()))?,
            fingerprint: Sha256::digest(bytes).into(),
            not_before: time(body.validity.not_before),
            not_after: time(body.validity.not_after),
        })
    }

    /// Reads a certificate as Base64 (the form in metadata), with or without line breaks, or as PEM.
    ///
    /// # Errors
    /// As for [`from_der`](Self::from_der).
    pub fn from_base64(text: &str) -> Result<Self, Refusal> {
        let text: String = text
            .replace("-----BEGIN CERTIFICATE-----", "")
            .replace("-----END CERTIFICATE-----", "")
            .split_ascii_whitespace()
            .collect();
        let bytes = data_encoding::BASE64.decode(text.as_bytes()).map_err(|error| {
            Refusal::new(Reason::BadCertificate, "X509Certificate").with_found(error.to_string())
        })?;
        Self::from_der(&bytes)
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The SHA-256 hash of the DER form, which identifies the certificate.
    pub const fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// The start of its validity period, inclusive.
    pub const fn not_before(&self) -> DateTime<Utc> {
        self.not_before
    }

    /// The end of its validity period, inclusive.
    pub const fn not_after(&self) -> DateTime<Utc> {
        self.not_after
    }

    /// Whether `now` is within its validity period.
    pub fn is_current(&self, now: DateTime<Utc>) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    pub(crate) fn base64(&self) -> String {
        data_encoding::BASE64.encode(&self.der)
    }
}

impl core::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Certificate")
            .field("fingerprint", &data_encoding::HEXLOWER.encode(&self.fingerprint))
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .finish()
    }
}

/// The size of the modulus of an `RSAPublicKey` (RFC 8017, appendix A.1.1).
fn modulus_bits(key: &[u8]) -> der::Result<usize> {
    use der::{Header, SliceReader, asn1::UintRef};
    let mut reader = SliceReader::new(key)?;
    Header::decode(&mut reader)?.tag.assert_eq(der::Tag::Sequence)?;
    let modulus = UintRef::decode(&mut reader)?;
    let bytes = modulus.as_bytes();
    let unused = bytes.first().map_or(0, |first| first.leading_zeros());
    Ok(bytes.len().saturating_mul(8).saturating_sub(usize::try_from(unused).unwrap_or(0)))
}
