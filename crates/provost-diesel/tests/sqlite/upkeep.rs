//! Checks of the tables, and what is derived anew when schemas change.

use crate::common::{TempDir, at, id, open, query, resource};
use diesel::connection::SimpleConnection;
use provost_core::resource::Site;
use provost_core::schema::parse_schema;
use provost_core::{Filter, Query, SchemaSet};
use provost_diesel::sqlite::{MIGRATIONS, Options, Sqlite};
use provost_diesel::{HookError, TenantId};
use provost_provider::Store;
use std::sync::Arc;

#[tokio::test]
async fn what_a_hand_broke_is_found_and_named() {
    let t = open().await;
    for n in 1..=3 {
        let json = format!(r#"{{"userName":"u{n}","emails":[{{"value":"{n}@x"}}],"title":"t"}}"#);
        t.add_user(n, &json).await.unwrap();
    }
    t.add_group(16, "g", &[1, 2]).await.unwrap();
    assert_eq!(t.db.check(10).await.unwrap(), []);
    let faults = [
        ("update document set doc = '{' where seq = (select min(seq) from document)", "cannot be read"),
        ("update document set folded = '{}' where seq = (select min(seq) from document)", "other values"),
        ("update resource set user_name_key = 'x' where user_name_key = 'u2'", "other values"),
        ("update resource set label = 'x' where user_name_key = 'u2'", "other values"),
        ("update resource set active = true where user_name_key = 'u2'", "other values"),
        ("update element set value_key = 'x' where value_key = '2@x'", "other values"),
        ("delete from element where value_key = '2@x'", "other values"),
        ("delete from document where seq = (select min(seq) from document)", "document is missing"),
        ("delete from resource where user_name_key = 'u3'", "without a resource"),
        ("delete from resource where user_name_key = 'u1'", "members that do not exist"),
        ("update resource set tenant = 2 where user_name_key = 'u1'", "belong to another tenant"),
        ("update counter set total = total + 1", "show 4 as their total, and there are 3"),
        ("insert into unique_key values (1, 'User', 'x', 'y', 7)", "unique keys without"),
    ];
    for (sql, expected) in faults {
        let findings =
            t.db.write(move |conn| -> Result<(), HookError> {
                conn.batch_execute(sql)?;
                let site = crate::common::site();
                let found = provost_diesel::sqlite::directory::check(conn, &site, 10)?;
                // undone again: the findings travel in the refusal
                Err(HookError::Refused(found.iter().map(|f| format!("{f}\n")).collect()))
            })
            .await
            .unwrap_err()
            .to_string();
        assert!(findings.contains(expected), "{sql}\n{findings}");
    }
    assert_eq!(t.db.check(10).await.unwrap(), []);
}

#[tokio::test]
async fn migrations_are_applied_once_and_known_before() {
    let dir = TempDir::new();
    let open = || Sqlite::open(&dir.file(), crate::common::site(), (), &Options::default()).unwrap();
    let db = open();
    let names = ["2026-01-01-000000_directory"];
    assert_eq!(db.pending(MIGRATIONS).unwrap(), names);
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
    assert_eq!(applied, 1);
    assert!(db.pending(MIGRATIONS).unwrap().is_empty());
    assert!(db.migrate().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_path_is_a_file_whatever_is_in_its_name() {
    let dir = TempDir::new();
    for name in ["a b.db", "100%25.db", "what?mode=memory", "#1.db", "ü.db"] {
        let path = dir.path().join(name);
        for url in [path.to_str().unwrap().to_owned(), format!("sqlite:{}", path.display())] {
            let db = Sqlite::open(&url, crate::common::site(), (), &Options::default()).unwrap();
            db.migrate().await.unwrap();
            assert_eq!(db.check(1).await.unwrap(), []);
            assert!(path.exists(), "{url}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    for bad in ["", "sqlite:", ":memory:", "sqlite::memory:"] {
        assert!(Sqlite::open(bad, crate::common::site(), (), &Options::default()).is_err(), "{bad}");
    }
    let nowhere = dir.path().join("none").join("x.db");
    let nowhere = Sqlite::open(nowhere.to_str().unwrap(), crate::common::site(), (), &Options::default());
    assert!(nowhere.is_err());
}

fn site(exact: bool) -> Site {
    let schema = format!(
        r#"{{"id":"urn:x:Lamp","name":"Lamp","attributes":[
            {{"name":"maker","type":"string","multiValued":false,"caseExact":{exact}}},
            {{"name":"userName","type":"string","multiValued":false,"caseExact":{exact},"uniqueness":"server"}}]}}"#
    );
    let mut set = SchemaSet::builtin();
    set.add_schema(parse_schema(&schema).unwrap());
    set.add_resource_type(r#"{"name":"Lamp","endpoint":"/Lamps","schema":"urn:x:Lamp"}"#).unwrap();
    Site::new("https://x", Arc::new(set))
}

async fn found(db: &Sqlite, filter: &str) -> u64 {
    let kind = db.site().schemas.resource_type("Lamp").unwrap().clone();
    let mut query = Query::default();
    let filter: Filter = filter.parse().unwrap();
    query.filter = Some(filter.resolve(&kind, Default::default()).unwrap());
    db.tenant(TenantId(1)).find(&kind, &query).await.unwrap().total
}

#[tokio::test]
async fn other_schemas_make_filters_look_for_other_values() {
    let dir = TempDir::new();
    let open = |exact| Sqlite::open(&dir.file(), site(exact), (), &Options::default()).unwrap();
    let db = open(true);
    db.migrate().await.unwrap();
    let lamp = db.site().schemas.resource_type("Lamp").unwrap().clone();
    for (n, name) in [(1, "One"), (2, "Two")] {
        let new = resource(&lamp, n, &format!(r#"{{"maker":"ACME","userName":"{name}"}}"#));
        db.tenant(TenantId(1)).create(&lamp, new, &at(1)).await.unwrap();
    }
    assert_eq!(found(&db, r#"maker eq "acme""#).await, 0);
    drop(db);
    // without the step, what was written looks the other way
    let db = open(false);
    assert_eq!(db.check(10).await.unwrap().len(), 2);
    assert_eq!(found(&db, r#"maker eq "acme""#).await, 0);
    db.migrate().await.unwrap();
    assert_eq!(db.check(10).await.unwrap(), []);
    assert_eq!(found(&db, r#"maker eq "acme""#).await, 2);
    assert_eq!(found(&db, r#"userName eq "one""#).await, 1);
    drop(db);
    // two names that would become one are refused, and nothing is changed
    let db = open(true);
    db.migrate().await.unwrap();
    let new = resource(&lamp, 3, r#"{"userName":"ONE"}"#);
    db.tenant(TenantId(1)).create(&lamp, new, &at(1)).await.unwrap();
    drop(db);
    let db = open(false);
    let refused = db.migrate().await.unwrap_err().to_string();
    assert_eq!(refused, "another resource has this `userName` already");
    drop(db);
    let db = open(true);
    assert_eq!(found(&db, r#"userName eq "One""#).await, 1);
    assert_eq!(db.check(10).await.unwrap(), []);
}

#[tokio::test]
async fn an_index_that_is_named_later_knows_what_was_there_before() {
    let dir = TempDir::new();
    let open = |paths: &[&str]| {
        let mut set = SchemaSet::builtin();
        paths.iter().for_each(|path| set.index("User", path).unwrap());
        Sqlite::open(&dir.file(), Site::new("https://x", Arc::new(set)), (), &Options::default()).unwrap()
    };
    let found = async |db: &Sqlite| {
        let kind = db.site().schemas.resource_type("User").unwrap().clone();
        let mut totals = Vec::new();
        for filter in [r#"title eq "GUIDE""#, r#"phoneNumbers.value eq "1""#, r#"not (title eq "guide")"#] {
            totals.push(db.tenant(TenantId(1)).find(&kind, &query(&kind, filter)).await.unwrap().total);
        }
        totals
    };
    let db = open(&[]);
    db.migrate().await.unwrap();
    let user = db.site().schemas.resource_type("User").unwrap().clone();
    for n in 1..=3 {
        let body = format!(r#"{{"userName":"u{n}","title":"Guide","phoneNumbers":[{{"value":"{n}"}}]}}"#);
        db.tenant(TenantId(1)).create(&user, resource(&user, n, &body), &at(1)).await.unwrap();
    }
    assert_eq!(found(&db).await, [3, 1, 0]);
    drop(db);
    // without the step, the index is empty
    let db = open(&["title", "phoneNumbers"]);
    assert_eq!(found(&db).await, [0, 0, 3]);
    db.migrate().await.unwrap();
    assert_eq!(found(&db).await, [3, 1, 0]);
    assert_eq!(db.check(10).await.unwrap(), []);
    // what is written from now on is kept in it
    let user = db.site().schemas.resource_type("User").unwrap().clone();
    let new = resource(&user, 4, r#"{"userName":"u4","title":"guide"}"#);
    db.tenant(TenantId(1)).create(&user, new, &at(1)).await.unwrap();
    db.tenant(TenantId(1)).delete(&user, &id(1), None, &at(2)).await.unwrap();
    assert_eq!(found(&db).await, [3, 0, 0]);
    assert_eq!(db.check(10).await.unwrap(), []);
    drop(db);
    // and what is not named any more leaves nothing behind
    let db = open(&["title"]);
    db.migrate().await.unwrap();
    assert_eq!((found(&db).await, db.check(10).await.unwrap()), (vec![3, 0, 0], vec![]));
}

#[tokio::test]
async fn a_resource_of_a_type_that_is_gone_is_kept() {
    let dir = TempDir::new();
    let db = Sqlite::open(&dir.file(), site(true), (), &Options::default()).unwrap();
    db.migrate().await.unwrap();
    let lamp = db.site().schemas.resource_type("Lamp").unwrap().clone();
    let store = db.tenant(TenantId(1));
    store.create(&lamp, resource(&lamp, 1, r#"{"maker":"ACME"}"#), &at(1)).await.unwrap();
    drop((store, db));
    let db = Sqlite::open(&dir.file(), crate::common::site(), (), &Options::default()).unwrap();
    db.migrate().await.unwrap();
    assert_eq!(db.check(10).await.unwrap(), []);
    drop(db);
    let db = Sqlite::open(&dir.file(), site(true), (), &Options::default()).unwrap();
    db.migrate().await.unwrap();
    let page = db.tenant(TenantId(1)).find(&lamp, &query(&lamp, "")).await.unwrap();
    assert_eq!((page.total, page.resources[0].id.clone()), (1, id(1)));
}
