//! Why there is no session.

use crate::error::StoreError;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The request shows nothing that could be checked.
    #[error("credentials are required")]
    Missing,
    /// What it shows is not one of ours, or was revoked, or has expired. Which of these is nobody's business.
    #[error("the credentials are not valid")]
    Invalid,
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
}
