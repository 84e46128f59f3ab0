//! Why there is no session.

use crate::error::StoreError;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The request has no credentials.
    #[error("credentials are required")]
    Missing,
    /// The credentials are unknown, revoked or expired. The client does not learn which.
    #[error("the credentials are not valid")]
    Invalid,
    /// The credentials are valid, but open nothing at present. The client is told why, and what to change.
    #[error("{0}")]
    Closed(String),
    /// A header was sent more than once, and a server should not guess which one counts.
    #[error("the header {0} appears twice")]
    Repeated(String),
    /// Too many requests or failed attempts.
    #[error("too many requests; try again later")]
    TooMany {
        /// After how many seconds a retry makes sense.
        retry_after_s: u32,
    },
    /// The credentials could not be looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One of the others with a note that the client never sees; see [`with_note`](Self::with_note).
    #[error("{error}")]
    Noted {
        /// What the client is told.
        error: Box<Self>,
        /// What is logged.
        #[source]
        note: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl AuthError {
    /// Adds something for the log that the client must not see: whose token it is, and that it was revoked. It becomes
    /// the source of the error in the answer.
    ///
    /// ```
    /// use provost_provider::AuthError;
    /// let refusal = AuthError::Invalid.with_note("the token was revoked");
    /// assert_eq!(refusal.to_string(), AuthError::Invalid.to_string());
    /// ```
    #[must_use]
    pub fn with_note(self, note: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Noted { error: Box::new(self), note: note.into() }
    }
}
