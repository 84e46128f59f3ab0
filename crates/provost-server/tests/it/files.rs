//! What concerns only the database file: its mode, its path in the log, what an earlier release left in it.

use crate::PROVOST;
use crate::console::{PASSWORD, owned};
use crate::doctor::{sound, told};
use provost_testing::program::Server;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

#[test]
fn the_database_is_readable_by_its_owner_alone() {
    let s = PROVOST.start();
    s.create_user("ann");
    for name in ["provost.db", "provost.db-wal", "provost.db-shm"] {
        let mode = fs::metadata(s.folder.path(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
}

/// Seen to fail: without the line, and with the path as given.
#[test]
fn the_first_line_says_what_starts_and_on_which_database() {
    let s = PROVOST.start();
    let path = s.folder.path("provost.db");
    let log = s.stop();
    let first = log.lines().next().expect("a line");
    let version = concat!("version=\"", env!("CARGO_PKG_VERSION"), "\"");
    assert!(
        first.contains(&format!("Provost starts {version} database=sqlite:{}", path.display())),
        "{first}"
    );
    let refused = PROVOST.install().run(&["serve", "--database", "postgres://scim:hunter2@db/provost"]);
    let said = refused.stderr();
    assert!(said.contains("database=postgres://scim@db/provost") && !said.contains("hunter2"), "{said}");
}

/// Seen to fail: with the sessions kept.
#[test]
fn a_restore_signs_everybody_out() {
    let (s, mut browser) = owned();
    assert_eq!(s.folder.run(&["backup", "copy.db"]).code(), 0);
    let folder = s.kill();
    assert_eq!(folder.run(&["restore", "copy.db", "--yes"]).code(), 0);
    let s = Server::start_in(&folder, &[]);
    browser.address.clone_from(&s.address);
    assert!(!browser.is_signed_in());
    assert_eq!(browser.sign_in("ines.falk@example.com", PASSWORD).status, 303);
}

#[test]
fn doctor_looks_at_the_file() {
    let folder = sound();
    let mode =
        |mode| fs::set_permissions(folder.path("provost.db"), Permissions::from_mode(mode)).expect("set");
    mode(0o644);
    assert!(told(&folder, &[], "file-mode", "wrong").contains("provost.db` (644)"));
    mode(0o640);
    told(&folder, &[], "file-mode", "note");
    mode(0o600);
    folder.execute("delete from setting where name = 'deletions-overwritten'");
    assert!(told(&folder, &[], "deleted-data", "note").contains("an earlier release"));
    let old = PROVOST.install();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/old/old.db");
    fs::copy(data, old.path("provost.db")).expect("copied");
    fs::set_permissions(old.path("provost.db"), Permissions::from_mode(0o600)).expect("set");
    assert!(told(&old, &[], "database", "wrong").contains("provost migrate"));
    assert_eq!(old.run(&["migrate"]).code(), 0);
    assert!(told(&old, &[], "user-names", "note").contains("refused today"));
}
