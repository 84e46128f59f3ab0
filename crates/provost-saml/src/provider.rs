//! The application that people sign in to: in the words of SAML the service provider. Its three addresses are what an
//! administrator copies into the identity provider.

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
    /// Entra's field *Identifier (Entity ID)*: the audience of its assertions.
    pub entity_id: HttpsUrl,
    /// Entra's field *Reply URL (Assertion Consumer Service URL)*: where responses are posted to.
    pub acs_url: HttpsUrl,
    /// Entra's field *Logout Url*: where requests to log out are redirected to.
    pub logout_url: HttpsUrl,
}
