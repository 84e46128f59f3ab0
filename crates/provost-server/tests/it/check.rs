//! `provost check` on a file that SQLite itself finds damaged.

use crate::PROVOST;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use provost_testing::json::{elements, text};
use serde_json::Value;

/// An index that points to the rows of another one: everything can be read, but nothing read means anything.
///
/// Seen to fail: without SQLite's own check, it reports teams of organisations that never existed.
#[test]
fn a_damaged_file_is_told_before_anything_is_compared() {
    let folder = PROVOST.install();
    assert_eq!(folder.run(&["org", "create", "acme"]).code(), 0);
    assert_eq!(folder.run(&["migrate"]).code(), 0);
    assert_eq!(folder.run(&["check"]).stdout(), "no faults\n");
    let path = folder.path("provost.db");
    let mut conn = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("opened");
    conn.batch_execute(
        "pragma writable_schema = on; update sqlite_master set rootpage = 3 where name = 'team_slug'; pragma schema_version = 99",
    )
    .expect("broken");
    drop(conn);
    let ran = folder.run(&["check", "--json"]);
    let found: Value = serde_json::from_str(&ran.stdout()).expect("JSON");
    let faults: Vec<&str> = elements(&found["faults"]).iter().map(|f| text(&f["what"])).collect();
    assert!(!faults.is_empty() && ran.code() == 1, "{ran:?}");
    assert!(
        faults.iter().all(|f| f.starts_with("SQLite finds the file damaged: ") && !f.contains('*')),
        "{faults:?}"
    );
    assert!(faults.iter().any(|f| f.ends_with("2nd reference to page 3")), "{faults:?}");
}
