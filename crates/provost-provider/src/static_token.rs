//! An authenticator for tests and first steps.

use crate::auth::{AuthError, Authenticator, Session};
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
    /// Gives `store` to every client that brings `token`. An empty token lets nobody in.
    pub fn new(token: impl Into<Box<str>>, store: S, profile: Profile) -> Self {
        Self {
            token: token.into(),
            session: Session {
                principal: Principal::new(store.tenant_key(), Credential::token("the-token")),
                store,
                profile,
            },
        }
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

    async fn authenticate(&self, bearer: Option<&str>) -> Result<Session<S>, AuthError> {
        match bearer {
            None => Err(AuthError::Missing),
            Some(token) if !self.token.is_empty() && same(token.as_bytes(), self.token.as_bytes()) => {
                Ok(self.session.clone())
            }
            Some(_) => Err(AuthError::Invalid),
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
    use crate::memory::MemoryStore;
    use provost_core::SchemaSet;
    use provost_core::resource::Service;

    #[tokio::test]
    async fn only_the_token_lets_in_and_an_empty_one_never() {
        let store = MemoryStore::new(Service::new("https://example.com", SchemaSet::builtin().into()));
        let ours = StaticToken::new("abc", store.clone(), Profile::strict());
        assert!(ours.authenticate(Some("abc")).await.is_ok());
        assert!(matches!(ours.authenticate(None).await, Err(AuthError::Missing)));
        for wrong in ["", "ab", "abd", "abcd", "ABC"] {
            assert!(matches!(ours.authenticate(Some(wrong)).await, Err(AuthError::Invalid)), "{wrong}");
        }
        let none = StaticToken::new("", store, Profile::strict());
        assert!(matches!(none.authenticate(Some("")).await, Err(AuthError::Invalid)));
        assert_eq!(format!("{ours:?}"), "StaticToken { .. }");
    }

    #[test]
    fn tokens_compare_whole() {
        assert!(same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd") && !same(b"abc", b"ab") && !same(b"", b"a"));
    }
}
