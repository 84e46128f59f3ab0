//! From metadata to a stored connection, and from there to what verifies.

use super::connection::{Addresses, Connection, Map, Provider, Trusted};
use crate::clock::Timestamp;
use crate::people::{Compared, OBJECT_ID};
use chrono::{DateTime, Utc};
use provost_saml::{
    Certificate, ExpiredCertificate, HttpsUrl, Metadata, Refusal, ServiceProvider, SubjectSource, Verifier,
};

/// The hosts at which Entra's clouds publish metadata: worldwide, US Government, China, and China by its name of before.
const ENTRA_HOSTS: [&str; 4] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
];

/// Whether an address is Entra's.
pub(crate) fn is_entra(address: &str) -> bool {
    let rest = address.strip_prefix("https://").unwrap_or_default();
    ENTRA_HOSTS.contains(&rest.split('/').next().unwrap_or_default())
}

/// The time of the clock, as the crate behind has it.
pub(crate) fn instant(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.as_millis()).unwrap_or_default()
}

/// What metadata says of an identity provider.
///
/// # Errors
/// In the words of [`Refusal`].
pub(crate) fn read(bytes: &[u8], address: Option<String>, now: Timestamp) -> Result<Provider, Refusal> {
    let metadata = Metadata::parse(bytes, instant(now))?;
    // refuses what fits no single identity provider
    metadata.clone().connection()?;
    let trusted = |one: &Certificate| Trusted {
        der: one.der().to_vec(),
        fingerprint: one.fingerprint(),
        first_seen: now,
        gone: None,
    };
    Ok(Provider {
        certificates: metadata.certificates.iter().map(trusted).collect(),
        entity_id: metadata.entity_id,
        sso_url: metadata.sso_url.as_str().to_owned(),
        logout_url: metadata.logout_url.map(|url| url.as_str().to_owned()),
        address,
        read: now,
    })
}

/// The attributes that fit an identity provider: Entra's set for Entra, and the subject's name elsewhere.
pub(crate) fn preset(provider: &Provider) -> Map {
    match tenant(provider) {
        Some(_) => Map::entra(),
        None => Map { id: String::new(), compared: Compared::UserName, ..Map::entra() },
    }
}

/// The tenant, if it is Entra's.
pub(crate) fn tenant(provider: &Provider) -> Option<String> {
    let url = HttpsUrl::try_new(&*provider.sso_url).ok()?;
    let connection = provost_saml::Connection::try_new(&provider.entity_id, url, Vec::new()).ok()?;
    connection.tenant().map(|tenant| tenant.to_string())
}

/// The certificates, with their dates.
pub(crate) fn certificates(provider: &Provider) -> Vec<(&Trusted, Certificate)> {
    let all = provider.certificates.iter();
    all.filter_map(|one| Certificate::from_der(&one.der).ok().map(|read| (one, read))).collect()
}

/// When the last certificate ends that stays trusted, by its own dates.
pub(crate) fn last_end(provider: &Provider, now: Timestamp) -> Option<Timestamp> {
    let trusted = provider.trusted(now);
    let stays = trusted.iter().any(|one| one.gone.is_none());
    let those = trusted.into_iter().filter(|one| !stays || one.gone.is_none());
    let ends = those.filter_map(|one| Certificate::from_der(&one.der).ok()).map(|one| one.not_after());
    ends.max().map(|end| Timestamp::from_millis(end.timestamp_millis()))
}

/// Why nothing can be verified, although a connection is stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// The public URL is not https.
    #[error("the public URL is not https: set PROVOST_PUBLIC_URL to the https address of this server")]
    PublicUrl,
    #[error("the stored connection cannot be used: {0}")]
    Stored(String),
}

/// What begins sign-ins of a connection and verifies their answers.
pub(crate) fn verifier(
    connection: &Connection,
    addresses: &Addresses,
    now: Timestamp,
) -> Result<Verifier, Unusable> {
    let ours = |text: &str| HttpsUrl::try_new(text).map_err(|_not_https| Unusable::PublicUrl);
    let theirs =
        |text: &str| HttpsUrl::try_new(text).map_err(|not_https| Unusable::Stored(not_https.to_string()));
    let provider = ServiceProvider {
        entity_id: ours(&addresses.identifier)?,
        acs_url: ours(&addresses.reply)?,
        logout_url: ours(&addresses.logout)?,
    };
    let stored = &connection.provider;
    let url = theirs(&stored.sso_url)?;
    let trusted = stored.trusted(now).into_iter().filter_map(|one| Certificate::from_der(&one.der).ok());
    let expired = match connection.refuses_expired {
        true => ExpiredCertificate::Refuse,
        false => ExpiredCertificate::Accept,
    };
    let made = provost_saml::Connection::try_new(&stored.entity_id, url, trusted.collect())
        .map_err(|refusal| Unusable::Stored(refusal.to_string()))?
        .with_logout_url(stored.logout_url.as_deref().map(theirs).transpose()?)
        .with_subject(source(&connection.map))
        .with_expired_certificate(expired);
    Ok(Verifier::new(provider, made))
}

