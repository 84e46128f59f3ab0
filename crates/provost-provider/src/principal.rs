//! Who calls, and what they showed.

use std::sync::Arc;

/// An authenticated client.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Principal {
    /// Whose data it works on: what the store is bound to, as a text. Empty where there are no tenants.
    pub tenant: Arc<str>,
    /// What it showed.
    pub credential: Credential,
    /// Whether it may only read: each of its writes is refused (403), a Bulk too, before the body is read.
    pub read_only: bool,
}

/// What a client was known by, for audit records and logs. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Credential {
    /// What kind of thing it is.
    pub kind: CredentialKind,
    /// Its name among those of its kind: the key id of a token, the name that belongs to a password.
    pub id: Arc<str>,
}

/// The kinds of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// A bearer token that this service gave out.
    Token,
    /// A key in a header of its own.
    ApiKey,
    /// A name and password.
    Password,
    /// A certificate.
    Certificate,
}

impl Credential {
    /// A credential, by its name among those of its kind.
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

    /// Whose share of something scarce it uses ([`Gate`](crate::Gate)): its tenant's, where there are tenants.
    #[must_use]
    pub fn payer(&self) -> Option<Arc<str>> {
        (!self.tenant.is_empty()).then(|| self.tenant.clone())
    }

    /// The same, but for reading only.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}
