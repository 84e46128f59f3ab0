//! The errors of a store.

use provost_core::error::Place;
use provost_core::{Error, ErrorKind, Id};

/// A store refuses or fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The tenant has no such resource.
    #[error("there is no such resource")]
    NotFound,
    /// Another resource of the type already has the value.
    #[error("another resource already has this `{attribute}`")]
    Conflict {
        /// The canonical path of the attribute.
        attribute: String,
    },
    /// The resource's version is not the required one. Only for callers that required one: otherwise a store waits for
    /// other writers, or starts again.
    #[error("the resource is at another version")]
    VersionMismatch,
    /// New members that do not exist, if the request wants them refused.
    #[error("these members do not exist: {}", list(.0))]
    UnknownMembers(Vec<Id>),
    /// This store cannot answer the filter or sort. Never returned by the stores of this project.
    #[error("this filter cannot be answered: {0}")]
    Unfilterable(String),
    /// The query would examine more than [`Bounds::scan`](provost_core::query::Bounds::scan) allows. The text is for
    /// the client, and says what to do.
    #[error("{0}")]
    TooBroad(String),
    /// The store cannot continue at this [`SeekKey`](provost_core::query::SeekKey), since it did not make it or does
    /// not support cursors. The text is for the client.
    #[error("{0}")]
    Cursor(String),
    /// The store is read-only.
    #[error("the storage is read-only")]
    ReadOnly,
    /// A guard of the application refused the change. The text is for the client.
    #[error("{0}")]
    Refused(String),
    /// A guard of the application refuses the change until a person allows it. The text is for the client, and says
    /// who. Unlike [`Self::Refused`] it is answered with 403, at which an identity provider stops and waits.
    #[error("{0}")]
    Forbidden(String),
    /// The storage is currently unavailable, or could not confirm a write, which may or may not have taken effect.
    #[error("storage is temporarily unavailable")]
    Unavailable {
        /// After how many seconds a retry makes sense.
        retry_after_s: u32,
    },
    /// Too many writes of the same tenant are already waiting; nothing was done. Other tenants are not affected.
    #[error("too many changes of this organisation are waiting to be written")]
    Crowded {
        /// After how many seconds a retry makes sense.
        retry_after_s: u32,
    },
    /// The storage cannot be used by this program until somebody fixes it, for instance because it was prepared for
    /// other schemas. The text is for the client, and says what to do.
    #[error("{0}")]
    Unfit(String),
    /// The storage failed. The source is for the log.
    #[error("the storage failed")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// After how many seconds a retry makes sense if a person has to do something first.
const UNFIT_RETRY_S: u32 = 60;

impl StoreError {
    /// The storage failed.
    pub fn backend(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Backend(source.into())
    }
}

impl StoreError {
    /// For a query that would examine more than `most` values: those of `path`, which has no index, or, without a path,
    /// all values that the indices find.
    #[must_use]
    pub fn too_broad(most: usize, path: Option<&str>) -> Self {
        Self::TooBroad(match path {
            Some(path) => format!(
                "the query would look at more than {most} values, since no index answers what it asks of `{path}`: filter by \
                 `eq` on an indexed attribute, such as `userName` or `externalId`, or ask the operator to index this one"
            ),
            None => format!("the filter finds more than {most} resources: narrow it"),
        })
    }

    /// For a store without cursors.
    #[must_use]
    pub fn no_cursors() -> Self {
        Self::Cursor("cursors are not supported here: use `startIndex` and `count` for pages".to_owned())
    }

    /// For a mark the store did not make, such as one from another version of the program.
    #[must_use]
    pub fn foreign_mark() -> Self {
        Self::Cursor("this cursor is no longer valid: start again with an empty `cursor`".to_owned())
    }
}

fn list(ids: &[Id]) -> String {
    const SHOWN: usize = 20;
    let shown: Vec<String> =
        ids.iter().take(SHOWN).map(|id| format!("`{}`", provost_core::text::excerpt(id.as_str()))).collect();
    match ids.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What the client is told, which never includes the database's own text.
impl From<StoreError> for Error {
    fn from(e: StoreError) -> Self {
        let message = e.to_string();
        match e {
            StoreError::NotFound => Self::new(ErrorKind::NotFound, message),
            StoreError::Conflict { .. } => Self::new(ErrorKind::Uniqueness, message),
            StoreError::VersionMismatch => Self::new(ErrorKind::PreconditionFailed, message),
            StoreError::UnknownMembers(_) => {
                Self::new(ErrorKind::InvalidValue, message).at(Place::attribute("members"))
            }
            StoreError::Unfilterable(_) => {
                Self::new(ErrorKind::InvalidFilter, message).at(Place::parameter("filter"))
            }
            StoreError::TooBroad(_) => Self::new(ErrorKind::TooMany, message),
            StoreError::Cursor(_) => {
                Self::new(ErrorKind::InvalidCursor, message).at(Place::parameter("cursor"))
            }
            StoreError::ReadOnly | StoreError::Forbidden(_) => Self::new(ErrorKind::Forbidden, message),
            // Entra takes 403 as a fault of the credentials and stops the job, so a guard's refusal is a conflict
            StoreError::Refused(_) => Self::new(ErrorKind::Conflict, message),
            StoreError::Unavailable { retry_after_s } => {
                Self::new(ErrorKind::Unavailable, message).with_retry_after(retry_after_s)
            }
            StoreError::Crowded { retry_after_s } => {
                let error = Self::new(ErrorKind::TooManyRequests, message);
                error.with_remedy("send fewer at once").with_retry_after(retry_after_s)
            }
            StoreError::Unfit(_) => {
                Self::new(ErrorKind::Unavailable, message).with_retry_after(UNFIT_RETRY_S)
            }
            StoreError::Backend(source) => Self::new(ErrorKind::Internal, message).with_source(source),
        }
    }
}
