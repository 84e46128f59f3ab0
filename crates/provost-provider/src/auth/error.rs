//! Why there is no session.

use crate::error::StoreError;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The request shows nothing that could be checked.
    #[error("credentials are required")]
    Missing,
    /// What it shows is not one of ours, or was revoked, or has expired. The client does not learn which.
    #[error("the credentials are not valid")]
    Invalid,
    /// They are valid, and open nothing at present; the client reads why, and what to change.
    #[error("{0}")]
    Closed(String),
    /// A header came more than once: which of them counts is not for a server to guess.
    #[error("the header {0} appears twice")]
    Repeated(String),
    /// Too many requests or failed attempts.
    #[error("too many requests; try again later")]
    TooMany {
        /// Seconds after which a retry makes sense.
        retry_after_s: u32,
    },
    /// The credentials could not be looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One of the others with a note, which the client never sees: made by [`with_note`](Self::with_note).
    #[error("{error}")]
    Noted {
        /// What the client reads.
        error: Box<Self>,
        /// What the log says.
        #[source]
        note: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl AuthError {
    /// Adds what the log should know and the client should not: whose token it is, and that it was revoked. It becomes the
    /// source of the error that the request is answered with.
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
