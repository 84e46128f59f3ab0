//! Authenticated clients and their credentials.

use std::sync::Arc;

/// An authenticated client.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Principal {
    /// The tenant whose data it works on, as a text; the store is bound to it. Empty if there are no tenants.
    pub tenant: Arc<str>,
    /// How it was authenticated.
    pub credential: Credential,
    /// Whether it may only read. Each of its writes is refused with 403 before the body is read, including a Bulk.
    pub read_only: bool,
}

/// What identifies a client in audit records and logs. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Credential {
    /// The kind of credential.
    pub kind: CredentialKind,
    /// Its name within the kind: the key id of a token, the name that goes with a password.
    pub id: Arc<str>,
}

/// The kinds of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// A bearer token issued by this service.
    Token,
    /// A key in a header of its own.
    ApiKey,
    /// A name and password.
    Password,
    /// A certificate.
    Certificate,
}

impl Credential {
    /// A credential, by its name within its kind.
    #[must_use]
    pub fn new(kind: CredentialKind, id: impl Into<Arc<str>>) -> Self {
        Self { kind, id: id.into() }
    }

    /// A bearer token, by its key id.
    #[must_use]
    pub fn token(key_id: impl Into<Arc<str>>) -> Self {
        Self::new(CredentialKind::Token, key_id)
    }
}

impl Principal {
    /// A client that may read and write.
    #[must_use]
    pub fn new(tenant: impl Into<Arc<str>>, credential: Credential) -> Self {
        Self { tenant: tenant.into(), credential, read_only: false }
    }

    /// Whose share of a scarce resource it uses ([`Gate`](crate::Gate)): its tenant's, if there are tenants.
    #[must_use]
    pub fn payer(&self) -> Option<Arc<str>> {
        (!self.tenant.is_empty()).then(|| self.tenant.clone())
    }

    /// The same, restricted to reading.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}
