//! How a database on PostgreSQL is made.

use provost_core::resource::Service;
use provost_diesel::postgres::Options;
use provost_diesel::{Hook, HookError};

pub(crate) use provost_diesel::postgres::{Conn, Database, Directory, Migrations, TenantStore, directory};

/// Faults that only PostgreSQL can have, and what is found.
pub(crate) const FAULTS: &[(&str, &str)] = &[];

/// Tables that only PostgreSQL has.
pub(crate) const TABLES: &[&str] = &[];

/// Where a database is. It is empty at first, and goes with its last handle.
#[derive(Clone)]
pub(crate) struct Place(provost_testing::postgres::Database);

impl Place {
    pub(crate) fn new() -> Self {
        Self(provost_testing::postgres::Database::new())
    }

    pub(crate) fn database(&self) -> &provost_testing::postgres::Database {
        &self.0
    }

    /// Everything that is stored, as somebody sees it who looks past the database.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.bytes()
    }
}

/// Opens the database of a place, as another process would.
pub(crate) fn open<H: Hook<Conn>>(place: &Place, service: Service, hook: H) -> Directory<H> {
    open_with(place, service, hook, &Options::default())
}

/// The same with options that PostgreSQL alone has.
pub(crate) fn open_with<H: Hook<Conn>>(
    place: &Place,
    service: Service,
    hook: H,
    options: &Options,
) -> Directory<H> {
    Directory::new(Database::open(&place.0.url(), options).unwrap(), service.schemas, hook)
}

/// Reads in a database.
pub(crate) async fn read<T: Send + 'static>(
    db: &Database,
    read: impl FnMut(&mut Conn) -> Result<T, HookError> + Send + 'static,
) -> T {
    db.read(read).await.unwrap()
}

/// A panic takes its connection along, and nothing tells of it.
pub(crate) fn survived(_: &Database, _: u64) {}
