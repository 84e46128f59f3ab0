//! Every reason to refuse a message: a closed set, in the order of the checks.

use core::fmt;

/// Why a message is refused. Each reason has a stable [name](Self::name), a sentence and, where a setting causes it, a
/// [field of Entra's portal](Self::portal_field).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The body, query or metadata is larger than the limit.
    TooLarge,
    /// The form or query lacks the message, or its signature.
    MissingParameter,
    /// A parameter came twice, or its name was percent-encoded.
    DoubledParameter,
    /// The message is not Base64.
    NotBase64,
    /// The message of a query is not DEFLATE, or inflates to more than the limit.
    NotDeflate,
    /// The message is not in UTF-8.
    Encoding,
    /// Elements are nested more than 64 deep, one has more than 64 attributes, or more than 64 namespaces are in scope.
    TooComplex,
    /// The message has a document type, which could define entities.
    Doctype,
    /// The message has a comment, a processing instruction or CDATA, which can make two readers see different values.
    Markup,
    /// The message is not well-formed XML with namespaces.
    NotXml,
    /// The root is not a `Response`, or it contains another `Response`.
    OneResponse,
    /// The message is of another version of SAML.
    Version,
    /// The identity provider itself refused the sign-in.
    Status,
    /// The message has encrypted parts, which are not supported.
    Encrypted,
    /// There is no assertion, there are several, or it is not directly in the response.
    OneAssertion,
    /// An ID is missing, or two elements have the same one.
    Id,
    /// Neither the response nor its assertion is signed.
    Unsigned,
    /// A signature is not the only one directly inside the response or the assertion.
    SignaturePlace,
    /// A signature contains something identity providers do not produce, such as an object or a second `SignedInfo`.
    SignatureShape,
    /// A signature does not have exactly one reference.
    OneReference,
    /// A signature signs another element than the one it is in.
    ReferenceTarget,
    /// The transforms are not enveloped signature followed by exclusive canonicalization without comments.
    Transforms,
    /// `SignedInfo` is not canonicalized exclusively without comments.
    Canonicalization,
    /// The signature algorithm is not RSA with SHA-256, SHA-384 or SHA-512.
    SignatureAlgorithm,
    /// The digest is not SHA-256, SHA-384 or SHA-512.
    DigestAlgorithm,
    /// The connection or the metadata has no certificate, so nothing can be verified.
    NoCertificate,
    /// The signing certificate is outside its validity period, and the connection refuses those.
    ExpiredCertificate,
    /// The issuer is not the connection's identity provider.
    Issuer,
    /// The response is addressed to another URL.
    Destination,
    /// The response answers no request: the sign-in was begun at the identity provider. The caller starts one of its
    /// own instead.
    Unsolicited,
    /// The response answers another request.
    InResponseTo,
    /// The subject does not have exactly one confirmation, with the method `bearer`.
    Confirmation,
    /// The assertion was made for another URL.
    Recipient,
    /// The assertion was made for another application, or names none.
    Audience,
    /// A time is missing or is not in UTC.
    Time,
    /// A time is more than five minutes in the future.
    TooEarly,
    /// A time is more than five minutes in the past.
    TooLate,
    /// The assertion does not have exactly one statement of when and in which session somebody signed in.
    AuthnStatement,
    /// A new sign-in was required, but the response reports an earlier one.
    NotFresh,
    /// The subject does not have exactly one name.
    NameId,
    /// The tenant that Entra names is missing or is not the connection's.
    Tenant,
    /// The attribute that identifies people is missing, has several values, or is not a UUID where it must be one.
    Subject,
    /// No trusted certificate verifies the signature.
    Signature,
    /// One of the signatures was verified, another was not.
    UnverifiedSignature,
    /// The library behind our own checks refused for a reason other than a signature.
    Library,
    /// The library reads another identity in the message than we do.
    Disagreement,
    /// A logout request is addressed to another URL.
    LogoutDestination,
    /// The query does not contain a `LogoutRequest`.
    NotLogoutRequest,
    /// The metadata is not an `EntityDescriptor` of one identity provider.
    NotMetadata,
    /// The entity ID is missing or is a pattern that fits any tenant.
    EntityId,
    /// The URL for sign-in or logout is missing or is not https.
    Location,
    /// The metadata has expired.
    Outdated,
    /// A certificate cannot be read, or its key is not RSA of at least 2048 bits.
    BadCertificate,
}

