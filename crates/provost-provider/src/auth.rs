//! Authentication of clients.

mod error;
mod refusal;
mod request;
mod scheme;

pub use error::AuthError;
pub use request::{AuthRequest, Basic};
pub use scheme::Scheme;

use crate::principal::Principal;
use crate::response::Refusal;
use crate::store::Store;
use provost_core::Profile;
use std::future::Future;

/// An authenticated client: a store bound to its tenant, and the profile for its requests.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Session<S> {
    /// Who calls.
    pub principal: Principal,
    /// The tenant's resources.
    pub store: S,
    /// How its requests are read; `None` for [`Settings::profile`](crate::Settings::profile).
    pub profile: Option<Profile>,
}

impl<S> Session<S> {
    /// A client with the profile of the settings.
    pub fn new(principal: Principal, store: S) -> Self {
        Self { principal, store, profile: None }
    }

    /// The same with a profile of its own.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }
}

/// Turns a request's credentials into a session.
///
/// A server with one API key. For bearer tokens, leave out the method [`schemes`](Self::schemes):
///
/// ```
/// use provost_provider::{
///     AuthError, AuthRequest, Authenticator, Credential, CredentialKind, MemoryStore, Principal, Scheme, Session, same_secret,
/// };
///
/// struct OneKey(String, MemoryStore);
///
/// impl Authenticator for OneKey {
///     type Store = MemoryStore;
///
///     async fn authenticate(&self, request: AuthRequest<'_>) -> Result<Session<MemoryStore>, AuthError> {
///         let key = request.header("X-Api-Key")?.ok_or(AuthError::Missing)?;
///         if !same_secret(key, &self.0) {
///             return Err(AuthError::Invalid);
///         }
///         let credential = Credential::new(CredentialKind::ApiKey, "the-key");
///         Ok(Session::new(Principal::new("acme", credential), self.1.clone()))
///     }
///
///     fn schemes(&self) -> Vec<Scheme> {
///         vec![Scheme::ApiKey("X-Api-Key".into())]
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let server = OneKey("k1".to_owned(), MemoryStore::new());
/// let request = AuthRequest::new("GET", "/scim/v2/Users", &[("x-api-key", b"k1")]);
/// assert!(provost_provider::admit(&server, request).await.is_ok());
/// let request = AuthRequest::new("GET", "/scim/v2/Users", &[]);
/// let refusal = provost_provider::admit(&server, request).await.unwrap_err();
/// assert_eq!(refusal.challenge(), Some(r#"ApiKey realm="scim", header="X-Api-Key""#));
/// # }
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// The store of its sessions.
    type Store: Store;

    /// Checks the credentials of a request and, if the base URL has parameters, that they are valid for their values.
    ///
    /// Called for every request, including those without `Authorization`. It must refuse whatever it does not know.
    fn authenticate(
        &self,
        request: AuthRequest<'_>,
    ) -> impl Future<Output = Result<Session<Self::Store>, AuthError>> + Send;

    /// The accepted schemes, the preferred one first. Every 401 offers them in WWW-Authenticate (RFC 9110 section
    /// 11.6.1), and the ServiceProviderConfig announces them ([`Settings::schemes`](crate::Settings::schemes)). Only
    /// [`Scheme::Bearer`] by default.
    fn schemes(&self) -> Vec<Scheme> {
        vec![Scheme::Bearer]
    }
}

/// Authenticates a client, or makes the refusal for it. An adapter calls this once for each request.
///
/// # Errors
/// The authenticator refuses: the text matches what the client tried, and the challenges are those of its
/// [`schemes`](Authenticator::schemes). A request with two `Authorization` headers is refused without asking it (400).
pub async fn admit<A: Authenticator>(
    authenticator: &A,
    request: AuthRequest<'_>,
) -> Result<Session<A::Store>, Refusal> {
    let admitted = match request.check_authorization() {
        Ok(()) => authenticator.authenticate(request).await,
        Err(e) => Err(e),
    };
    admitted.map_err(|e| refusal::refuse(e, &request, &authenticator.schemes()))
}

/// Compares two secrets in a time that depends only on their lengths. An empty text is not a secret: two of them are
/// not the same.
#[must_use]
pub fn same_secret(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    !a.is_empty()
        && a.len() == b.len()
        && a.iter().zip(b).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}

#[cfg(test)]
mod tests;
