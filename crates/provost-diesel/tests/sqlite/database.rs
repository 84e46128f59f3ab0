//! How a database on SQLite is made.

use provost_core::resource::Service;
use provost_diesel::Hook;
use provost_diesel::sqlite::Options;
use provost_testing::folder::Folder;

pub(crate) use provost_diesel::sqlite::{Conn, Database, Directory, Migrations, TenantStore, directory};

/// Where a database is. It is empty at first, and goes with its last handle.
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

    /// Everything that is stored, as somebody sees it who looks past the database.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.file()).unwrap()
    }
}

/// Opens the database of a place, as another process would.
pub(crate) fn open<H: Hook<Conn>>(place: &Place, service: Service, hook: H) -> Directory<H> {
    open_with(place, service, hook, &Options::default())
}

/// The same with options that SQLite alone has.
pub(crate) fn open_with<H: Hook<Conn>>(
    place: &Place,
    service: Service,
    hook: H,
    options: &Options,
) -> Directory<H> {
    Directory::new(Database::open(place.file(), options).unwrap(), service.schemas, hook)
}
