//! Who calls.

use crate::error::StoreError;
use crate::store::Store;
use provost_core::{Error, ErrorKind, Profile};
use std::future::Future;
use std::sync::Arc;

/// An authenticated client.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Principal {
    /// The name that stands in audit records and logs: the key id of a token. Never a secret.
    pub actor: Arc<str>,
    /// Whether it may read only.
    pub read_only: bool,
}

impl Principal {
    /// A client that may read and write.
    #[must_use]
    pub fn new(actor: impl Into<Arc<str>>) -> Self {
        Self { actor: actor.into(), read_only: false }
    }

    /// The same, but for reading only.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}

/// A client with what belongs to it: a store that sees its tenant and no other, and the profile of its requests.
#[derive(Debug, Clone)]
pub struct Session<S> {
    /// Who calls.
    pub principal: Principal,
    /// The tenant's resources.
    pub store: S,
    /// How its requests are read.
    pub profile: Profile,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// No token was sent.
    #[error("a bearer token is required: send `Authorization: Bearer <secret token>`")]
    Missing,
    /// The token is not one of ours, or was revoked, or has expired. Which of these is nobody's business.
    #[error("the bearer token is not valid")]
    Invalid,
    /// Too many requests or failed attempts.
    #[error("too many requests; try again later")]
    TooMany {
        /// Seconds after which a retry makes sense.
        retry_after_s: u32,
    },
    /// The tokens could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AuthError> for Error {
    fn from(e: AuthError) -> Self {
        let said = e.to_string();
        match e {
            AuthError::Missing | AuthError::Invalid => Self::new(ErrorKind::Unauthorized, said),
            AuthError::TooMany { retry_after_s } => {
                Self::new(ErrorKind::TooManyRequests, said).with_retry_after(retry_after_s)
            }
            AuthError::Store(e) => e.into(),
        }
    }
}

/// Turns a bearer token into a session.
pub trait Authenticator: Send + Sync + 'static {
    /// The store of its sessions.
    type Store: Store;

    /// Checks a token. `None` means that none was sent; an empty one is `Some("")` and must be refused.
    fn authenticate(
        &self,
        bearer: Option<&str>,
    ) -> impl Future<Output = Result<Session<Self::Store>, AuthError>> + Send;
}
