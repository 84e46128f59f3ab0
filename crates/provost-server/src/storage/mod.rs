//! The binary's own tables: organisations, tokens, members, teams, audit. The only place of the binary that names SQL.
//!
//! Statements stand in ordinary files under `queries/`, compiled once for each kind of connection; the rest of the binary
//! sees [`Storage`]. All of it blocks: a single look-up takes some microseconds, anything else belongs on a thread that may
//! wait.

pub(crate) mod lite;
mod migrations;
mod schema;
mod stored;

use crate::clock::Timestamp;
use crate::config::{DatabaseUrl, NotInThisBuild};
use crate::hook::Seats;
use crate::model::{Member, Organisation, OrganisationChange, Team, TokenRow};
use crate::slug::Slug;
use crate::token::KeyId;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use provost::core::SchemaSet;
use provost::core::resource::Site;
use provost::diesel::sqlite::{Condition, Options, Sqlite};
use provost::diesel::{Duplicates, Finding, HookError, TenantId};
use provost::{RefusedWrite, StoreError};
use std::path::PathBuf;
use std::sync::Arc;

/// What the rest of the binary may ask of the database. Each call is one transaction.
pub(crate) trait Storage: Send + Sync {
    /// All organisations, by slug.
    fn organisations(&self) -> Result<Vec<Organisation>>;
    fn organisation(&self, slug: &Slug) -> Result<Organisation>;
    fn create_organisation(&self, new: &Organisation) -> Result<()>;
    /// Makes the first organisation and its token, and tells whether it did: not when there is an organisation already.
    fn found(&self, organisation: &Organisation, token: &TokenRow) -> Result<bool>;
    fn update_organisation(&self, slug: &Slug, change: &OrganisationChange) -> Result<Organisation>;
    /// Deletes an organisation with everything that is its own.
    fn delete_organisation(&self, slug: &Slug) -> Result<Organisation>;
    fn create_token(&self, new: &TokenRow) -> Result<()>;
    /// The tokens of an organisation, oldest first.
    fn tokens(&self, tenant: TenantId) -> Result<Vec<TokenRow>>;
    /// A token and the organisation that it opens.
    fn token(&self, key_id: &KeyId) -> Result<Option<(TokenRow, Organisation)>>;
    fn revoke_token(&self, key_id: &KeyId, now: Timestamp) -> Result<TokenRow>;
    /// Notes that a token was used.
    fn touch_token(&self, key_id: &KeyId, now: Timestamp) -> Result<()>;
    /// All members, by user name.
    fn members(&self, tenant: TenantId) -> Result<Vec<Member>>;
    /// All teams, by slug.
    fn teams(&self, tenant: TenantId) -> Result<Vec<Team>>;
    /// The key that cursors are signed with, kept for all replicas: `fresh` when there is none yet.
    fn cursor_key(&self, fresh: [u8; 32]) -> Result<[u8; 32]>;
    /// Brings all that is in the log into the file, and empties the log.
    fn empty_log(&self) -> Result<()>;
    /// Writes the file anew, without what was deleted from it.
    fn vacuum(&self) -> Result<()>;
    /// Whether nothing that an earlier release deleted can be left in the file.
    fn is_overwritten(&self) -> Result<bool>;
    /// From now on whatever is asked looks first whether the file is in its place, and remembers whether it is damaged.
    fn watch(&self, condition: &Condition);
    /// Whether the database answers, and is the one that was prepared for this server.
    fn ping(&self) -> Result<()>;
    /// What is wrong in the directory, up to `limit` findings. It reads everything.
    fn check(&self, schemas: &SchemaSet, limit: usize) -> Result<Vec<Finding>>;
    /// Users whose names would not be taken today, up to `limit`. It reads everything.
    fn notices(&self, limit: usize) -> Result<Vec<Finding>>;
}

/// Opens a database that is there already. Who reads by what filters look for names the schemas that it was prepared
/// with; who reads and writes the binary's own tables alone need not know them.
pub(crate) fn open(url: &DatabaseUrl, schemas: Option<&SchemaSet>) -> Result<Arc<dyn Storage>> {
    Ok(Arc::new(lite::Backend::open(url.sqlite_path()?, schemas)?))
}

