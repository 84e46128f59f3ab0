//! The writer thread: one outcome for each job, and none lost.

use super::database::{self, Place};
use crate::store::{Fixture, at, fixture, id, open, query, resource, service};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use provost_core::change::MissingMembers;
use provost_diesel::sqlite::{Conn, Database, Lane, Options};
use provost_diesel::{Event, Hook, HookError, TenantId, WriteContext};
use provost_provider::{Create, Find, Store, StoreError};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

fn count(conn: &mut Conn, sql: &str) -> Result<i64, HookError> {
    Ok(diesel::sql_query(sql).get_result::<Count>(conn)?.n)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_jobs_gets_its_own_outcome() {
    let t = open().await;
    t.db.write(|conn| {
        conn.batch_execute("create table note (n integer primary key)").map_err(HookError::from)
    })
    .await
    .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..600_i64 {
        let (db, store, user) = (t.db.clone(), t.store.clone(), t.user.clone());
        tasks.spawn(async move {
            match n % 6 {
                // every sixth wants the same unique name
                0 => {
                    let new = resource(&user, 10_000 + u32::try_from(n).unwrap(), r#"{"userName":"same"}"#);
                    store.create(Create::new(&user, new, &at(n))).await.map(drop)
                }
                1 => {
                    db.write(move |conn| -> Result<(), StoreError> {
                        diesel::sql_query(format!("insert into note values ({n})")).execute(conn).unwrap();
                        panic!("planted")
                    })
                    .await
                }
                2 => db
                    .write(move |conn| {
                        diesel::sql_query(format!("insert into note values ({n})")).execute(conn)?;
                        Err::<(), _>(HookError::Refused("planted".to_owned()))
                    })
                    .await
                    .map_err(StoreError::from),
                _ => {
                    let name = format!(r#"{{"userName":"u{n}"}}"#);
                    let new = resource(&user, u32::try_from(n).unwrap(), &name);
                    store.create(Create::new(&user, new, &at(n))).await.map(drop)
                }
            }
        });
    }
    let (mut made, mut conflicts, mut panics, mut refused) = (0, 0, 0, 0);
    while let Some(outcome) = tasks.join_next().await {
        match outcome.unwrap() {
            Ok(()) => made += 1,
            Err(StoreError::Conflict { .. }) => conflicts += 1,
            Err(StoreError::Backend(_)) => panics += 1,
            Err(StoreError::Refused(_)) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((made, conflicts, panics, refused), (301, 99, 100, 100));
    assert_eq!(t.find(&t.user, "").await.0, 301);
    assert_eq!(t.db.read(|conn| count(conn, "select count(*) as n from note")).unwrap(), 0);
    let stats = t.db.stats();
    assert_eq!((stats.panics, stats.reopened), (100, 0));
    assert!(stats.batches < stats.jobs, "no commit was shared: {stats:?}");
}

/// A job that keeps the writer busy until it is let go, so that others wait.
struct Held {
    gate: Arc<AtomicBool>,
    job: tokio::task::JoinHandle<Result<(), StoreError>>,
}

impl Held {
    async fn hold(db: &Database) -> Self {
        let (gate, running) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
        let (held, started, db) = (gate.clone(), running.clone(), db.clone());
        let hold = move |_: &mut Conn| {
            started.store(true, Ordering::SeqCst);
            while held.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            Ok::<_, StoreError>(())
        };
        // in a separate lane, which is charged for the time
        let job = tokio::spawn(async move { db.write_in(Lane::Tenant(TenantId(0)), hold).await });
        while !running.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        Self { gate, job }
    }

    async fn let_go(mut self) {
        self.gate.store(false, Ordering::SeqCst);
        (&mut self.job).await.unwrap().unwrap();
    }
}

/// A failed test must not wait for ever.
impl Drop for Held {
    fn drop(&mut self) {
        self.gate.store(false, Ordering::SeqCst);
    }
}

/// Polls a job once, so that it is in the queue.
async fn queued<T>(job: impl Future<Output = T> + Send + 'static) -> Pin<Box<dyn Future<Output = T> + Send>> {
    let mut job: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(job);
    assert!(futures_poll_once(&mut job).await.is_none(), "answered at once");
    job
}

/// Seen to fail: with one limit for each tenant and one for all, so that three who flood leave no place for a fourth.
#[tokio::test]
async fn who_floods_waits_for_itself_and_what_is_queued_is_done() {
    let mut options = Options::default();
    options.queue = 8;
    let place = Place::new();
    let db = database::open_with(&place, service(), (), &options);
    let t = fixture(place, db).await;
    let held = Held::hold(&t.db).await;
    let create = |tenant: i64, n: u32| {
        let (store, user) = (t.directory.tenant(TenantId(tenant)), t.user.clone());
        async move {
            let new = resource(&user, n, &format!(r#"{{"userName":"u{n}"}}"#));
            store.create(Create::new(&user, new, &at(1))).await.map(drop)
        }
    };
    let mut waiting = Vec::new();
    for (tenant, places) in [(1, 4), (2, 2), (3, 1)] {
        for n in 0..places {
            waiting.push(queued(create(tenant, n)).await);
        }
        let crowded = create(tenant, 9).await;
        assert!(matches!(crowded, Err(StoreError::Crowded { retry_after_s: 1 })), "{tenant}: {crowded:?}");
    }
    // a tenant that does not flood has a place, and a tenant's notes have their own
    waiting.push(queued(create(4, 1)).await);
    let full = create(5, 1).await;
    assert!(matches!(full, Err(StoreError::Unavailable { .. })), "{full:?}");
    // the work is done even if its answer is not awaited
    drop(waiting.remove(3));
    held.let_go().await;
    for job in waiting {
        job.await.unwrap();
    }
    t.add_user(6, r#"{"userName":"u6"}"#).await.unwrap();
    assert_eq!(t.find(&t.user, "").await.0, 5);
    create(5, 1).await.unwrap();
}

/// The order in which jobs of several lanes run, and the batches in which they are committed.
///
/// Seen to fail: with one lane for all; with notes in their tenant's lane; with members not counted in the cost.
#[tokio::test]
async fn tenants_take_turns_and_large_writes_wait_until_nobody_else_does() {
    let told = Told::default();
    let (t, order) = (crate::store::open_with(told.clone()).await, told.order);
    let held = Held::hold(&t.db).await;
    let group = |tenant: i64, n: u32, members: u32| {
        let (store, group) = (t.directory.tenant(TenantId(tenant)), t.group.clone());
        let mut new = resource(&group, n, &format!(r#"{{"displayName":"{tenant}.{n}"}}"#));
        new.members = (10_000..10_000 + members).map(id).collect();
        new.missing = MissingMembers::Skip;
        queued(async move { store.create(Create::new(&group, new, &at(1))).await.map(drop) })
    };
    let note = |lane: Lane, word: &'static str| {
        let (db, order) = (t.db.clone(), order.clone());
        let job = move |_: &mut Conn| {
            order.lock().unwrap().push(word.to_owned());
            Ok::<_, StoreError>(())
        };
        queued(async move { db.write_in(lane, job).await })
    };
    // two tenants queue large writes before any small ones, the first tenant one more
    let mut jobs = vec![group(1, 1, 90_000).await, group(1, 2, 90_000).await, group(2, 1, 60_000).await];
    for n in 3..6 {
        jobs.push(group(1, n, 0).await);
    }
    for n in 1..4 {
        jobs.push(group(3, n, 0).await);
    }
    jobs.push(note(Lane::Notes(TenantId(1)), "note of 1").await);
    jobs.push(note(Lane::Notes(TenantId(3)), "note of 3").await);
    let batches = t.db.stats().batches;
    held.let_go().await;
    for job in jobs {
        job.await.unwrap();
    }
    let small = ["3.1", "note of 1", "note of 3", "3.2", "3.3"];
    let large = ["2.1", "1.1", "1.2", "1.3", "1.4", "1.5"];
    assert_eq!(*order.lock().unwrap(), [&small[..], &large[..]].concat());
    // the small ones together, and each large one separately
    assert!(t.db.stats().batches - batches >= 4, "{:?}", t.db.stats());
}

/// All writes of one tenant share a commit; those of several tenants are committed a few at a time, so that no answer
/// waits for all the others.
///
/// Seen to fail: with batches that never end early, and with batches that always do.
#[tokio::test]
async fn a_batch_ends_early_where_others_wait_and_only_there() {
    for (lanes, batches) in [(1, 1..=1), (2, 5..=200)] {
        let t = open().await;
        let held = Held::hold(&t.db).await;
        let mut jobs = Vec::new();
        for n in 0..200 {
            let (db, lane) = (t.db.clone(), Lane::Tenant(TenantId(1 + n % lanes)));
            jobs.push(queued(async move { db.write_in(lane, |_| Ok::<_, StoreError>(())).await }).await);
        }
        let before = t.db.stats().batches;
        held.let_go().await;
        for job in jobs {
            job.await.unwrap();
        }
        let took = t.db.stats().batches - before;
        assert!(batches.contains(&took), "{lanes} lanes: {took}");
    }
}

/// Large writes of several tenants wait, all of the same cost; a small one that arrives during the first waits only for
/// that one.
///
/// Seen to fail: without a batch of small writes after each large one, and with such a batch only if a small write had
/// waited for the previous one.
#[tokio::test]
async fn who_waited_for_a_large_write_waits_for_no_second_one() {
    let told = Told::default();
    let t = crate::store::open_with(told.clone()).await;
    let held = Held::hold(&t.db).await;
    let group = |tenant: i64, members: u32| {
        let (store, group) = (t.directory.tenant(TenantId(tenant)), t.group.clone());
        let mut new = resource(&group, 1, &format!(r#"{{"displayName":"{tenant}"}}"#));
        new.members = (10_000..10_000 + members).map(id).collect();
        new.missing = MissingMembers::Skip;
        queued(async move { store.create(Create::new(&group, new, &at(1))).await.map(drop) })
    };
    let mut jobs = Vec::new();
    for tenant in 1..5 {
        jobs.push(group(tenant, 20_000).await);
    }
    // long enough to count as a large write after which no small one waits
    std::thread::sleep(std::time::Duration::from_millis(20));
    // the hook signals that the first large write is running, and continues once the small one waits
    told.stop.store(true, Ordering::SeqCst);
    held.let_go().await;
    while told.order.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    jobs.push(group(5, 0).await);
    told.stop.store(false, Ordering::SeqCst);
    for job in jobs {
        job.await.unwrap();
    }
    assert_eq!(*told.order.lock().unwrap(), ["1", "5", "2", "3", "4"]);
}

/// Records which groups were created, and stops the writer meanwhile if told to.
#[derive(Clone, Default)]
struct Told {
    order: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
}

impl Hook<Conn> for Told {
    fn on(&self, _: &mut Conn, _: &WriteContext, event: Event<'_>) -> Result<(), HookError> {
        if let Event::Created { body, .. } = event {
            self.order.lock().unwrap().push(body.str("displayName").unwrap().to_owned());
            while self.stop.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
        }
        Ok(())
    }
}

/// However many small writes of another tenant wait, a large one is done before the last of them: once they have used
/// as much of the writer as it costs.
#[tokio::test]
async fn a_large_write_is_not_starved() {
    let mut options = Options::default();
    options.batch = 16;
    let (place, told) = (Place::new(), Told::default());
    let directory = database::open_with(&place, service(), told.clone(), &options);
    let t = fixture(place, directory).await;
    let held = Held::hold(&t.db).await;
    let group = |tenant: i64, n: u32, members: u32| {
        let (store, group) = (t.directory.tenant(TenantId(tenant)), t.group.clone());
        let mut new = resource(&group, n, &format!(r#"{{"displayName":"{tenant}"}}"#));
        new.members = (10_000..10_000 + members).map(id).collect();
        new.missing = MissingMembers::Skip;
        queued(async move { store.create(Create::new(&group, new, &at(1))).await.map(drop) })
    };
    let mut jobs = vec![group(1, 1, 2_000).await];
    for n in 0..400 {
        jobs.push(group(2, n, 0).await);
    }
    held.let_go().await;
    for job in jobs {
        job.await.unwrap();
    }
    let order = told.order.lock().unwrap();
    let before = order.iter().position(|tenant| tenant == "1").unwrap();
    assert!((1..order.len() - 1).contains(&before), "{before} of {}", order.len());
}

/// SQLite itself ends the transaction if the file may not grow: the outcome of the whole batch is unknown.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_loses_nothing_that_was_answered() {
    let t = open().await;
    t.add_user(0, r#"{"userName":"before"}"#).await.unwrap();
    let pages = t.db.read(|conn| count(conn, "select page_count as n from pragma_page_count")).unwrap();
    let limit = format!("PRAGMA max_page_count={}", pages + 40);
    t.db.write(move |conn| conn.batch_execute(&limit).map_err(HookError::from)).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=400_u32 {
        let (store, user) = (t.store.clone(), t.user.clone());
        tasks.spawn(async move {
            let new =
                resource(&user, n, &format!(r#"{{"userName":"u{n}","title":"{}"}}"#, "x".repeat(2_000)));
            (n, store.create(Create::new(&user, new, &at(n.into()))).await.map(drop))
        });
    }
    let (mut kept, mut unavailable) = (vec![0], 0);
    while let Some(outcome) = tasks.join_next().await {
        match outcome.unwrap() {
            (n, Ok(())) => kept.push(n),
            (_, Err(StoreError::Unavailable { .. })) => unavailable += 1,
            (_, Err(other)) => panic!("{other:?}"),
        }
    }
    assert!(unavailable > 0);
    for n in kept {
        assert!(t.get_user(n).await.is_some(), "{n} was answered and is gone");
    }
    // the new connection has no limit
    t.add_user(500, r#"{"userName":"after"}"#).await.unwrap();
    assert!(t.db.stats().reopened > 0, "{:?}", t.db.stats());
    let sound = "select count(*) as n from pragma_integrity_check where integrity_check = 'ok'";
    assert_eq!(t.db.read(|conn| count(conn, sound)).unwrap(), 1);
    let strays = "select count(*) as n from scim_resource r left join scim_document d on d.seq = r.seq where d.seq is null";
    assert_eq!(t.db.read(|conn| count(conn, strays)).unwrap(), 0);
    let total = t.db.read(|conn| count(conn, "select total as n from scim_counter")).unwrap();
    assert_eq!(total, t.db.read(|conn| count(conn, "select count(*) as n from scim_resource")).unwrap());
}

/// SQLite ends the whole transaction when a trigger says so, as it does if the disk fails or memory is short. Nothing
/// of the batch stays then: neither earlier jobs nor what a later job would commit separately.
///
/// Seen to fail: without checking the transaction after each job.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_of_a_batch_stays_when_sqlite_ends_its_transaction() {
    for (n, swallowed) in [false, true].into_iter().enumerate() {
        let t = open().await;
        t.db.write(|conn| {
            conn.batch_execute(
                "create table note (n integer primary key); create table bomb (n integer);
                 create trigger bang before insert on bomb begin select raise(rollback, 'planted'); end;",
            )
            .map_err(HookError::from)
        })
        .await
        .unwrap();
        // one job stops the writer until the others wait, so that they share a batch
        let held = Held::hold(&t.db).await;
        let insert = |sql: &'static str| {
            let db = t.db.clone();
            Box::pin(async move {
                let run = move |conn: &mut Conn| {
                    let done = conn.batch_execute(sql).map_err(HookError::from);
                    if swallowed { Ok(()) } else { done }
                };
                db.write(run).await.map_err(StoreError::from)
            })
        };
        let texts =
            ["insert into note values (1)", "insert into bomb values (2)", "insert into note values (3)"];
        let mut three = texts.map(insert);
        for work in &mut three {
            assert!(futures_poll_once(work).await.is_none(), "polled once: queued");
        }
        let batches = t.db.stats().batches;
        held.let_go().await;
        for (place, work) in three.into_iter().enumerate() {
            let outcome = work.await;
            assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{n} {place}: {outcome:?}");
        }
        assert_eq!(t.db.stats().batches, batches + 1, "the three did not share a batch");
        assert_eq!(t.db.read(|conn| count(conn, "select count(*) as n from note")).unwrap(), 0);
        // and the writer continues
        t.add_user(1, r#"{"userName":"after"}"#).await.unwrap();
        assert_eq!(t.db.stats().reopened, 1);
    }
}

#[tokio::test]
async fn readers_cannot_write_and_leave_no_transaction_behind() {
    let t = open().await;
    let denied = t.db.read(|conn| conn.batch_execute("create table x (n)").map_err(HookError::from));
    assert!(denied.is_err());
    t.db.read(|conn| {
        AnsiTransactionManager::begin_transaction(conn)?;
        count(conn, "select count(*) as n from scim_resource")
    })
    .unwrap();
    t.add_user(1, r#"{"userName":"a"}"#).await.unwrap();
    assert!(t.get_user(1).await.is_some(), "an old snapshot is read");
    let again: Result<(), StoreError> =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| t.db.read(|_| panic!("planted"))))
            .unwrap_or(Ok(()));
    again.unwrap();
    assert!(t.get_user(1).await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answered_write_is_seen_by_the_next_read() {
    let t = Arc::new(open().await);
    let mut tasks = tokio::task::JoinSet::new();
    for lane in 0..8_u32 {
        let t = t.clone();
        tasks.spawn(async move {
            for n in 0..60 {
                let n = lane * 1_000 + n;
                t.add_user(n, &format!(r#"{{"userName":"u{n}"}}"#)).await.unwrap();
                assert!(t.get_user(n).await.is_some());
                assert_eq!(t.find(&t.user, &format!("userName eq \"U{n}\"")).await.1, [id(n).to_string()]);
            }
        });
    }
    while let Some(lane) = tasks.join_next().await {
        lane.unwrap();
    }
}

#[tokio::test]
async fn two_handles_on_one_file_take_turns() {
    let t = open().await;
    let other = database::open(&t.place, service(), ());
    assert!(other.migrate().await.unwrap().is_empty());
    let theirs = other.tenant(t.store.tenant());
    for n in 0..40_u32 {
        let json = format!(r#"{{"userName":"u{n}"}}"#);
        let store = if n % 2 == 0 { &t.store } else { &theirs };
        store.create(Create::new(&t.user, resource(&t.user, n, &json), &at(1))).await.unwrap();
    }
    // the order of creation holds across both, although all were created in one millisecond
    let (total, ids) = t.find(&t.user, "").await;
    assert_eq!(total, 40);
    assert_eq!(ids, (0..40).map(|n| id(n).to_string()).collect::<Vec<_>>());
}

#[test]
fn dropping_the_last_handle_finishes_what_is_queued() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (place, service, user) = runtime.block_on(async {
        let t = open().await;
        for n in 0..50 {
            let (store, user) = (t.store.clone(), t.user.clone());
            let new = resource(&user, n, &format!(r#"{{"userName":"u{n}"}}"#));
            let mut sent =
                Box::pin(async move { store.create(Create::new(&user, new, &at(1))).await.map(drop) });
            // polled once, so queued; after that nobody waits for it
            let _ = futures_poll_once(&mut sent).await;
        }
        let Fixture { db, directory, store, user, place, .. } = t;
        drop((db, directory, store));
        (place, service(), user)
    });
    let db = database::open(&place, service, ());
    let store = db.tenant(TenantId(1));
    let page =
        runtime.block_on(store.find(Find::new(&crate::store::service(), &user, &query(&user, "")))).unwrap();
    assert_eq!(page.total, 50);
}

async fn futures_poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| match Pin::new(&mut *future).poll(cx) {
        std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

/// The file disappears before the commit and is not noticed in time: the write is lost, and must not be reported as
/// durable.
///
/// Seen to fail: without the check between commit and answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_committed_to_a_file_that_is_gone_is_not_acknowledged() {
    let t = open().await;
    t.add_user(0, r#"{"userName":"before"}"#).await.unwrap();
    let (path, elsewhere) = (t.db.path().to_owned(), t.db.path().with_extension("elsewhere"));
    let (from, to) = (path.clone(), elsewhere.clone());
    let moved = t.db.write(move |_| std::fs::rename(&from, &to).map_err(StoreError::backend)).await;
    assert!(matches!(moved, Err(StoreError::Unfit(_))), "{moved:?}");
    assert!(t.db.condition().trouble().is_some_and(|why| why.contains("removed or replaced")));
    let read = t.db.read(|conn| count(conn, "select count(*) as n from scim_resource"));
    assert!(matches!(read, Err(HookError::Store(StoreError::Unfit(_)))), "{read:?}");
    std::fs::rename(&elsewhere, &path).unwrap();
    t.db.condition().look().unwrap();
    t.add_user(1, r#"{"userName":"after"}"#).await.unwrap();
}
