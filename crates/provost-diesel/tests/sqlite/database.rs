//! Makes databases on SQLite.

use provost_core::resource::Service;
use provost_diesel::sqlite::Options;
use provost_diesel::{Hook, HookError};
use provost_testing::folder::Folder;

pub(crate) use provost_diesel::sqlite::{Conn, Database, Directory, Migrations, TenantStore, directory};

/// Faults that only SQLite can have, and the finding for each.
pub(crate) const FAULTS: &[(&str, &str)] =
    &[("update scim_counter set total = total + 1", "show 4 as their total, and there are 3")];

/// Tables that only SQLite has.
pub(crate) const TABLES: &[&str] = &["scim_counter"];

/// A place for a database. It starts empty, and is removed with its last handle.
#[derive(Clone)]
pub(crate) struct Place(Folder);

impl Place {
    pub(crate) fn new() -> Self {
        Self(Folder::new())
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.0
    }

    pub(crate) fn file(&self) -> String {
        self.0.file("directory.db")
    }

    /// Everything that is stored, read without going through the directory.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.file()).unwrap()
    }
}

/// Opens the database of a place, as another process would.
pub(crate) fn open<H: Hook<Conn>>(place: &Place, service: Service, hook: H) -> Directory<H> {
    open_with(place, service, hook, &Options::default())
}

/// The same with options that only SQLite has.
pub(crate) fn open_with<H: Hook<Conn>>(
    place: &Place,
    service: Service,
    hook: H,
    options: &Options,
) -> Directory<H> {
    Directory::new(Database::open(place.file(), options).unwrap(), service.schemas, hook)
}

/// Reads from a database.
pub(crate) async fn read<T>(db: &Database, read: impl FnOnce(&mut Conn) -> Result<T, HookError>) -> T {
    db.read(read).unwrap()
}

/// Checks that the writer continued after so many panics, on the same connection.
pub(crate) fn survived(db: &Database, panics: u64) {
    let stats = db.stats();
    assert_eq!((stats.panics, stats.reopened), (panics, 0));
}
