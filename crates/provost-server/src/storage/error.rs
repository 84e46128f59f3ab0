//! Why the database did not do what it was asked to do, in words for operators.

use crate::clock::NoRandomness;
use crate::slug::Slug;
use crate::tokens::KeyId;
use diesel::result::Error as DieselError;
use provost::StoreError;
use provost::hook::HookError;
use provost::unstable::diesel::Duplicates;
use std::error::Error;
use std::path::PathBuf;

pub(crate) type Result<T, E = StorageError> = std::result::Result<T, E>;

/// Why the database did not do what it was asked to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    #[error("there is no organisation `{0}`; `provost org list` shows them all")]
    NoOrganisation(Slug),
    #[error(
        "the organisation `{slug}` was deleted{when}, and nothing is left of it; its short name is never given again"
    )]
    WasDeleted { slug: Slug, when: String },
    #[error("{0} is switched off at present; its operator can switch it on again with `provost org enable`")]
    SwitchedOff(String),
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
    #[error(
        "`{0}` is a member or a user still, and would be named again: remove them first, and delete the user at the identity \
         provider; nothing was erased"
    )]
    StillThere(String),
    #[error("nobody signs in with `{0}`")]
    NoAccount(String),
    #[error("somebody signs in with `{0}` already")]
    HasAccount(String),
    #[error(
        "the organisation has an owner, so no set-up link is needed: `provost members list` shows who it is"
    )]
    HasOwner,
    #[error("the account has no e-mail address, which a new member needs")]
    NoAddress,
    #[error("the link was used, or has ended: ask for another one")]
    LinkGone,
    #[error("somebody has joined by this invitation already")]
    HasJoined,
    #[error("the account is a member of the organisation already")]
    IsHere,
    #[error("no mail of this name waits in the outbox: `provost outbox list` shows what does: `{0}`")]
    NoMail(String),
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
    #[error("the token `{0}` was made already, and is shown only once: make another one")]
    TokenMade(KeyId),
    #[error("there is no token with the key id `{0}`; `provost token list` shows them all")]
    NoToken(KeyId),
    #[error("there is no database at `{}`; `provost serve` and `provost migrate` create one", .0.display())]
    NoDatabase(PathBuf),
    #[error("the database `{0}` is empty; `provost serve` and `provost migrate` make its tables")]
    Empty(String),
    #[error("the database `{0}` has not been upgraded to this version; run `provost migrate`")]
    NotMigrated(String),
    #[error(
        "{} changed the database `{name}`, and this is version {}: run that version or a later one, or restore an earlier backup",
        by(version.as_deref(), step), env!("CARGO_PKG_VERSION")
    )]
    Newer { name: String, step: String, version: Option<String> },
    #[error(
        "the database `{name}` has a table `{table}` of another program, so nothing is written to it: use an empty database, or \
         another schema in its `search_path`"
    )]
    ForeignTable { name: String, table: &'static str },
    #[error("the database is on a PostgreSQL server: {}", .0.instead())]
    OnAServer(Upkeep),
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
    #[error("the database `{name}` is damaged, for it has no table `{table}`: restore it from a backup")]
    Incomplete { name: String, table: &'static str },
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
    #[error("a stored {what} is damaged: `{text}`")]
    Damaged { what: &'static str, text: String },
    #[error(
        "{attribute} cannot be made unique: {} resources share theirs with another one; give each its own value, then \
         try again{}", duplicates.total, listed(duplicates)
    )]
    NotUnique { attribute: &'static str, duplicates: Duplicates },
    #[error(
        "the database is not available: its server cannot be reached, another process has locked it for too long, or its disk \
         is full or read-only; try again"
    )]
    Unavailable,
    #[error("the database could not be upgraded: {0}")]
    Migration(Box<dyn Error + Send + Sync>),
    #[error("{0}")]
    Unfit(String),
    #[error("the database failed: {}", cause(.0))]
    Failed(StoreError),
}

/// What only a file needs: a database server does it by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Upkeep {
    Backup,
    Restore,
    Vacuum,
}

impl Upkeep {
    const fn instead(self) -> &'static str {
        match self {
            Self::Backup => "back it up with `pg_dump --format=custom --file=FILE DATABASE-URL`",
            Self::Restore => {
                "restore it with `pg_restore --clean --if-exists --dbname=DATABASE-URL FILE` while no server runs on it, then run \
                 `provost restore --mark`"
            }
            Self::Vacuum => "it writes over what was deleted by itself (autovacuum)",
        }
    }
}

impl StorageError {
    pub(super) fn cannot_open(e: StoreError) -> Self {
        match e {
            StoreError::Backend(why) => Self::CannotOpen(why),
            other => other.into(),
        }
    }
}

/// The underlying cause of an error whose own message says nothing specific.
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

/// Keeps its kind on the way through the directory's transaction, so that a temporary failure is still answered as
/// temporary.
impl From<StorageError> for HookError {
    fn from(e: StorageError) -> Self {
        match e {
            StorageError::Unavailable => Self::Store(StoreError::Unavailable { retry_after_s: 1 }),
            StorageError::Unfit(why) => Self::Store(StoreError::Unfit(why)),
            StorageError::Failed(e) => Self::Store(e),
            StorageError::Refused(why) => Self::Refused(why),
            other => Self::Other(other.into()),
        }
    }
}

impl From<DieselError> for StorageError {
    fn from(e: DieselError) -> Self {
        HookError::from(e).into()
    }
}

/// Which version made the change that this one does not know.
fn by(version: Option<&str>, step: &str) -> String {
    match version {
        Some(version) => format!("version {version} of Provost"),
        None => format!("a newer version of Provost (step {step})"),
    }
}

/// The first duplicates, one a line.
fn listed(duplicates: &Duplicates) -> String {
    let lines: String = duplicates.first.iter().map(|d| format!("\n  {d}")).collect();
    let shown = u64::try_from(duplicates.first.len()).unwrap_or(u64::MAX);
    match duplicates.total.saturating_sub(shown) {
        0 => lines,
        more => format!("{lines}\n  and {more} more"),
    }
}