/// Opens a database, making it or bringing it up to date first; and gives the names of the steps that this took.
///
/// Who will serve these schemas names them: what filters look for is made anew in the same transaction where it was made
/// with others.
pub(crate) fn prepare(
    url: &DatabaseUrl,
    schemas: Option<&SchemaSet>,
) -> Result<(Arc<dyn Storage>, Vec<String>)> {
    let (backend, applied) = lite::Backend::prepare(url.sqlite_path()?, schemas)?;
    Ok((Arc::new(backend), applied))
}

/// The directory of users and groups in a database that was prepared, with our hook in its transactions.
pub(crate) fn directory(url: &DatabaseUrl, site: Site) -> Result<Sqlite<Seats>> {
    let path = url.sqlite_path()?;
    let text = path.to_string_lossy();
    Sqlite::open(&text, site, Seats, &Options::default())
        .map_err(|e| StorageError::CannotOpen { path: path.to_owned(), why: e.to_string() })
}

/// The writes of one request that were refused.
#[derive(Debug, Clone)]
pub(crate) struct Refusals {
    /// The key id of the token.
    pub(crate) actor: Arc<str>,
    pub(crate) request_id: Arc<str>,
    pub(crate) writes: Vec<RefusedWrite>,
}

/// Writes down refused writes; they are durable when this is done. It goes through the directory's writer, which commits
/// them with the writes of others.
pub(crate) async fn record_refused(
    directory: &Sqlite<Seats>,
    refusals: Refusals,
    at: Timestamp,
) -> std::result::Result<(), StoreError> {
    let record =
        move |conn: &mut lite::Conn| lite::record_refused(conn, &refusals, at).map_err(HookError::from);
    directory.write(record).await.map_err(StoreError::from)
}

pub(crate) type Result<T, E = StorageError> = std::result::Result<T, E>;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StorageError {
    #[error("there is no organisation `{0}`; `provost org list` shows those there are")]
    NoOrganisation(Slug),
    #[error("there is an organisation `{0}` already")]
    SlugTaken(Slug),
    #[error("there is no token with the key id `{0}`; `provost token list` shows those there are")]
    NoToken(KeyId),
    #[error("there is no database at `{}`; `provost serve` and `provost migrate` make one", .0.display())]
    NoDatabase(PathBuf),
    #[error("the database `{}` is not in the form that this version needs; run `provost migrate`", .0.display())]
    NotMigrated(PathBuf),
    #[error(
        "a newer version of Provost changed the database `{}` (step {step}): run that version, or restore a copy of before",
        path.display()
    )]
    Newer { path: PathBuf, step: String },
    #[error("the database `{}` cannot be opened: {why}", path.display())]
    CannotOpen { path: PathBuf, why: String },
    #[error(transparent)]
    NotInThisBuild(#[from] NotInThisBuild),
    #[error("a stored {what} is damaged: `{text}`")]
    Damaged { what: &'static str, text: String },
    #[error(
        "{attribute} cannot be made unique: {} resources share theirs with another one; give each a value of its own, then \
         try again{}", duplicates.total, listed(duplicates)
    )]
    NotUnique { attribute: &'static str, duplicates: Duplicates },
    #[error("the database was busy for too long; try again")]
    Busy,
    #[error("the database could not be brought up to date: {0}")]
    Migration(Box<dyn std::error::Error + Send + Sync>),
    #[error("{0}")]
    Unfit(String),
    #[error("the database failed: {0}")]
    Directory(Box<dyn std::error::Error + Send + Sync>),
    #[error("the database failed: {0}")]
    Backend(DieselError),
}

impl From<HookError> for StorageError {
    fn from(e: HookError) -> Self {
        match e {
            HookError::Database(e) => e.into(),
            HookError::Store(StoreError::Unfit(why)) => Self::Unfit(why),
            other => Self::Directory(other.into()),
        }
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

impl From<DieselError> for StorageError {
    fn from(e: DieselError) -> Self {
        match &e {
            // SQLITE_BUSY has no kind of its own
            DieselError::DatabaseError(DatabaseErrorKind::Unknown, info)
                if info.message().contains("is locked") =>
            {
                Self::Busy
            }
            _ => Self::Backend(e),
        }
    }
}
