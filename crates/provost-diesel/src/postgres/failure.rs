//! What a failure is: by its SQLSTATE, since messages come in the language of the server.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind as Kind, Error as DieselError};
use provost_provider::StoreError;
use std::error::Error as StdError;
use tokio_postgres::error::{DbError, SqlState};

/// What must be mended before anything can be done, in one sentence.
pub(super) fn unfit(what: impl Into<String>) -> StoreError {
    StoreError::Unfit(what.into())
}

/// A failure of the server or of the way to it.
pub(super) fn error(e: &tokio_postgres::Error) -> DieselError {
    match e.as_db_error() {
        // what was prepared is prepared anew
        Some(said) if is_stale(e) => {
            DieselError::DatabaseError(Kind::SerializationFailure, Box::new(Said(said.clone())))
        }
        Some(said) => DieselError::DatabaseError(kind(said.code()), Box::new(Said(said.clone()))),
        // the socket, or what came from it
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
        // a primary that became a standby
        SqlState::READ_ONLY_SQL_TRANSACTION => return Kind::ReadOnlyTransaction,
        // whether it was committed is not known
        SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN => return Kind::ClosedConnection,
        // `statement_timeout`, or somebody who cancelled it: the session lives on
        SqlState::QUERY_CANCELED => return Kind::UnableToSendCommand,
        _ => {}
    }
    match code.code().get(..2) {
        // undone because of others, or others hold a lock: they are done soon
        Some("40" | "55") => Kind::SerializationFailure,
        // the way to the server broke; or the server stops, starts, or ends this session
        Some("08" | "57") => Kind::ClosedConnection,
        // no room on the disk, no memory, too many connections; a failure of its system
        Some("53" | "58") => Kind::UnableToSendCommand,
        _ => Kind::Unknown,
    }
}

/// Whether it passes by itself.
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

/// Whether the same work may succeed if it is run again at once: others stood in its way, or the way to the server broke
/// before anything was committed.
pub(super) fn is_retried(e: &DieselError) -> bool {
    let DieselError::DatabaseError(kind, said) = e else { return false };
    match kind {
        Kind::SerializationFailure | Kind::ClosedConnection | Kind::ReadOnlyTransaction => true,
        // the number of a row, which is another one the next time
        Kind::UniqueViolation => said.constraint_name() == Some("scim_resource_pkey"),
        _ => false,
    }
}

/// Whether a failed COMMIT was undone for certain, so that it may be run again.
pub(super) fn is_undone(e: &DieselError) -> bool {
    match e {
        DieselError::RollbackErrorOnCommit { commit_error, .. } => is_undone(commit_error),
        DieselError::DatabaseError(kind, _) => matches!(kind, Kind::SerializationFailure),
        _ => false,
    }
}

/// Whether the server ended a statement that took too long, or somebody ended it.
pub(super) fn is_cancelled(e: &tokio_postgres::Error) -> bool {
    e.code() == Some(&SqlState::QUERY_CANCELED)
}

/// Whether what the server keeps prepared is of no use any more: the tables changed meanwhile.
pub(super) fn is_stale(e: &tokio_postgres::Error) -> bool {
    let stale = [
        SqlState::FEATURE_NOT_SUPPORTED,
        SqlState::INVALID_SQL_STATEMENT_NAME,
        SqlState::DUPLICATE_PSTATEMENT,
    ];
    e.code().is_some_and(|code| stale.contains(code))
}

/// What went wrong, with its reasons.
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

/// What the server said. Its detail is not shown in messages: it quotes values, which are personal data.
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
