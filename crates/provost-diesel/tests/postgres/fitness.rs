//! Servers and databases that cannot be used, each refused in one sentence that shows no password.
//!
//! Seen to fail: without the proof in `migrate`.

use super::database::{Database, Directory, Place};
use crate::store::{open, service};
use provost_diesel::postgres::Options;
use provost_provider::StoreError;
use provost_testing::postgres;

fn password() -> String {
    let (server, _) = postgres::server();
    let (_, after_user) = server.strip_prefix("postgres://").unwrap().split_once(':').unwrap();
    after_user.split_once('@').unwrap().0.to_owned()
}

/// The error for a database at the start.
async fn refusal(url: &str, options: &Options) -> String {
    let database = Database::open(url, options).unwrap();
    let refused = Directory::new(database, service().schemas, ()).migrate().await.unwrap_err();
    assert!(matches!(refused, StoreError::Unfit(_)), "{refused:?}");
    let said = refused.to_string();
    assert!(!said.contains(&password()) && !said.contains('\n'), "{said}");
    said
}

#[tokio::test]
async fn what_is_not_fit_is_refused_in_one_sentence() {
    let usual = Options::default();
    let url = |db: &postgres::Database| db.url();

    let latin = postgres::Database::with("encoding 'LATIN1' locale 'C' template template0");
    let said = refusal(&url(&latin), &usual).await;
    assert!(said.starts_with("the database has the encoding LATIN1: make one with"), "{said}");

    let place = Place::new();
    let db = place.database();
    let name = db.text("select current_database()");
    db.run(&format!("alter database {name} set default_transaction_read_only = on"));
    let said = refusal(&db.url(), &usual).await;
    assert!(said.starts_with("the database is read-only: switch"), "{said}");

    let place = Place::new();
    let db = place.database();
    let mut many = Options::default();
    many.connections = 100_000;
    let said = refusal(&db.url(), &many).await;
    assert!(said.contains("connections, and 100000 are wanted: raise `max_connections`"), "{said}");

    db.run("create table scim_resource (x integer)");
    let said = refusal(&db.url(), &usual).await;
    assert!(
        said.starts_with("the database has a table `scim_resource` that this program did not make"),
        "{said}"
    );
    assert_eq!(db.text("select count(*) from pg_tables where schemaname = 'public'"), "1");

    let t = open().await;
    t.place.database().run("insert into __diesel_schema_migrations (version) values ('20260101000999')");
    let said = refusal(&t.place.database().url(), &usual).await;
    assert!(
        said.starts_with("the database is of a later version of this program: it has the migration"),
        "{said}"
    );
}

#[tokio::test]
async fn who_cannot_connect_is_told_why() {
    let usual = Options::default();
    let (server, _) = postgres::server();
    let said = refusal(&format!("{server}/no_such_database"), &usual).await;
    assert!(said.contains("cannot be used") && said.contains("no_such_database"), "{said}");
    let wrong = server.replace(&password(), "wrong-password");
    let said = refusal(&format!("{wrong}/postgres"), &usual).await;
    assert!(said.contains("cannot be used") && !said.contains("wrong-password"), "{said}");
    let said = refusal("postgres://u:p@127.0.0.1:1/db", &usual).await;
    assert!(said.contains("127.0.0.1:1/db cannot be used") && said.contains("refused"), "{said}");
    let said = refusal(&format!("{server}/postgres?sslmode=require"), &usual).await;
    assert!(said.contains("TLS"), "{said}");
    let debug = format!("{:?}", Database::open(&format!("{server}/postgres"), &usual).unwrap());
    assert!(!debug.contains(&password()), "{debug}");
}

/// Seen to fail: without the lock around migrations.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_prepare_one_database_at_once() {
    let place = Place::new();
    let mut at_once = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let directory = super::database::open(&place, service(), ());
        at_once.spawn(async move { directory.migrate().await.unwrap().len() });
    }
    let applied: usize = at_once.join_all().await.into_iter().sum();
    let all = place.database().text("select count(*) from __diesel_schema_migrations");
    assert_eq!(
        (applied.to_string(), place.database().text("select count(*) from scim_derivation")),
        (all, "1".into())
    );
}
