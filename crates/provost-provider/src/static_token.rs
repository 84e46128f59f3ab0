//! An authenticator for tests and first steps.

use crate::auth::{AuthError, AuthRequest, Authenticator, Session, same_secret};
use crate::principal::{Credential, Principal};
use crate::store::Store;
use provost_core::Profile;
use std::fmt;

/// One token for one tenant. A server with several, or one that must be able to revoke tokens, needs an
/// [`Authenticator`] of its own.
#[derive(Clone)]
pub struct StaticToken<S> {
    token: Box<str>,
    session: Session<S>,
}

impl<S: Store + Clone> StaticToken<S> {
    /// Gives `store` to every client that presents `token`. An empty token admits nobody. Requests to a
    /// base URL with parameters are refused, since it is for many tenants.
    pub fn new(token: impl Into<Box<str>>, store: S) -> Self {
        let principal = Principal::new(store.tenant_key(), Credential::token("the-token"));
        Self { token: token.into(), session: Session::new(principal, store) }
    }

    /// The same, with a profile of its own for its requests.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.session.profile = Some(profile);
        self
    }
}

/// Without the token.
impl<S> fmt::Debug for StaticToken<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticToken").finish_non_exhaustive()
    }
}

impl<S: Store + Clone> Authenticator for StaticToken<S> {
    type Store = S;

    async fn authenticate(&self, request: AuthRequest<'_>) -> Result<Session<S>, AuthError> {
        let bearer = request.bearer()?.ok_or(AuthError::Missing)?;
        match same_secret(bearer, &self.token) && request.address.is_none() {
            true => Ok(self.session.clone()),
            false => Err(AuthError::Invalid),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_url::BaseUrl;
    use crate::memory::MemoryStore;

    #[tokio::test]
    async fn only_the_token_lets_in_and_an_empty_one_never() {
        let bearer = |token: &str| format!("Bearer {token}").into_bytes();
        let ours = StaticToken::new("abc", MemoryStore::new());
        for (token, is_in) in
            [("abc", true), ("", false), ("ab", false), ("abd", false), ("abcd", false), ("ABC", false)]
        {
            let sent = bearer(token);
            let headers = [("authorization", &*sent)];
            let entered = ours.authenticate(AuthRequest::new("GET", "/", &headers)).await;
            assert_eq!(entered.is_ok(), is_in, "{token}");
            assert!(is_in || matches!(entered, Err(AuthError::Invalid)), "{token}");
        }
        let nothing = AuthRequest::new("GET", "/", &[]);
        assert!(matches!(ours.authenticate(nothing).await, Err(AuthError::Missing)));
        let base_url: BaseUrl = "https://example.com/{company}/scim".parse().unwrap();
        let address = base_url.fill(|_| Some("acme")).unwrap();
        let headers = [("authorization", &b"Bearer abc"[..])];
        let elsewhere = AuthRequest::new("GET", "/", &headers).at(Some(&address));
        assert!(matches!(ours.authenticate(elsewhere).await, Err(AuthError::Invalid)));
        let none = StaticToken::new("", MemoryStore::new());
        let empty = [("authorization", &b"Bearer "[..])];
        let empty = none.authenticate(AuthRequest::new("GET", "/", &empty)).await;
        assert!(matches!(empty, Err(AuthError::Invalid)));
        assert_eq!(format!("{ours:?}"), "StaticToken { .. }");
    }
}