impl Reason {
    /// All reasons, in the order of the checks.
    pub const ALL: [Self; 53] = [
        Self::TooLarge,
        Self::MissingParameter,
        Self::DoubledParameter,
        Self::NotBase64,
        Self::NotDeflate,
        Self::Encoding,
        Self::TooComplex,
        Self::Doctype,
        Self::Markup,
        Self::NotXml,
        Self::OneResponse,
        Self::Version,
        Self::Status,
        Self::Encrypted,
        Self::OneAssertion,
        Self::Id,
        Self::Unsigned,
        Self::SignaturePlace,
        Self::SignatureShape,
        Self::OneReference,
        Self::ReferenceTarget,
        Self::Transforms,
        Self::Canonicalization,
        Self::SignatureAlgorithm,
        Self::DigestAlgorithm,
        Self::NoCertificate,
        Self::ExpiredCertificate,
        Self::Issuer,
        Self::Destination,
        Self::Unsolicited,
        Self::InResponseTo,
        Self::Confirmation,
        Self::Recipient,
        Self::Audience,
        Self::Time,
        Self::TooEarly,
        Self::TooLate,
        Self::AuthnStatement,
        Self::NotFresh,
        Self::NameId,
        Self::Tenant,
        Self::Subject,
        Self::Signature,
        Self::UnverifiedSignature,
        Self::Library,
        Self::Disagreement,
        Self::LogoutDestination,
        Self::NotLogoutRequest,
        Self::NotMetadata,
        Self::EntityId,
        Self::Location,
        Self::Outdated,
        Self::BadCertificate,
    ];

