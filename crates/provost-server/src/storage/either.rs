//! The server's database, of either kind. Every call is passed on to the kind in use.

use super::{Counter, Result, postgres, sqlite};
use crate::audit::By;
use crate::clock::Timestamp;
#[cfg(feature = "console")]
use crate::people::CutOff;
#[cfg(feature = "console")]
use crate::teams::GroupChange;
use provost::hook::TenantId;
use provost::unstable::diesel::Finding;
use provost::{AnyStore, SchemaSet};
use std::sync::Arc;

/// The server's database. Cloning gives another handle to it.
#[derive(Clone)]
pub(crate) enum Storage {
    /// A SQLite file.
    Sqlite(sqlite::Storage),
    /// A PostgreSQL server, which several processes may share.
    Postgres(postgres::Storage),
}

/// Evaluates to the answer of the kind in use.
macro_rules! either {
    ($self:expr, $storage:ident => $answer:expr) => {
        match $self {
            Storage::Sqlite($storage) => $answer,
            Storage::Postgres($storage) => $answer,
        }
    };
}

/// Declares the trait by which a subject asks the database. The statements of each kind implement it, and [`Storage`]
/// passes the calls on.
macro_rules! asked {
    ($(#[$about:meta])* trait $name:ident {
        $($(#[$what:meta])* async fn $method:ident(&self $(, $argument:ident: $kind:ty)* $(,)?) -> $answer:ty;)+
    }) => {
        $(#[$about])*
        pub(crate) trait $name {
            $($(#[$what])* fn $method(&self $(, $argument: $kind)*) -> impl Future<Output = $answer> + Send;)+
        }

        impl $name for $crate::storage::Storage {
            $(async fn $method(&self $(, $argument: $kind)*) -> $answer {
                match self {
                    Self::Sqlite(storage) => storage.$method($($argument),*).await,
                    Self::Postgres(storage) => storage.$method($($argument),*).await,
                }
            })+
        }
    };
}
pub(crate) use asked;

impl Storage {
    /// The name of this kind of database, for people.
    #[cfg(feature = "console")]
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// The directory of users and groups, with our hook in its transactions. Cheap to call; gives the store of a
    /// tenant.
    pub(crate) fn directory(
        &self,
        schemas: Arc<SchemaSet>,
    ) -> impl Fn(TenantId) -> AnyStore + Send + Sync + 'static {
        let store_of: Box<dyn Fn(TenantId) -> AnyStore + Send + Sync> = match self {
            Self::Sqlite(storage) => Box::new(storage.directory(schemas)),
            Self::Postgres(storage) => Box::new(storage.directory(schemas)),
        };
        store_of
    }

    /// Like [`Self::directory`], but for one organisation and on behalf of a person who cuts a member off.
    #[cfg(feature = "console")]
    pub(crate) fn directory_of(&self, schemas: Arc<SchemaSet>, cut_off: CutOff) -> AnyStore {
        either!(self, storage => storage.directory_of(schemas, cut_off))
    }

    /// Likewise, on behalf of a person who changes a team that follows a group.
    #[cfg(feature = "console")]
    pub(crate) fn directory_of_team(&self, schemas: Arc<SchemaSet>, change: GroupChange) -> AnyStore {
        either!(self, storage => storage.directory_of_team(schemas, change))
    }

    /// The key that signs cursors, shared by all replicas. Stores `fresh` if there is none yet.
    pub(crate) async fn cursor_key(&self, fresh: [u8; 32]) -> Result<[u8; 32]> {
        either!(self, storage => storage.cursor_key(fresh).await)
    }

    /// Notes that the database comes from a backup, signs everybody out and invalidates all links.
    pub(crate) async fn mark_restored(&self, by: By) -> Result<()> {
        either!(self, storage => storage.mark_restored(by).await)
    }

    /// When the database was restored from a backup; `None` once somebody has confirmed that provisioning was
    /// restarted.
    pub(crate) async fn restored(&self) -> Result<Option<Timestamp>> {
        either!(self, storage => storage.restored().await)
    }

    /// Clears what [`Self::restored`] returns, and returns it a last time.
    pub(crate) async fn forget_restored(&self, by: By) -> Result<Option<Timestamp>> {
        either!(self, storage => storage.forget_restored(by).await)
    }

    /// Whether the database answers, and is the one that was prepared for this server.
    pub(crate) async fn ping(&self) -> Result<()> {
        either!(self, storage => storage.ping().await)
    }

    /// Checks the directory and everything derived from it, and returns up to `limit` findings. Reads the whole
    /// database.
    pub(crate) async fn check(&self, schemas: SchemaSet, limit: usize) -> Result<Vec<Finding>> {
        either!(self, storage => storage.check(schemas, limit).await)
    }

    /// Users whose names would be refused today, up to `limit`. Reads the whole database.
    pub(crate) async fn notices(&self, limit: usize) -> Result<Vec<Finding>> {
        either!(self, storage => storage.notices(limit).await)
    }

    /// The database's counters, for metrics.
    pub(crate) fn counters(&self) -> Vec<Counter> {
        either!(self, storage => storage.counters())
    }
}

/// Upkeep of a file. A database server looks after itself.
impl Storage {
    /// Writes the whole log into the file and empties the log. A database server does this by itself.
    pub(crate) async fn empty_log(&self) -> Result<()> {
        match self {
            Self::Sqlite(storage) => storage.empty_log().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Whether the file is free of data that an earlier release deleted without overwriting it; `None` where there is
    /// no file.
    pub(crate) async fn is_overwritten(&self) -> Result<Option<bool>> {
        match self {
            Self::Sqlite(storage) => storage.is_overwritten().await.map(Some),
            Self::Postgres(_) => Ok(None),
        }
    }
}
