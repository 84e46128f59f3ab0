//! Classifies failures by SQLSTATE, since messages are in the server's language.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind as Kind, Error as DieselError};
use provost_provider::StoreError;
use std::error::Error as StdError;
use tokio_postgres::error::{DbError, SqlState};

/// What must be fixed first, in one sentence.
pub(super) fn unfit(what: impl Into<String>) -> StoreError {
    StoreError::Unfit(what.into())
}

/// A failure of the server, or of the connection to it.
pub(super) fn error(e: &tokio_postgres::Error) -> DieselError {
    match e.as_db_error() {
        // the statement will be prepared again
        Some(said) if is_stale(e) => {
            DieselError::DatabaseError(Kind::SerializationFailure, Box::new(Said(said.clone())))
        }
        Some(said) => DieselError::DatabaseError(kind(said.code()), Box::new(Said(said.clone()))),
        // the socket failed, or invalid data arrived
        None => DieselError::DatabaseError(Kind::ClosedConnection, Box::new(sentence(e))),
    }
}

fn kind(code: &SqlState) -> Kind {
    match *code {
        SqlState::UNIQUE_VIOLATION => return Kind::UniqueViolation,
        SqlState::FOREIGN_KEY_VIOLATION => return Kind::ForeignKeyViolation,
        SqlState::NOT_NULL_VIOLATION => return Kind::NotNullViolation,
        SqlState::CHECK_VIOLATION => return Kind::CheckViolation,
        SqlState::EXCLUSION_VIOLATION => return Kind::ExclusionViolation,
        SqlState::RESTRICT_VIOLATION => return Kind::RestrictViolation,
        // a primary became a standby
        SqlState::READ_ONLY_SQL_TRANSACTION => return Kind::ReadOnlyTransaction,
        // it is not known whether this was committed
        SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN => return Kind::ClosedConnection,
        // `statement_timeout`, or somebody cancelled it: the session continues
        SqlState::QUERY_CANCELED => return Kind::UnableToSendCommand,
        _ => {}
    }
    match code.code().get(..2) {
        // rolled back because of others, or waiting for a lock: soon over
        Some("40" | "55") => Kind::SerializationFailure,
        // the connection broke, or the server is stopping, starting, or ending this session
        Some("08" | "57") => Kind::ClosedConnection,
        // disk full, out of memory, too many connections, or a system failure
        Some("53" | "58") => Kind::UnableToSendCommand,
        _ => Kind::Unknown,
    }
}

/// Whether the failure is temporary.
pub(super) fn is_passing(e: &DieselError) -> bool {
    match e {
        DieselError::DatabaseError(kind, _) => is_passing_kind(kind),
        DieselError::RollbackErrorOnCommit { commit_error, .. } => is_passing(commit_error),
        DieselError::BrokenTransactionManager => true,
        _ => false,
    }
}

fn is_passing_kind(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::SerializationFailure
            | Kind::ClosedConnection
            | Kind::UnableToSendCommand
            | Kind::ReadOnlyTransaction
    )
}

/// Whether the same work may succeed if run again at once: others conflicted with it, or the connection broke before
/// anything was committed.
pub(super) fn is_retried(e: &DieselError) -> bool {
    let DieselError::DatabaseError(kind, said) = e else { return false };
    match kind {
        Kind::SerializationFailure | Kind::ClosedConnection | Kind::ReadOnlyTransaction => true,
        // a row number, which will be another one next time
        Kind::UniqueViolation => said.constraint_name() == Some("scim_resource_pkey"),
        _ => false,
    }
}

/// Whether a failed COMMIT was certainly rolled back, so that the work may be run again.
pub(super) fn is_undone(e: &DieselError) -> bool {
    match e {
        DieselError::RollbackErrorOnCommit { commit_error, .. } => is_undone(commit_error),
        DieselError::DatabaseError(kind, _) => matches!(kind, Kind::SerializationFailure),
        _ => false,
    }
}

/// Whether the server cancelled a statement that took too long, or somebody cancelled it.
pub(super) fn is_cancelled(e: &tokio_postgres::Error) -> bool {
    e.code() == Some(&SqlState::QUERY_CANCELED)
}

/// Whether the statement that the server has prepared is unusable, because the tables have changed.
pub(super) fn is_stale(e: &tokio_postgres::Error) -> bool {
    let stale = [
        SqlState::FEATURE_NOT_SUPPORTED,
        SqlState::INVALID_SQL_STATEMENT_NAME,
        SqlState::DUPLICATE_PSTATEMENT,
    ];
    e.code().is_some_and(|code| stale.contains(code))
}

/// What went wrong, with its causes.
pub(super) fn sentence(e: &tokio_postgres::Error) -> String {
    if let Some(said) = e.as_db_error() {
        return said.message().to_owned();
    }
    let mut text = e.to_string();
    let mut reason = e.source();
    while let Some(e) = reason {
        text = format!("{text}: {e}");
        reason = e.source();
    }
    text
}

/// The server's error. Its detail is not shown, since it quotes values, which are personal data.
struct Said(DbError);

impl DatabaseErrorInformation for Said {
    fn message(&self) -> &str {
        self.0.message()
    }

    fn details(&self) -> Option<&str> {
        self.0.detail()
    }

    fn hint(&self) -> Option<&str> {
        self.0.hint()
    }

    fn table_name(&self) -> Option<&str> {
        self.0.table()
    }

    fn column_name(&self) -> Option<&str> {
        self.0.column()
    }

    fn constraint_name(&self) -> Option<&str> {
        self.0.constraint()
    }

    fn statement_position(&self) -> Option<i32> {
        None
    }
}
