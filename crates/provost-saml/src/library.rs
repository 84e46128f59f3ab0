//! The library behind our own checks: the only file that names `saml-rs`.
//!
//! It verifies signatures and repeats our checks. It gets one certificate at a time, so that we know which one
//! verified, and only metadata that we write ourselves from the connection. Our checks run first and refuse whatever it
//! accepts and we do not; afterwards its reading is compared with ours.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use saml_rs::{
    AcsEndpoint, AudienceValidationPolicy, BrowserInput, ClockSkew, EntityId, FormField, IdpDescriptor,
    LogoutRequest, MessageId, MetadataTrustPolicy, PendingAuthnRequest, RelayStateParam, ReplayPolicy, Saml,
    SamlError, SamlValidationContext, SloEndpoint, Sp, SpConfig, SpValidationPolicy, SsoResponse,
    SsoResponseBinding, XmlSignatureProfile,
};

use crate::{
    certificate::Certificate,
    connection::Connection,
    provider::ServiceProvider,
    reason::Reason,
    refusal::Refusal,
    verified::Attribute,
    xml::{DSIG, METADATA, REDIRECT, escape},
};

/// What the library read in a response after verifying its signature.
#[derive(Debug)]
pub(crate) struct Proven {
    /// How many signatures it verified.
    pub(crate) signatures: usize,
    pub(crate) response_id: String,
    pub(crate) assertion_id: String,
    pub(crate) name_id: String,
    pub(crate) session_index: Option<String>,
    pub(crate) attributes: Vec<Attribute>,
}

/// The library, configured with both parties and one certificate.
pub(crate) struct Library {
    saml: Saml<Sp>,
    idp: IdpDescriptor,
    acs: AcsEndpoint,
}

impl Library {
    pub(crate) fn new(
        provider: &ServiceProvider,
        connection: &Connection,
        certificate: &Certificate,
    ) -> Result<Self, Refusal> {
        Self::configure(provider, connection, certificate).map_err(refusal)
    }

    fn configure(
        provider: &ServiceProvider,
        connection: &Connection,
        certificate: &Certificate,
    ) -> Result<Self, SamlError> {
        let acs = AcsEndpoint::post(provider.acs_url.as_str())?;
        let validation = SpValidationPolicy {
            xml_signatures: XmlSignatureProfile::StrictRsaSha2,
            audience: AudienceValidationPolicy::Validate,
            ..SpValidationPolicy::recommended()
        };
        let config = SpConfig::builder(EntityId::try_new(provider.entity_id.as_str())?)
            .acs_endpoint(acs.clone())
            .slo_endpoint(SloEndpoint::redirect(provider.logout_url.as_str())?)
            .validation(validation)
            .build()?;
        let idp = IdpDescriptor::from_metadata_xml_for(
            EntityId::try_new(connection.entity_id())?,
            &metadata(connection, certificate),
            MetadataTrustPolicy::UnsignedForCompatibility,
        )?;
        Ok(Self { saml: Saml::sp(config)?, idp, acs })
    }

    /// Verifies a response to the request with this identifier.
    pub(crate) fn response(&self, xml: &str, request: &str, now: DateTime<Utc>) -> Result<Proven, Refusal> {
        self.session(xml, request, now).map_err(refusal)
    }

    fn session(&self, xml: &str, request: &str, now: DateTime<Utc>) -> Result<Proven, SamlError> {
        let pending = PendingAuthnRequest::try_new(
            MessageId::try_new(request)?,
            RelayStateParam::absent(),
            self.acs.clone(),
            SsoResponseBinding::Post,
            self.idp.entity_id().clone(),
        )?;
        let field = FormField::new("SAMLResponse", data_encoding::BASE64.encode(xml.as_bytes()));
        let input = BrowserInput::<SsoResponse>::post(vec![field]);
        let session = self.saml.finish_sso(&self.idp, &pending, input, context(now))?;
        if session.verified_xml_signatures().is_empty() {
            return Err(SamlError::SignatureMissing);
        }
        let attributes = session.attributes().as_slice().iter().map(|attribute| Attribute {
            name: attribute.name().to_owned(),
            values: attribute.values().iter().map(|value| value.as_str().to_owned()).collect(),
        });
        Ok(Proven {
            signatures: session.verified_xml_signatures().len(),
            response_id: session.response_id().as_str().to_owned(),
            assertion_id: session.assertion_id().as_str().to_owned(),
            name_id: session.name_id().value().to_owned(),
            session_index: session.authn_session().session_index().map(|index| index.as_str().to_owned()),
            attributes: attributes.collect(),
        })
    }

    /// Verifies the signature of a query that carries a logout request, over the bytes as received. Returns the name of
    /// the subject.
    pub(crate) fn logout(&self, query: &str, now: DateTime<Utc>) -> Result<Option<String>, Refusal> {
        let input = BrowserInput::<LogoutRequest>::redirect(query);
        let received = self.saml.receive_slo(&self.idp, input, context(now)).map_err(refusal)?;
        Ok(received.message().name_id().map(|name| name.value().to_owned()))
    }
}

/// Allows five minutes of clock skew and turns off the library's replay check: the caller refuses a replayed response,
/// in the transaction that creates the session.
fn context(now: DateTime<Utc>) -> SamlValidationContext<'static> {
    SamlValidationContext::new(SystemTime::from(now), ReplayPolicy::DisabledForCompatibility)
        .with_clock_skew(ClockSkew::five_minutes())
}

/// The identity provider's metadata as shown to the library: these URLs, this certificate.
fn metadata(connection: &Connection, certificate: &Certificate) -> String {
    let logout = connection.logout_url().unwrap_or_else(|| connection.sso_url());
    format!(
        "<EntityDescriptor xmlns=\"{METADATA}\" entityID=\"{entity_id}\">\
         <IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"{DSIG}\"><X509Data><X509Certificate>{certificate}\
         </X509Certificate></X509Data></KeyInfo></KeyDescriptor>\
         <SingleLogoutService Binding=\"{REDIRECT}\" Location=\"{logout}\"/>\
         <SingleSignOnService Binding=\"{REDIRECT}\" Location=\"{sso}\"/></IDPSSODescriptor></EntityDescriptor>",
        entity_id = escape(connection.entity_id()),
        certificate = certificate.base64(),
        logout = escape(logout.as_str()),
        sso = escape(connection.sso_url().as_str()),
    )
}

/// [`Reason::Signature`] if another certificate might verify, otherwise [`Reason::Library`].
#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
fn refusal(error: SamlError) -> Refusal {
    let reason = match error {
        SamlError::SignatureVerification { .. }
        | SamlError::SignatureMissing
        | SamlError::CertificateMismatch
        | SamlError::UnmatchCertificate
        | SamlError::NoTrustedCertificate
        | SamlError::FailedToVerifySignature
        | SamlError::FailedMessageSignatureVerification
        | SamlError::SignedReferenceMismatch
        | SamlError::Crypto(_) => Reason::Signature,
        _ => Reason::Library,
    };
    Refusal::new(reason, "message").with_found(error.to_string())
}
