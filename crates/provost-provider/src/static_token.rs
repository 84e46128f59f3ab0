//! An authenticator for tests and first steps.

use crate::auth::{AuthError, AuthRequest, Authenticator, Session};
use crate::principal::{Credential, Principal};
use crate::store::Store;
use provost_core::Profile;
use std::fmt;

/// One token, one tenant. A server of more than one, or one that must be able to revoke, needs an [`Authenticator`]
/// of its own.
#[derive(Clone)]
pub struct StaticToken<S> {
    token: Box<str>,
    session: Session<S>,
}

impl<S: Store + Clone> StaticToken<S> {
    /// Gives `store` to every client that brings `token`. An empty token lets nobody in, and a base URL with parameters
    /// is one for many tenants, which one token must not open.
    pub fn new(token: impl Into<Box<str>>, store: S) -> Self {
        let principal = Principal::new(store.tenant_key(), Credential::token("the-token"));
        Self { token: token.into(), session: Session::new(principal, store) }
    }

    /// The same, its requests read in a profile of its own.
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
        let bearer = request.bearer.ok_or(AuthError::Missing)?;
        let ours = same(bearer.as_bytes(), self.token.as_bytes()) && !self.token.is_empty();
        match ours && request.address.is_none() {
            true => Ok(self.session.clone()),
            false => Err(AuthError::Invalid),
        }
    }
}

/// Compares in a time that depends on the lengths alone.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_url::BaseUrl;
    use crate::memory::MemoryStore;

    #[tokio::test]
    async fn only_the_token_lets_in_and_an_empty_one_never() {
        let ours = StaticToken::new("abc", MemoryStore::new());
        assert!(ours.authenticate(AuthRequest::new(Some("abc"))).await.is_ok());
        assert!(matches!(ours.authenticate(AuthRequest::new(None)).await, Err(AuthError::Missing)));
        for wrong in ["", "ab", "abd", "abcd", "ABC"] {
            assert!(
                matches!(ours.authenticate(AuthRequest::new(Some(wrong))).await, Err(AuthError::Invalid)),
                "{wrong}"
            );
        }
        let base_url: BaseUrl = "https://example.com/{company}/scim".parse().unwrap();
        let address = base_url.fill(|_| Some("acme")).unwrap();
        let elsewhere = AuthRequest::new(Some("abc")).at(Some(&address));
        assert!(matches!(ours.authenticate(elsewhere).await, Err(AuthError::Invalid)));
        let none = StaticToken::new("", MemoryStore::new());
        assert!(matches!(none.authenticate(AuthRequest::new(Some(""))).await, Err(AuthError::Invalid)));
        assert_eq!(format!("{ours:?}"), "StaticToken { .. }");
    }

    #[test]
    fn tokens_compare_whole() {
        assert!(same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd") && !same(b"abc", b"ab") && !same(b"", b"a"));
    }
}
