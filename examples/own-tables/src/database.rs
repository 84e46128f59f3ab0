//! A pool of connections, the transactions on it, and who may use which company's part of it.

use crate::store::Directory;
use crate::tables::{TABLES, companies};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error as PoolError, Pool};
use diesel::result::{DatabaseErrorKind, Error};
use provost::gate::Gate;
use provost::{AuthError, AuthRequest, Authenticator, Credential, Principal, Result, Session, StoreError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The application's database. A clone is another handle.
#[derive(Clone)]
pub(crate) struct Db {
    pool: Pool<ConnectionManager<SqliteConnection>>,
    /// One for each connection, of which no company has more than half.
    places: Arc<Gate<i64>>,
}

const CONNECTIONS: u8 = 8;
/// A request that waits longer for a place, and then for a connection, gets 503.
const WAIT: Duration = Duration::from_secs(5);

/// What every connection begins with. People's data stays in the database, and no longer than the people: large sorts
/// would go to /var/tmp, and deleted rows stay readable.
const PRAGMAS: &str =
    "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;";

#[derive(Debug)]
struct Begin;

impl CustomizeConnection<SqliteConnection, PoolError> for Begin {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), PoolError> {
        conn.batch_execute(PRAGMAS).map_err(PoolError::QueryError)
    }
}

impl Db {
    /// Opens a file, and makes the tables where there are none.
    pub(crate) fn open(file: &Path) -> Result<Self> {
        let manager = ConnectionManager::new(file.to_string_lossy());
        let pool = Pool::builder()
            .max_size(CONNECTIONS.into())
            .connection_timeout(WAIT)
            .connection_customizer(Box::new(Begin))
            .build(manager)
            .map_err(StoreError::backend)?;
        let mut conn = pool.get().map_err(StoreError::backend)?;
        conn.batch_execute(TABLES).map_err(StoreError::backend)?;
        Ok(Self { pool, places: Arc::new(Gate::new(CONNECTIONS.into())) })
    }

    /// What one company has of it.
    pub(crate) fn company(&self, id: i64) -> Directory {
        Directory { db: self.clone(), company: id }
    }

    /// One transaction of a company, on a thread that may block. It runs to its end also when the client hangs up. One that
    /// may write waits for its turn at the beginning: on SQLite, a transaction that reads first and writes then can be
    /// refused.
    pub(crate) async fn transaction<T: Send + 'static>(
        &self,
        company: Option<i64>,
        writes: bool,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let Self { pool, places } = self.clone();
        let busy = || StoreError::Unavailable { retry_after_s: 5 };
        let waited = tokio::time::timeout(WAIT, places.pass(company)).await;
        let place = waited.map_err(|_late| busy())?.map_err(|_closed| busy())?;
        let transaction = move || {
            // until the transaction ends, though the client may be gone
            let _place = place;
            let mut pooled = pool.get().map_err(|_none_free| Failure(busy()))?;
            let conn: &mut SqliteConnection = &mut pooled;
            if writes { conn.immediate_transaction(work) } else { conn.transaction(work) }
        };
        let done = tokio::task::spawn_blocking(transaction).await.map_err(StoreError::backend)?;
        done.map_err(|Failure(e)| e)
    }
}

/// Why a transaction is rolled back.
pub(crate) struct Failure(pub(crate) StoreError);

impl From<StoreError> for Failure {
    fn from(e: StoreError) -> Self {
        Self(e)
    }
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        Self(match e {
            Error::DatabaseError(DatabaseErrorKind::Unknown, told)
                if told.message() == "database is locked" =>
            {
                StoreError::Unavailable { retry_after_s: 1 }
            }
            e => StoreError::backend(e),
        })
    }
}

/// Looks a token up, and whether it is for the company in the URL.
pub(crate) struct Companies(pub(crate) Db);

impl Authenticator for Companies {
    type Store = Directory;

    async fn authenticate(&self, request: AuthRequest<'_>) -> Result<Session<Directory>, AuthError> {
        let token = request.bearer()?.ok_or(AuthError::Missing)?.to_owned();
        let name = request.parameter("company").ok_or(AuthError::Invalid)?.to_owned();
        let principal = Principal::new(&*name, Credential::token("the-token"));
        let look_up = move |conn: &mut SqliteConnection| {
            let of = companies::table.filter(companies::name.eq(name)).filter(companies::token.eq(token));
            Ok(of.select(companies::id).first(conn).optional()?)
        };
        let company: Option<i64> = self.0.transaction(None, false, look_up).await?;
        Ok(Session::new(principal, self.0.company(company.ok_or(AuthError::Invalid)?)))
    }
}