    /// A name for logs and reports, which never changes.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// The field or section of Entra's portal to correct, by its name there.
    pub const fn portal_field(self) -> Option<&'static str> {
        self.row().2
    }

    const fn row(self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Self::TooLarge => ("too-large", "this is larger than a message may be", None),
            Self::MissingParameter => ("missing-parameter", "this parameter is missing", None),
            Self::DoubledParameter => {
                ("doubled-parameter", "this parameter came twice or has an encoded name", None)
            }
            Self::NotBase64 => ("not-base64", "this is not Base64", None),
            Self::NotDeflate => ("not-deflate", "this does not inflate to a message of at most 64 KiB", None),
            Self::Encoding => ("encoding", "the message is not in UTF-8", None),
            Self::TooComplex => (
                "too-complex",
                "elements are nested too deep, or have too many attributes or namespaces",
                None,
            ),
            Self::Doctype => {
                ("doctype", "the XML has a document type (`<!DOCTYPE`), which is not accepted", None)
            }
            Self::Markup => ("markup", "comments, processing instructions and CDATA are not accepted", None),
            Self::NotXml => ("not-xml", "this is not well-formed XML", None),
            Self::OneResponse => {
                ("one-response", "the message must be one SAML response and nothing else", None)
            }
            Self::Version => ("version", "only SAML 2.0 is understood", None),
            Self::Status => ("status", "the identity provider refused the sign-in", Some("Users and groups")),
            Self::Encrypted => {
                ("encrypted", "encrypted assertions are not supported", Some("Token encryption"))
            }
            Self::OneAssertion => {
                ("one-assertion", "the response must have one assertion directly in it", None)
            }
            Self::Id => ("id", "every ID must be present and unique", None),
            Self::Unsigned => ("unsigned", "nothing is signed", Some("Signing Option")),
            Self::SignaturePlace => (
                "signature-place",
                "a signature belongs directly in the response or the assertion, once",
                None,
            ),
            Self::SignatureShape => ("signature-shape", "a signature of this shape is not accepted", None),
            Self::OneReference => ("one-reference", "a signature must have one reference", None),
            Self::ReferenceTarget => ("reference-target", "a signature must sign the element it is in", None),
            Self::Transforms => (
                "transforms",
                "only enveloped signature and exclusive canonicalization are accepted as transforms",
                None,
            ),
            Self::Canonicalization => {
                ("canonicalization", "only exclusive canonicalization without comments is accepted", None)
            }
            Self::SignatureAlgorithm => {
                ("signature-algorithm", "this signature algorithm is not accepted", Some("Signing Algorithm"))
            }
            Self::DigestAlgorithm => {
                ("digest-algorithm", "this digest algorithm is not accepted", Some("Signing Algorithm"))
            }
            Self::NoCertificate => (
                "no-certificate",
                "no certificate of the identity provider is known",
                Some("App Federation Metadata Url"),
            ),
            Self::ExpiredCertificate => (
                "expired-certificate",
                "the certificate that signed is outside its dates",
                Some("SAML Certificates"),
            ),
            Self::Issuer => {
                ("issuer", "this comes from another identity provider", Some("Microsoft Entra Identifier"))
            }
            Self::Destination => (
                "destination",
                "the response is addressed to another URL",
                Some("Reply URL (Assertion Consumer Service URL)"),
            ),
            Self::Unsolicited => (
                "unsolicited",
                "the response answers no request: the sign-in was begun at the identity provider",
                Some("Sign on URL (Optional)"),
            ),
            Self::InResponseTo => (
                "in-response-to",
                "the response answers another request, such as that of an earlier attempt",
                None,
            ),
            Self::Confirmation => {
                ("confirmation", "the subject must have one confirmation, with the method bearer", None)
            }
            Self::Recipient => (
                "recipient",
                "the assertion is for another URL",
                Some("Reply URL (Assertion Consumer Service URL)"),
            ),
            Self::Audience => {
                ("audience", "this sign-in is for another application", Some("Identifier (Entity ID)"))
            }
            Self::Time => ("time", "a time is missing, or is not in UTC", None),
            Self::TooEarly => ("too-early", "this is not valid yet; check the clocks of both sides", None),
            Self::TooLate => ("too-late", "this is no longer valid; check the clocks of both sides", None),
            Self::AuthnStatement => {
                ("authn-statement", "the assertion must have one authentication statement", None)
            }
            Self::NotFresh => {
                ("not-fresh", "a new sign-in was asked for, and this one is older than the request", None)
            }
            Self::NameId => (
                "name-id",
                "the subject must have one NameID of at most 1024 characters",
                Some("Unique User Identifier (Name ID)"),
            ),
            Self::Tenant => {
                ("tenant", "this is not the tenant of this connection", Some("Attributes & Claims"))
            }
            Self::Subject => (
                "subject",
                "the attribute that identifies people must have one value",
                Some("Attributes & Claims"),
            ),
            Self::Signature => (
                "signature",
                "the signature was made with none of the trusted certificates",
                Some("App Federation Metadata Url"),
            ),
            Self::UnverifiedSignature => (
                "unverified-signature",
                "one of the signatures was made with none of the trusted certificates",
                Some("App Federation Metadata Url"),
            ),
            Self::Library => ("library", "the SAML library refused the message", None),
            Self::Disagreement => {
                ("disagreement", "the message can be read in two ways, so it is not trusted", None)
            }
            Self::LogoutDestination => (
                "logout-destination",
                "this logout is addressed to another URL",
                Some("Logout Url (Optional)"),
            ),
            Self::NotLogoutRequest => {
                ("not-logout-request", "this is not a request to log out", Some("Logout Url (Optional)"))
            }
            Self::NotMetadata => (
                "not-metadata",
                "this is not the metadata of an identity provider",
                Some("App Federation Metadata Url"),
            ),
            Self::EntityId => (
                "entity-id",
                "the entity ID must name one identity provider",
                Some("App Federation Metadata Url"),
            ),
            Self::Location => {
                ("location", "an https URL with the HTTP-Redirect binding is required", Some("Login URL"))
            }
            Self::Outdated => {
                ("outdated", "this metadata is no longer valid", Some("App Federation Metadata Url"))
            }
            Self::BadCertificate => (
                "bad-certificate",
                "a certificate must hold an RSA key of at least 2048 bits",
                Some("SAML Certificates"),
            ),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_reason_has_a_name_and_a_text_of_its_own() {
        let names: HashSet<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        let texts: HashSet<_> = Reason::ALL.iter().map(ToString::to_string).collect();
        assert_eq!((names.len(), texts.len()), (Reason::ALL.len(), Reason::ALL.len()));
        for text in texts {
            assert!(text.starts_with(|c: char| c.is_lowercase()) && !text.ends_with('.'), "{text}");
        }
    }
}
