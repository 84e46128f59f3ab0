//! The database of this server, of whichever kind it is: each call is handed on.

use super::{Counter, Result, postgres, sqlite};
use crate::audit::By;
use crate::clock::Timestamp;
#[cfg(feature = "console")]
use crate::people::CutOff;
use provost::hook::TenantId;
use provost::unstable::diesel::Finding;
use provost::{AnyStore, SchemaSet};
use std::sync::Arc;

/// The database of this server: a clone is another handle.
#[derive(Clone)]
pub(crate) enum Storage {
    /// A file.
    Sqlite(sqlite::Storage),
    /// A server, which several of this program share.
    Postgres(postgres::Storage),
}

/// Gives what either kind gives.
macro_rules! either {
    ($self:expr, $storage:ident => $answer:expr) => {
        match $self {
            Storage::Sqlite($storage) => $answer,
            Storage::Postgres($storage) => $answer,
        }
    };
}

/// What a subject asks of the database: a trait that each kind's statements implement, and [`Storage`], which hands each call
/// on.
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
    /// The name of its kind, for people.
    #[cfg(feature = "console")]
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// The directory of users and groups, with our hook in its transactions: gives the store of a tenant, which is cheap.
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

    /// The same, of one organisation, for a person who cuts somebody off there.
    #[cfg(feature = "console")]
    pub(crate) fn directory_of(&self, schemas: Arc<SchemaSet>, cut_off: CutOff) -> AnyStore {
        either!(self, storage => storage.directory_of(schemas, cut_off))
    }

    /// The key that cursors are signed with, kept for all replicas: `fresh` when there is none yet.
    pub(crate) async fn cursor_key(&self, fresh: [u8; 32]) -> Result<[u8; 32]> {
        either!(self, storage => storage.cursor_key(fresh).await)
    }

    /// Notes that the database comes from a backup: everybody is signed out, and links are good no longer.
    pub(crate) async fn mark_restored(&self, by: By) -> Result<()> {
        either!(self, storage => storage.mark_restored(by).await)
    }

    /// When the database was restored from a backup, until somebody says that provisioning was restarted after that.
    pub(crate) async fn restored(&self) -> Result<Option<Timestamp>> {
        either!(self, storage => storage.restored().await)
    }

    /// Ends what [`Self::restored`] says; gives what it said.
    pub(crate) async fn forget_restored(&self, by: By) -> Result<Option<Timestamp>> {
        either!(self, storage => storage.forget_restored(by).await)
    }

    /// Whether the database answers, and is the one that was prepared for this server.
    pub(crate) async fn ping(&self) -> Result<()> {
        either!(self, storage => storage.ping().await)
    }

    /// What is wrong in the directory, and in what follows from it, up to `limit` findings. It reads everything.
    pub(crate) async fn check(&self, schemas: SchemaSet, limit: usize) -> Result<Vec<Finding>> {
        either!(self, storage => storage.check(schemas, limit).await)
    }

    /// Users whose names would not be taken today, up to `limit`. It reads everything.
    pub(crate) async fn notices(&self, limit: usize) -> Result<Vec<Finding>> {
        either!(self, storage => storage.notices(limit).await)
    }

    /// What the database counts.
    pub(crate) fn counters(&self) -> Vec<Counter> {
        either!(self, storage => storage.counters())
    }
}

/// The upkeep of a file. A server has its own.
impl Storage {
    /// Brings all that is in the log into the file, and empties the log. A server does so by itself.
    pub(crate) async fn empty_log(&self) -> Result<()> {
        match self {
            Self::Sqlite(storage) => storage.empty_log().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Whether nothing that an earlier release deleted can be left in the file; `None` where no file is ours.
    pub(crate) async fn is_overwritten(&self) -> Result<Option<bool>> {
        match self {
            Self::Sqlite(storage) => storage.is_overwritten().await.map(Some),
            Self::Postgres(_) => Ok(None),
        }
    }
}
