//! What to change at the identity provider after a refused test: the field, under its name in Entra or in the words of SAML that
//! other providers use, and the way to it.

use super::called::ENTRA;
use provost_saml::Reason;

/// The field to correct.
pub(super) fn field(reason: Reason, provider: &str) -> Option<&'static str> {
    match provider == ENTRA {
        true => reason.portal_field(),
        false => neutral(reason),
    }
}

/// The same field where nothing is known of the provider's pages.
const fn neutral(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::Status => "Assignments",
        Reason::Encrypted => "Assertion encryption",
        Reason::Unsigned => "Signing of the assertion",
        Reason::SignatureAlgorithm | Reason::DigestAlgorithm => "Signature algorithm",
        Reason::NoCertificate
        | Reason::Signature
        | Reason::UnverifiedSignature
        | Reason::NotMetadata
        | Reason::EntityId
        | Reason::Outdated => "Metadata address",
        Reason::ExpiredCertificate | Reason::BadCertificate => "Signing certificate",
        Reason::Issuer => "Issuer",
        Reason::Destination | Reason::Recipient => "ACS URL",
        Reason::Unsolicited => "Sign-on URL",
        Reason::Audience => "Entity ID (Audience)",
        Reason::NameId => "NameID",
        Reason::Tenant | Reason::Subject => "Attributes that are sent",
        Reason::LogoutDestination | Reason::NotLogoutRequest => "Single logout URL",
        Reason::Location => "Sign-on URL of the provider",
        _ => return None,
    })
}

/// What to do, in whole sentences.
pub(super) fn remedy(reason: Reason, provider: &str) -> Option<String> {
    let field = field(reason, provider)?;
    let is_entra = provider == ENTRA;
    let change =
        |way: &str| format!("In {provider}: {way}{field}. Change it, save, wait a minute, and test again.");
    Some(match reason {
        Reason::NoCertificate | Reason::Signature | Reason::UnverifiedSignature | Reason::Issuer => {
            let from = match is_entra {
                true => "copy the App Federation Metadata Url",
                false => "take the metadata",
            };
            format!(
                "Here: press Get Metadata again, and test again. If that changes nothing, the metadata is that of another application: \
                 {from} of the one that people sign in to."
            )
        }
        Reason::Status => {
            let way = if is_entra { "Enterprise apps › your app › " } else { "" };
            format!(
                "In {provider}: {way}{field}. Assign the person who tests to the application; if they are assigned already, its sign-in log says why it refused."
            )
        }
        Reason::Subject => format!(
            "{} Or, if another claim says who somebody is, name that one as IdP User ID here.",
            change(if is_entra { "Enterprise apps › your app › Single sign-on › " } else { "" })
        ),
        Reason::Encrypted if is_entra => change("Enterprise apps › your app › Security › "),
        _ if is_entra => change("Enterprise apps › your app › Single sign-on › "),
        _ => change(""),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail: with a reason that has a field in Entra alone.
    #[test]
    fn what_is_named_in_entra_is_named_elsewhere() {
        for reason in Reason::ALL {
            let (entra, other) = (field(reason, ENTRA), field(reason, "Okta"));
            assert_eq!(entra.is_some(), other.is_some(), "{reason:?}");
            assert_eq!(remedy(reason, "Okta").is_some(), other.is_some(), "{reason:?}");
            assert!(remedy(reason, "Okta").is_none_or(|said| !said.contains("Entra")), "{reason:?}");
        }
    }
}
