//! Why something is not metadata, for the person who supplied it. That is more often a web page, a certificate or a document of
//! OpenID Connect than metadata with a fault in it.

use provost_saml::{Reason, Refusal};

/// How much of it is looked at, in bytes.
const LOOKED_AT: usize = 256;

/// What was brought instead of metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Instead {
    Page,
    Certificate,
    Json,
    Nothing,
}

impl Instead {
    fn of(bytes: &[u8]) -> Option<Self> {
        let start = String::from_utf8_lossy(bytes.get(..LOOKED_AT).unwrap_or(bytes)).to_ascii_lowercase();
        let start = start.trim_start_matches('\u{feff}').trim_start();
        let begins = |with: &[&str]| with.iter().any(|with| start.starts_with(with));
        match bytes {
            [0x30, 0x82, ..] => return Some(Self::Certificate),
            bytes if bytes.iter().all(u8::is_ascii_whitespace) => return Some(Self::Nothing),
            _ => {}
        }
        match start {
            _ if begins(&["<!doctype html", "<html", "<head", "<body"]) => Some(Self::Page),
            // as PEM, and the same without its lines
            _ if begins(&["-----begin", "miic", "miid", "miie", "miif"]) => Some(Self::Certificate),
            _ if begins(&["{", "["]) => Some(Self::Json),
            _ => None,
        }
    }
}

/// The reason, without capital letter and full stop.
pub(crate) fn unread(bytes: &[u8], refusal: &Refusal) -> String {
    const WANTED: &str = "SAML metadata is wanted: in Entra the Federation Metadata XML, or its address, the App Federation Metadata Url";
    match (Instead::of(bytes), refusal.reason()) {
        (Some(Instead::Page), _) => format!("this is a web page, not metadata; {WANTED}"),
        (Some(Instead::Certificate), _) => {
            format!(
                "this is a certificate or a key, not metadata, which has the certificates in it; {WANTED}"
            )
        }
        (Some(Instead::Json), _) => {
            format!("this is JSON, perhaps of OpenID Connect, and not metadata of SAML; {WANTED}")
        }
        (Some(Instead::Nothing), _) => format!("this is empty; {WANTED}"),
        (None, Reason::NotXml) => format!("{refusal}; {WANTED}"),
        (None, _) => refusal.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use provost_saml::Metadata;

    /// Seen to fail: with a certificate called XML that is not well-formed.
    #[test]
    fn what_was_brought_instead_is_named() {
        for (brought, said) in [
            ("<!DOCTYPE html><p>Sign in", "this is a web page"),
            ("\u{feff}\n <html lang='en'>", "this is a web page"),
            ("-----BEGIN CERTIFICATE-----\nMIIC", "this is a certificate"),
            ("MIIC8DCCAdigAwIBAgIQ", "this is a certificate"),
            ("{\"issuer\":\"https://login.example\"}", "this is JSON"),
            ("  \n", "this is empty"),
            ("a=b", "not well-formed XML"),
            ("<!DOCTYPE EntityDescriptor [<!ENTITY a 'b'>]><EntityDescriptor/>", "`<!DOCTYPE`"),
            ("<EntitiesDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata'/>", "`EntitiesDescriptor`"),
        ] {
            let refusal = Metadata::parse(brought.as_bytes(), DateTime::UNIX_EPOCH).expect_err(brought);
            let told = unread(brought.as_bytes(), &refusal);
            assert!(told.contains(said) && !told.ends_with('.'), "{brought}: {told}");
        }
    }
}
