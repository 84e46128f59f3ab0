//! The file: its name, its mode, its migrations.

use super::database::{self, Place};
use crate::store::service;
use provost_diesel::sqlite::{Database, Directory, Migrations, Options};

#[tokio::test]
async fn migrations_are_applied_once_and_known_before() {
    let place = Place::new();
    let open = || database::open(&place, service(), ());
    let db = open();
    let names = [
        "2026-01-01-000000_directory",
        "2026-01-01-000010_active",
        "2026-01-01-000020_tenant_first",
        "2026-01-01-000030_scim_prefix",
        "2026-01-01-000040_folded_as_jsonb",
    ];
    assert_eq!(db.database().pending(Migrations).unwrap(), names);
    // five at once, as when as many processes start
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let db = open();
        tasks.spawn(async move { db.migrate().await.unwrap().len() });
    }
    let mut applied = 0;
    while let Some(n) = tasks.join_next().await {
        applied += n.unwrap();
    }
    assert_eq!(applied, names.len());
    assert!(db.database().pending(Migrations).unwrap().is_empty());
    assert!(db.migrate().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_path_is_a_file_whatever_is_in_its_name() {
    let place = Place::new();
    for name in ["a b.db", "100%25.db", "what?mode=memory", "#1.db", "ü.db"] {
        let path = place.folder().path(name);
        for _made_and_opened in 0..2 {
            let db =
                Directory::new(Database::open(&path, &Options::default()).unwrap(), service().schemas, ());
            db.migrate().await.unwrap();
            assert_eq!(db.check(1).await.unwrap(), []);
            assert!(path.exists(), "{name}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    let nowhere = place.folder().path("none").join("x.db");
    for bad in ["", ":memory:", "sqlite:x.db", "sqlite::memory:", nowhere.to_str().unwrap()] {
        let refused = Database::open(bad, &Options::default()).unwrap_err();
        let why = std::error::Error::source(&refused).unwrap().to_string();
        assert!(why.contains("cannot be opened"), "{bad}: {why}");
    }
}
