//! Lists that take too long, and what still gets through while others hold everything.

use super::database::{Database, Place};
use crate::store::{Fixture, fixture, id, query, service};
use provost_core::query::Include;
use provost_diesel::postgres::{Directory, Options};
use provost_provider::{Find, Get, Store, StoreError};
use provost_testing::postgres;
use std::time::Duration;

async fn open(place: Place, options: &Options) -> Fixture {
    let (database, schemas) = (Database::open(&place.database().url(), options).unwrap(), service().schemas);
    fixture(place, Directory::new(database, schemas, ())).await
}

/// Another session locks a table until the guard is dropped.
fn locked(database: &postgres::Database, table: &str) -> Locked {
    let (own, sql) = (database.clone(), format!("begin; lock table {table}; select pg_sleep(60)"));
    let thread = std::thread::spawn(move || drop(std::panic::catch_unwind(|| own.run(&sql))));
    let sleeps =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'";
    while database.text(sleeps) == "0" {
        std::thread::yield_now();
    }
    Locked(database.clone(), Some(thread))
}

struct Locked(postgres::Database, Option<std::thread::JoinHandle<()>>);

impl Drop for Locked {
    fn drop(&mut self) {
        self.0.run("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()");
        if let Some(thread) = self.1.take() {
            let _ = thread.join();
        }
    }
}

/// Seen to fail: with the end of a statement taken for a temporary failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_takes_too_long_is_given_up_as_too_broad() {
    let mut options = Options::default();
    options.walk = Duration::from_millis(200);
    let (t, service) = (open(Place::new(), &options).await, service());
    t.add_user(1, r#"{"userName":"ann","nickName":"a"}"#).await.unwrap();
    let broad = query(&t.user, r#"nickName ew "a""#);
    assert_eq!(t.store.find(Find::new(&service, &t.user, &broad)).await.unwrap().total, 1);
    let held = locked(t.place.database(), "scim_document");
    let refused = t.store.find(Find::new(&service, &t.user, &broad)).await.unwrap_err();
    assert!(matches!(refused, StoreError::TooBroad(_)), "{refused:?}");
    drop(held);
    assert_eq!(t.store.find(Find::new(&service, &t.user, &broad)).await.unwrap().total, 1);
}

/// Seen to fail: with as many writers as connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn look_ups_are_answered_while_writers_hold_all_that_they_may() {
    let mut options = Options::default();
    (options.connections, options.wait) = (4, Duration::from_millis(500));
    let (t, service) = (open(Place::new(), &options).await, service());
    t.add_user(1, r#"{"userName":"ann"}"#).await.unwrap();
    let held = locked(t.place.database(), "scim_unique_key, scim_element");
    let t = std::sync::Arc::new(t);
    let writers: Vec<_> = (10..20)
        .map(|n| {
            let t = t.clone();
            tokio::spawn(async move {
                t.add_user(n, &format!(r#"{{"userName":"u{n}","emails":[{{"value":"{n}@x"}}]}}"#)).await
            })
        })
        .collect();
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while t.place.database().text(waits) == "0" {
        tokio::task::yield_now().await;
    }
    for _ in 0..10 {
        assert!(t.store.get(Get::new(&service, &t.user, &id(1), Include::ALL)).await.unwrap().is_some());
    }
    drop(held);
    for writer in writers {
        // only those that waited too long were refused
        assert!(matches!(writer.await.unwrap(), Ok(_) | Err(StoreError::Unavailable { .. })));
    }
}
