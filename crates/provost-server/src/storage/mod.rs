//! The binary's own tables: organisations, tokens, members, teams, audit. The only place of the binary that names SQL, or
//! a kind of database.
//!
//! Each subject says in a small trait what it asks, as `tokens::TokenStore`. Its statements are an ordinary file under
//! `queries/`, compiled once for each kind of connection; the rest of the binary sees [`Storage`] and those traits. A single
//! look-up takes some microseconds and is answered at once; all else is async.

mod identity;
mod migrations;
pub(crate) mod replace;
mod schema;
mod sqlite;

pub(crate) use sqlite::Storage;

use crate::clock::NoRandomness;
use crate::config::{DatabaseUrl, NotInThisBuild};
use crate::slug::Slug;
use crate::tokens::KeyId;
use diesel::result::Error as DieselError;
use provost::hook::HookError;
use provost::unstable::diesel::Duplicates;
use provost::{SchemaSet, StoreError};
use std::error::Error;
use std::path::{Path, PathBuf};

/// Opens a database that is there already. Who reads by what filters look for names the schemas that it was prepared
/// with; who reads and writes the binary's own tables alone need not know them.
pub(crate) async fn open(url: &DatabaseUrl, schemas: Option<&SchemaSet>) -> Result<Storage> {
    sqlite::open(url.sqlite_path()?, schemas).await
}

/// Opens a database of ours that this version knows, whether or not it was brought up to date.
pub(crate) async fn open_as_it_is(url: &DatabaseUrl) -> Result<Storage> {
    sqlite::open_as_it_is(url.sqlite_path()?, None).await
}

/// The same of a file that a backup was written to.
pub(crate) async fn open_backup(file: &Path) -> Result<Storage> {
    sqlite::open_as_it_is(file, None).await
}

/// Brings a copy of a backup up to date.
pub(crate) async fn prepare_backup(file: &Path) -> Result<Storage> {
    Ok(sqlite::prepare(file, None).await?.0)
}

/// Opens a database, making it or bringing it up to date first; and gives the names of the steps that this took.
///
/// Who will serve these schemas names them: what filters look for is made anew in the same transaction where it was made
/// with others.
pub(crate) async fn prepare(
    url: &DatabaseUrl,
    schemas: Option<&SchemaSet>,
) -> Result<(Storage, Vec<String>)> {
    sqlite::prepare(url.sqlite_path()?, schemas).await
}

/// A database of its own for a test, which goes with the folder.
#[cfg(test)]
pub(crate) async fn scratch() -> (tempfile::TempDir, Storage) {
    let dir = tempfile::TempDir::new().expect("a directory");
    let url = DatabaseUrl::Sqlite(dir.path().join("provost.db"));
    let (storage, applied) = prepare(&url, Some(&SchemaSet::builtin())).await.expect("a database");
    assert!(!applied.is_empty());
    (dir, storage)
}

/// Something that only grows, for metrics.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counter {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) value: u64,
}

