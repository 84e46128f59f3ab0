//! Makes databases on PostgreSQL.

use provost_core::resource::Service;
use provost_diesel::postgres::Options;
use provost_diesel::{Hook, HookError};

pub(crate) use provost_diesel::postgres::{Conn, Database, Directory, Migrations, TenantStore, directory};

/// Faults that only PostgreSQL can have, and the finding for each.
pub(crate) const FAULTS: &[(&str, &str)] = &[];

/// Tables that only PostgreSQL has.
pub(crate) const TABLES: &[&str] = &[];

/// A place for a database. It starts empty, and is removed with its last handle.
#[derive(Clone)]
pub(crate) struct Place(provost_testing::postgres::Database);

impl Place {
    pub(crate) fn new() -> Self {
        Self(provost_testing::postgres::Database::new())
    }

    pub(crate) fn database(&self) -> &provost_testing::postgres::Database {
        &self.0
    }

    /// Everything that is stored, read without going through the directory.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.bytes()
    }
}

/// Opens the database of a place, as another process would.
pub(crate) fn open<H: Hook<Conn>>(place: &Place, service: Service, hook: H) -> Directory<H> {
    open_with(place, service, hook, &Options::default())
}

/// The same with options that only PostgreSQL has.
pub(crate) fn open_with<H: Hook<Conn>>(
    place: &Place,
    service: Service,
    hook: H,
    options: &Options,
) -> Directory<H> {
    Directory::new(Database::open(&place.0.url(), options).unwrap(), service.schemas, hook)
}

/// Reads from a database.
pub(crate) async fn read<T: Send + 'static>(
    db: &Database,
    read: impl FnMut(&mut Conn) -> Result<T, HookError> + Send + 'static,
) -> T {
    db.read(read).await.unwrap()
}

/// A panic closes its connection, and no count of it is kept.
pub(crate) fn survived(_: &Database, _: u64) {}
