//! What a store can answer instead of a result.

use provost_core::error::Place;
use provost_core::{Error, ErrorKind, Id};

/// A store's refusal or failure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such resource in this tenant.
    #[error("there is no such resource")]
    NotFound,
    /// Another resource of the type has the value already.
    #[error("another resource already has this `{attribute}`")]
    Conflict {
        /// The canonical path of the attribute.
        attribute: String,
    },
    /// The resource has another version than the one required. An answer to a caller that gave one, and to no other:
    /// where none was given a store waits for other writers, or starts anew.
    #[error("the resource is at another version")]
    VersionMismatch,
    /// New members that do not exist, and the request said to refuse them.
    #[error("these members do not exist: {}", list(.0))]
    UnknownMembers(Vec<Id>),
    /// This store cannot answer the filter or sort. It never occurs with the stores of this project.
    #[error("this filter cannot be answered: {0}")]
    Unfilterable(String),
    /// The query would look at more than [`Bounds::scan`](provost_core::query::Bounds::scan) allows. The text is for the
    /// client, and says what to do.
    #[error("{0}")]
    TooBroad(String),
    /// The store cannot go on at this [`SeekKey`](provost_core::query::SeekKey), which it did not make; or it has no
    /// cursors at all. The text is for the client.
    #[error("{0}")]
    Cursor(String),
    /// The store takes no writes.
    #[error("the storage is read-only")]
    ReadOnly,
    /// A guard of the application refused the change; the text is for the client.
    #[error("{0}")]
    Refused(String),
    /// A guard of the application does not allow the change until a person does; the text is for the client, and says who. Unlike
    /// [`Self::Refused`] it is answered 403, at which an identity provider stops and waits for somebody.
    #[error("{0}")]
    Forbidden(String),
    /// The storage cannot be reached now, or could not confirm a write: it may or may not have taken effect.
    #[error("storage is temporarily unavailable")]
    Unavailable {
        /// Seconds after which a retry makes sense.
        retry_after_s: u32,
    },
    /// Too much of the same tenant waits to be written already; nothing was done. Others are not concerned.
    #[error("too many changes of this organisation are waiting to be written")]
    Crowded {
        /// Seconds after which a retry makes sense.
        retry_after_s: u32,
    },
    /// The storage is not fit for this program, and stays so until somebody mends it: it was prepared for other schemas,
    /// for instance. The text is for the client, and says what to do.
    #[error("{0}")]
    Unfit(String),
    /// A failure of the storage. The source is for the log.
    #[error("the storage failed")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Seconds after which a retry makes sense where a person has to do something first.
const UNFIT_RETRY_S: u32 = 60;

impl StoreError {
    /// A failure of the storage.
    pub fn backend(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Backend(source.into())
    }
}

impl StoreError {
    /// What a store says to a query that would look at more values than `most`: at those of `path` among others, which no
    /// index finds; or, with none, at all that the indices find.
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

    /// What a store says that has no cursors.
    #[must_use]
    pub fn no_cursors() -> Self {
        Self::Cursor("cursors are not supported here: use `startIndex` and `count` for pages".to_owned())
    }

    /// What a store says to a mark that it did not make: one of another version of the program, for instance.
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

/// What the client reads: never the text of a database.
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
            // Entra takes 403 for a fault of the credentials and stops the job; a guard's refusal is a conflict
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
