//! The names of the directory's tables and indices; an application may use all others.
//!
//! Seen to fail: with tables without their prefix, and with a prefix only for tables.

use super::database::{self, Place};
use crate::store::{at, fixture, id, open, service};
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use provost_diesel::HookError;
use provost_diesel::sqlite::{Conn, Database};
use provost_provider::{Delete, Store};

#[derive(diesel::QueryableByName)]
struct Named {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

/// The names in a database, without those of SQLite and diesel's list of migrations.
fn names(db: &Database) -> Vec<String> {
    let sql = "select name from sqlite_master where name not like 'sqlite_%' and name not like '__diesel%' order by 1";
    let named = |conn: &mut Conn| diesel::sql_query(sql).load::<Named>(conn).map_err(HookError::from);
    db.read(named).unwrap().into_iter().map(|n| n.name).collect()
}

#[tokio::test]
async fn all_names_begin_with_scim() {
    let t = open().await;
    let names = names(&t.db);
    assert!(names.len() > 20, "{names:?}");
    assert!(names.iter().all(|name| name.starts_with("scim_")), "{names:?}");
}

/// An application has a table with every name that the directory would use without its prefix.
#[tokio::test]
async fn an_application_may_use_every_other_name() {
    let of_directory = names(&open().await.db);
    let theirs: Vec<&str> = of_directory.iter().map(|name| name.trim_start_matches("scim_")).collect();
    let place = Place::new();
    let directory = database::open(&place, service(), ());
    let tables = theirs.iter().map(|name| format!("create table {name} (x); insert into {name} values (1);"));
    let tables: String = tables.collect();
    let make = move |conn: &mut Conn| conn.batch_execute(&tables).map_err(HookError::from);
    directory.database().write(make).await.unwrap();

    let t = fixture(place, directory).await;
    t.add_user(1, r#"{"userName":"ann","emails":[{"value":"a@x"}]}"#).await.unwrap();
    t.add_group(10, "Guides", &[1]).await.unwrap();
    assert_eq!(t.find(&t.user, r#"emails.value eq "a@x" and groups.display eq "guides""#).await.0, 1);
    t.store.delete(Delete::new(&t.user, &id(1), None, &at(2))).await.unwrap();
    assert_eq!(t.directory.check(10).await.unwrap(), []);

    for name in theirs {
        let rows = format!("select x || '' as name from {name}");
        let rows = |conn: &mut Conn| diesel::sql_query(&rows).load::<Named>(conn).map_err(HookError::from);
        assert_eq!(t.db.read(rows).unwrap().len(), 1, "{name}");
    }
}