/// What says who somebody is; nothing named means the subject's name.
fn source(map: &Map) -> SubjectSource {
    match map.id.as_str() {
        "" => SubjectSource::NameId,
        name => SubjectSource::Attribute(name.to_owned()),
    }
}

/// Whether who somebody is can never change.
pub(crate) fn is_lasting(map: &Map) -> bool {
    map.id == OBJECT_ID
}

/// What this application publishes about itself, for identity providers that read it.
pub(crate) fn ours(addresses: &Addresses) -> String {
    let [identifier, reply, logout] =
        [&addresses.identifier, &addresses.reply, &addresses.logout].map(|text| escape(text));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{identifier}\">\
         <SPSSODescriptor AuthnRequestsSigned=\"false\" WantAssertionsSigned=\"true\" \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
         <SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{logout}\"/>\
         <AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{reply}\" index=\"0\" \
         isDefault=\"true\"/></SPSSODescriptor></EntityDescriptor>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRA: &str = include_str!("../../../provost-saml/corpus/metadata-ok-entra.md.xml");

    /// Host, issuer, and what is published there.
    const CLOUDS: [(&str, &str, &str); 3] = [
        (
            "login.microsoftonline.com",
            "sts.windows.net",
            include_str!("../../../provost-saml/corpus/metadata-ok-entra-worldwide.md.xml"),
        ),
        (
            "login.microsoftonline.us",
            "sts.windows.net",
            include_str!("../../../provost-saml/corpus/metadata-ok-entra-us-government.md.xml"),
        ),
        (
            "login.partner.microsoftonline.cn",
            "sts.chinacloudapi.cn",
            include_str!("../../../provost-saml/corpus/metadata-ok-entra-china.md.xml"),
        ),
    ];

    #[test]
    fn entra_has_a_preset_and_a_tenant() {
        let now = Timestamp::from_millis(1_772_366_400_000);
        let provider = read(ENTRA.as_bytes(), None, now).expect("metadata");
        assert!(tenant(&provider).is_some() && preset(&provider).id == OBJECT_ID);
        assert!(!provider.certificates.is_empty());
        let other = Provider { entity_id: "https://idp.example/".to_owned(), ..provider };
        assert!(tenant(&other).is_none() && preset(&other).id.is_empty());
    }

    /// Seen to fail: without the issuer of China, and without the host of the United States.
    #[test]
    fn entra_is_known_in_each_of_its_clouds() {
        let now = Timestamp::from_millis(1_772_366_400_000);
        let tenant_id = "0f4c7a52-6d1e-4b7a-9a55-3c2f1d0e9b88";
        for (host, issuer, published) in CLOUDS {
            let address = format!(
                "https://{host}/{tenant_id}/federationmetadata/2007-06/federationmetadata.xml?appid=1"
            );
            assert!(is_entra(&address), "{address}");
            let provider = read(published.as_bytes(), Some(address), now).expect(host);
            assert_eq!(provider.entity_id, format!("https://{issuer}/{tenant_id}/"));
            assert_eq!(
                (tenant(&provider).as_deref(), preset(&provider)),
                (Some(tenant_id), Map::entra()),
                "{host}"
            );
            let ends_at = format!("https://{host}/{tenant_id}/saml2");
            assert_eq!((provider.sso_url, provider.logout_url.as_ref()), (ends_at.clone(), Some(&ends_at)));
            // those of the application, and not that of the parts for WS-Federation
            assert_eq!(provider.certificates.len(), 2, "{host}");
        }
    }

    /// Seen to fail: with a host that begins like Entra's.
    #[test]
    fn hosts_of_entra_are_whole_names() {
        for (address, expected) in [
            ("https://login.microsoftonline.com/x/federationmetadata.xml", true),
            ("https://login.microsoftonline.us/x", true),
            ("https://login.partner.microsoftonline.cn/x", true),
            ("https://login.chinacloudapi.cn/x", true),
            ("https://login.microsoftonline.com.evil.example/x", false),
            ("http://login.microsoftonline.com/x", false),
        ] {
            assert_eq!(is_entra(address), expected, "{address}");
        }
    }
}
