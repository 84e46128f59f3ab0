//! The application that people sign in to, which SAML calls the service provider. An administrator copies its three
//! addresses into the identity provider.

use crate::url::HttpsUrl;

/// This application, as the identity provider knows it.
///
/// ```
/// use provost_saml::{HttpsUrl, ServiceProvider};
///
/// # fn main() -> Result<(), provost_saml::NotHttps> {
/// let provider = ServiceProvider {
///     entity_id: HttpsUrl::try_new("https://app.example/saml/metadata/acme/")?,
///     acs_url: HttpsUrl::try_new("https://app.example/saml/acs/acme/")?,
///     logout_url: HttpsUrl::try_new("https://app.example/saml/sls/acme/")?,
/// };
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceProvider {
    /// The audience of assertions: *Identifier (Entity ID)* in Entra.
    pub entity_id: HttpsUrl,
    /// Where responses are posted: *Reply URL (Assertion Consumer Service URL)* in Entra.
    pub acs_url: HttpsUrl,
    /// Where logout requests are redirected to: *Logout Url* in Entra.
    pub logout_url: HttpsUrl,
}