pub(crate) type Result<T, E = StorageError> = std::result::Result<T, E>;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    #[error("there is no organisation `{0}`; `provost org list` shows them all")]
    NoOrganisation(Slug),
    #[error("the organisation `{0}` already exists")]
    SlugTaken(Slug),
    #[error("the organisation `{0}` was another one: its short name is never given again; take another one")]
    SlugWasTaken(Slug),
    #[error("there is no member `{0}`; `provost members list` shows them all, with their ids")]
    NoMember(String),
    #[error("several members are called `{name}`: name one of them by its id: {}", ids.join(", "))]
    ManyMembers { name: String, ids: Vec<String> },
    #[error(
        "there is no active user with the id `{0}`; `provost users list` shows the users of the organisation"
    )]
    NoUser(String),
    #[error("nobody signs in with `{0}`")]
    NoAccount(String),
    #[error("somebody signs in with `{0}` already")]
    HasAccount(String),
    #[error(
        "the organisation has an owner, so no set-up link is needed: `provost members list` shows who it is"
    )]
    HasOwner,
    #[error("the link was used, or has ended: ask for another one")]
    LinkGone,
    #[error("there is no team `{0}`; `provost teams list` shows them all")]
    NoTeam(Slug),
    #[error("a team has the short name `{0}` already: take another one")]
    TeamSlugTaken(Slug),
    #[error("the team `{0}` follows a group of the identity provider: change the group there")]
    TeamProvided(Slug),
    #[error("{member} is not in the team `{team}`")]
    NotInTeam { member: String, team: Slug },
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    #[error("there is no token with the key id `{0}`; `provost token list` shows them all")]
    NoToken(KeyId),
    #[error("there is no database at `{}`; `provost serve` and `provost migrate` create one", .0.display())]
    NoDatabase(PathBuf),
    #[error("the database `{}` has not been upgraded to this version; run `provost migrate`", .0.display())]
    NotMigrated(PathBuf),
    #[error(
        "{} changed the database `{}`, and this is version {}: run that version or a later one, or restore an earlier backup",
        by(version.as_deref(), step), path.display(), env!("CARGO_PKG_VERSION")
    )]
    Newer { path: PathBuf, step: String, version: Option<String> },
    #[error(
        "the file `{}` is a database of another program, so nothing is written to it: give the path of Provost's with \
         `--database`", .0.display()
    )]
    Foreign(PathBuf),
    #[error(
        "the database `{}` has no tables: it may be a copy of the file alone, made while a server ran; restore a backup, or \
         move the file away to begin with an empty database", .0.display()
    )]
    Hollow(PathBuf),
    #[error("the database `{}` is damaged, for it has no table `{table}`: restore it from a backup", path.display())]
    Incomplete { path: PathBuf, table: &'static str },
    #[error(
        "there is the log of a database, `{}`, but the database `{}` is missing or empty: put it back, or move the log away \
         to begin with an empty database", log.display(), path.display()
    )]
    LogAlone { log: PathBuf, path: PathBuf },
    #[error("{0}")]
    CannotOpen(Box<dyn Error + Send + Sync>),
    #[error(
        "the database `{}` is in use: stop the server and every command that has it open, then try again", .0.display()
    )]
    InUse(PathBuf),
    #[error(
        "the file `{}` is damaged, or no SQLite database, so its log cannot be taken in: move it away, with its `-wal` and \
         `-shm`, then try again", .0.display()
    )]
    Unreadable(PathBuf),
    #[error("the database could not be copied: {}", cause(.0))]
    NotCopied(StoreError),
    #[error(transparent)]
    NotInThisBuild(#[from] NotInThisBuild),
    #[error("a stored {what} is damaged: `{text}`")]
    Damaged { what: &'static str, text: String },
    #[error(
        "{attribute} cannot be made unique: {} resources share theirs with another one; give each its own value, then \
         try again{}", duplicates.total, listed(duplicates)
    )]
    NotUnique { attribute: &'static str, duplicates: Duplicates },
    #[error(
        "the database is not available: another process has locked it for too long, or its disk is full or read-only; \
         try again"
    )]
    Unavailable,
    #[error("the database could not be upgraded: {0}")]
    Migration(Box<dyn Error + Send + Sync>),
    #[error("{0}")]
    Unfit(String),
    #[error("the database failed: {}", cause(.0))]
    Failed(StoreError),
}

impl StorageError {
    fn cannot_open(e: StoreError) -> Self {
        match e {
            StoreError::Backend(why) => Self::CannotOpen(why),
            other => other.into(),
        }
    }
}

/// What lies under a failure that says no more than that it is one.
fn cause(e: &StoreError) -> String {
    e.source().map_or_else(|| e.to_string(), ToString::to_string)
}

impl From<StoreError> for StorageError {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::Unavailable { .. } => Self::Unavailable,
            StoreError::Unfit(why) => Self::Unfit(why),
            StoreError::Refused(why) => Self::Refused(why),
            other => Self::Failed(other),
        }
    }
}

impl From<HookError> for StorageError {
    fn from(e: HookError) -> Self {
        StoreError::from(e).into()
    }
}

impl From<DieselError> for StorageError {
    fn from(e: DieselError) -> Self {
        HookError::from(e).into()
    }
}

/// Who changed a database that is not known here.
fn by(version: Option<&str>, step: &str) -> String {
    match version {
        Some(version) => format!("version {version} of Provost"),
        None => format!("a newer version of Provost (step {step})"),
    }
}

/// The first ones, a line each.
fn listed(duplicates: &Duplicates) -> String {
    let lines: String = duplicates.first.iter().map(|d| format!("\n  {d}")).collect();
    let shown = u64::try_from(duplicates.first.len()).unwrap_or(u64::MAX);
    match duplicates.total.saturating_sub(shown) {
        0 => lines,
        more => format!("{lines}\n  and {more} more"),
    }
}
