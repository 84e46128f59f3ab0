//! Failures of the database and of hooks, and how a store reports them.

use crate::engine::Engine;
use diesel::result::Error as DieselError;
use provost_provider::StoreError;

/// A failure inside a transaction: of a hook, or of the application's own reads and writes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HookError {
    /// The request must not be carried out. The text is for the client.
    #[error("{0}")]
    Refused(String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DieselError),
    /// A store's error.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something else failed.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl From<HookError> for StoreError {
    fn from(e: HookError) -> Self {
        match e {
            HookError::Refused(why) => Self::Refused(why),
            HookError::Database(e) => database(e),
            HookError::Store(e) => e,
            HookError::Other(e) => Self::Backend(e),
        }
    }
}

/// After how many seconds a retry makes sense: the time of a few batches.
pub(crate) const RETRY_AFTER_S: u32 = 1;

pub(crate) fn unavailable() -> StoreError {
    StoreError::Unavailable { retry_after_s: RETRY_AFTER_S }
}

/// A list without an index took too long.
pub(crate) fn too_broad() -> StoreError {
    let message = "the query takes too long: narrow it, or filter by an attribute that is indexed";
    StoreError::TooBroad(message.to_owned())
}

/// The database was prepared by, and for, another program than this one, or by none.
pub(crate) fn prepared_otherwise(by_anybody: bool) -> StoreError {
    let message = match by_anybody {
        true => {
            "the database was prepared with other schemas or indexed attributes, or by another version, than this \
             server has: start every server on it in the same version, with the same schemas and indexed attributes"
        }
        false => "the database is not prepared yet: start the server on it, or migrate it",
    };
    StoreError::Unfit(message.to_owned())
}

/// Wraps something the connection itself noticed as the error of a statement.
pub(crate) fn found(what: StoreError) -> DieselError {
    DieselError::QueryBuilderError(Box::new(what))
}

/// The store error for a failed statement. A temporary failure is logged here, since [`StoreError::Unavailable`] has no
/// source.
pub(crate) fn database(e: DieselError) -> StoreError {
    // see `found`
    let e = match e {
        DieselError::QueryBuilderError(found) => match found.downcast::<StoreError>() {
            Ok(found) => return *found,
            Err(other) => DieselError::QueryBuilderError(other),
        },
        other => other,
    };
    if is_passing(&e) {
        tracing::warn!(error = %e, "the database is not available");
        return unavailable();
    }
    StoreError::backend(e)
}

/// Whether any kind of database considers the failure temporary. None mistakes another's failures for its own.
pub(crate) fn is_passing(e: &DieselError) -> bool {
    let known: &[fn(&DieselError) -> bool] = &[
        #[cfg(feature = "sqlite")]
        crate::sqlite::Conn::is_passing,
        #[cfg(feature = "postgres")]
        crate::postgres::Conn::is_passing,
    ];
    known.iter().any(|is_passing| is_passing(e))
}
