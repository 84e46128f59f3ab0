//! Companies that show an API key, or a name and password.

use provost::auth::{Scheme, same_secret};
use provost::{
    AuthError, AuthRequest, Authenticator, Credential, CredentialKind, MemoryStore, Principal, Session,
};

/// What a company may show. A real application keeps hashes of these, and many of them.
pub(crate) struct Client {
    pub(crate) company: &'static str,
    pub(crate) key: Option<&'static str>,
    pub(crate) password: Option<&'static str>,
}

pub(crate) struct Clients(pub(crate) Vec<Client>, pub(crate) MemoryStore);

impl Authenticator for Clients {
    type Store = MemoryStore;

    async fn authenticate(&self, request: AuthRequest<'_>) -> Result<Session<MemoryStore>, AuthError> {
        let company = request.parameter("company").ok_or(AuthError::Invalid)?;
        let client = self.0.iter().find(|client| client.company == company);
        let (kind, known, shown) = match (request.header("X-Api-Key")?, request.basic()?) {
            (Some(key), None) => (CredentialKind::ApiKey, client.and_then(|c| c.key), key.to_owned()),
            (None, Some(basic)) if basic.user == company => {
                (CredentialKind::Password, client.and_then(|c| c.password), basic.password)
            }
            (None, None) => return Err(AuthError::Missing),
            // the name of another company, or a key and a password: which of them counts is not for us to guess
            _ => return Err(AuthError::Invalid),
        };
        if !known.is_some_and(|known| same_secret(&shown, known)) {
            return Err(AuthError::Invalid);
        }
        let principal = Principal::new(company, Credential::new(kind, company));
        Ok(Session::new(principal, self.1.tenant(company)))
    }

    fn schemes(&self) -> Vec<Scheme> {
        vec![Scheme::ApiKey("X-Api-Key".into()), Scheme::Basic]
    }
}
