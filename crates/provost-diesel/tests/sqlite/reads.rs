//! What a list may cost others: its work is bounded before it is read, done in windows, and on few threads.

use super::database::{self, Place};
use crate::store::{Fixture, fixture, number, query, service};
use diesel::connection::{Connection, InstrumentationEvent};
use provost_core::query::{Page, Seek, Sort};
use provost_core::{AttrPath, AttrRef, Query, ResourceType};
use provost_diesel::sqlite::{Conn, Options};
use provost_provider::{Find, Store, StoreError};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

async fn open(options: &Options) -> Fixture {
    let place = Place::new();
    let directory = database::open_with(&place, service(), (), options);
    fixture(place, directory).await
}

/// Users 1 to `most`: three values of `nickName`, one `displayName`, and one `externalId` for every five.
async fn users(t: &Fixture, most: u32) {
    for n in 1..=most {
        let json = format!(
            r#"{{"userName":"u{n}","displayName":"same","nickName":"n{}","externalId":"e{}","title":"{}"}}"#,
            n % 3,
            n / 9,
            most - n
        );
        t.add_user(n, &json).await.unwrap();
    }
}

async fn find(t: &Fixture, query: &Query) -> Result<Page, StoreError> {
    t.store.find(Find::new(&service(), &t.user, query)).await
}

fn numbers(page: &Page) -> Vec<u32> {
    page.resources.iter().map(|r| number(&r.id)).collect()
}

/// Seen to fail: with no term counted, with those of an indexed branch counted, and with every row of the type counted
/// although an index finds some.
#[tokio::test]
async fn a_list_that_would_look_at_too_much_is_refused_before_it_looks() {
    let t = open(&Options::default()).await;
    users(&t, 30).await;
    t.add_user(31, r#"{"userName":"u31","displayName":"other"}"#).await.unwrap();
    // a value in a document costs four, one in the row costs one
    for (filter, sort, values, path) in [
        (r#"nickName eq "n1""#, None, 31 * 4, "nickName"),
        (r#"nickName eq "n1" or title eq "1""#, None, 31 * 8, "nickName"),
        (r#"not (nickName eq "n1" or userName co "u")"#, None, 31 * 5, "nickName"),
        (r#"userName co "u""#, None, 31, "userName"),
        (r#"phoneNumbers[type eq "work" and value co "1"]"#, None, 31 * 8, "phoneNumbers"),
        (r#"displayName eq "other" and nickName eq "n1""#, None, 4, "nickName"),
        (r#"displayName eq "same" and nickName eq "n1""#, None, 30 * 4, "nickName"),
        (r#"displayName eq "same" and (nickName eq "n1" or title eq "1")"#, None, 30 * 8, "nickName"),
        ("", Some("title"), 31 * 4, "title"),
        (r#"displayName eq "same""#, Some("title"), 30 * 4, "title"),
    ] {
        let mut query = query(&t.user, filter);
        query.sort = sort.map(|path| {
            let by = AttrRef::resolve(&AttrPath::parse(path).unwrap(), &t.user).unwrap();
            Sort { by, descending: false }
        });
        query.bounds.scan = values;
        assert!(find(&t, &query).await.is_ok(), "{filter} {sort:?}");
        query.seek = Some(Seek::First);
        assert!(find(&t, &query).await.is_ok(), "{filter} {sort:?}, by cursor");
        query.bounds.scan = values - 1;
        for seek in [None, Some(Seek::First)] {
            query.seek = seek;
            let refused = find(&t, &query).await.unwrap_err();
            let said = format!(
                "the query would look at more than {} values, since no index answers what it asks of `{path}",
                values - 1
            );
            assert!(matches!(refused, StoreError::TooBroad(_)), "{filter} {sort:?}: {refused}");
            assert!(refused.to_string().starts_with(&said), "{filter}: {refused}");
        }
    }
    // what a unique index finds costs nothing
    for filter in [
        r#"userName eq "u1""#,
        r#"id eq "x" and userName eq "u1""#,
        r#"userName eq "u1" and title eq "x""#,
        "",
    ] {
        let mut query = query(&t.user, filter);
        query.bounds.scan = 4;
        assert!(find(&t, &query).await.is_ok(), "{filter}");
    }
    // rows that an index finds are not scanned, but they are counted
    for (filter, found) in [
        (r#"displayName eq "same""#, 30),
        (r#"userName gt "a""#, 31),
        (r#"meta.created gt "2001-01-01T00:00:00Z""#, 31),
        (r#"meta.lastModified gt "2001-01-01T00:00:00Z""#, 31),
        (r#"displayName eq "same" or displayName eq "other" or displayName sw "s""#, 61),
        // of several indices the database may use any
        (r#"displayName eq "other" and meta.created gt "2001-01-01T00:00:00Z""#, 31),
    ] {
        let mut query = query(&t.user, filter);
        query.bounds.scan = found;
        assert!(find(&t, &query).await.is_ok(), "{filter}");
        query.bounds.scan = found - 1;
        let refused = find(&t, &query).await.unwrap_err().to_string();
        assert!(refused.starts_with("the filter finds more than "), "{filter}: {refused}");
    }
    let mut many = query(&t.user, r#"displayName eq "same" or displayName sw "s""#);
    many.bounds.scan = 59;
    let refused = find(&t, &many).await.unwrap_err().to_string();
    assert_eq!(refused, "the filter finds more than 59 resources: narrow it");
}

/// The statements of the reading connections.
fn listen(t: &Fixture) -> Arc<Mutex<Vec<String>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let all = seen.clone();
    let listen = move |conn: &mut Conn| -> Result<(), StoreError> {
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                all.lock().unwrap().push(query.to_string());
            }
        });
        Ok(())
    };
    t.db.read(listen).unwrap();
    seen
}

/// Seen to fail: with the window's end missing from the condition, with the last window forgotten, and with rows sorted
/// only by their keys.
#[tokio::test]
async fn all_rows_are_looked_at_in_windows_and_the_page_is_that_of_one_look() {
    let t = open(&Options::default()).await;
    users(&t, 250).await;
    let seen = listen(&t);
    // so many terms that a window is a hundred rows
    let terms: Vec<String> =
        (0..99).map(|n| format!(r#"nickName eq "x{n}""#)).chain([r#"nickName eq "n1""#.to_owned()]).collect();
    let filter = terms.join(" or ");
    let expected: Vec<u32> = (1..=250).filter(|n| n % 3 == 1).collect();
    let page = find(&t, &query(&t.user, &filter)).await.unwrap();
    assert_eq!((page.total, numbers(&page)), (84, expected.clone()));
    let windows = seen.lock().unwrap().iter().filter(|sql| sql.contains("r.seq <= ?")).count();
    assert_eq!(windows, 3, "{:#?}", seen.lock().unwrap());
    let mut by_title: Vec<u32> = expected.clone();
    by_title.sort_by_key(|n| (250 - n).to_string());
    for (sort, order) in [(None, expected), (Some("title"), by_title)] {
        let mut query = query(&t.user, &filter);
        query.sort = sort.map(|path| {
            let by = AttrRef::resolve(&AttrPath::parse(path).unwrap(), &t.user).unwrap();
            Sort { by, descending: false }
        });
        (query.start, query.count) = (80, 10);
        let page = find(&t, &query).await.unwrap();
        assert_eq!((page.total, numbers(&page)), (84, order[79..].to_vec()));
        (query.count, query.seek) = (25, Some(Seek::First));
        let mut walked = Vec::new();
        loop {
            let page = find(&t, &query).await.unwrap();
            assert_eq!(page.total, 84);
            walked.extend(numbers(&page));
            let Some(next) = page.next else { break };
            query.seek = Some(Seek::After(next));
        }
        assert_eq!(walked, order);
    }
}

/// Seen to fail: with neither time checked, and with one taken for the other.
#[tokio::test]
async fn a_list_that_takes_too_long_is_given_up_between_two_windows() {
    let terms: Vec<String> = (0..100).map(|n| format!(r#"nickName eq "x{n}""#)).collect();
    let filter = terms.join(" or ");
    for (walk, walk_and_wait) in [(Duration::ZERO, Duration::MAX), (Duration::MAX, Duration::ZERO)] {
        let mut options = Options::default();
        (options.walk, options.walk_and_wait) = (walk, walk_and_wait);
        let t = open(&options).await;
        // so many terms that a window is a hundred rows
        users(&t, 150).await;
        let seen = listen(&t);
        let refused = find(&t, &query(&t.user, &filter)).await.unwrap_err();
        match walk.is_zero() {
            true => assert!(matches!(refused, StoreError::TooBroad(_)), "{refused}"),
            false => assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused}"),
        }
        let windows = seen.lock().unwrap().iter().filter(|sql| sql.contains("r.seq <= ?")).count();
        assert_eq!(windows, 1);
        // a list that needs a single window is answered, and so is one that an index finds
        let small = query(&t.user, r#"nickName eq "n1""#);
        assert_eq!(find(&t, &small).await.unwrap().total, 50);
        assert_eq!(find(&t, &query(&t.user, r#"userName eq "u4""#)).await.unwrap().total, 1);
    }
}

/// A read that keeps its place until the sender is dropped.
fn hold(
    t: &Fixture,
) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), StoreError>>, mpsc::Receiver<()>) {
    let ((open, closed), (began, begins)) = (mpsc::channel::<()>(), mpsc::channel());
    let db = t.db.clone();
    let held = tokio::spawn(async move {
        db.scan(move |_| {
            began.send(()).unwrap();
            let _closed = closed.recv();
            Ok(())
        })
        .await
    });
    (open, held, begins)
}

/// Seen to fail: with every filter that has an indexed branch read without a place; with everything found by `eq` read
/// without a place; with pages of any size read without a place; and with the place released when its future is
/// dropped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_little_is_read_at_once_and_a_place_is_kept_until_the_work_is_done() {
    let mut options = Options::default();
    options.scans = 1;
    let t = open(&options).await;
    users(&t, 30).await;
    let (open, held, begins) = hold(&t);
    tokio::task::block_in_place(|| begins.recv()).unwrap();
    // the client disconnects, and the work continues
    held.abort();
    assert!(held.await.unwrap_err().is_cancelled());
    let emails = r#"emails[type eq "work" and value eq "nobody@example.com"]"#;
    for filter in [r#"userName eq "u1""#, r#"externalId eq "e0""#, r#"displayName eq "nobody""#, emails] {
        assert!(find(&t, &query(&t.user, filter)).await.is_ok(), "{filter}");
    }
    let mut small = query(&t.user, "");
    small.count = 10;
    assert_eq!(find(&t, &small).await.unwrap().resources.len(), 10);
    small.bounds.bytes = 1;
    assert!(
        matches!(find(&t, &small).await, Err(StoreError::Unavailable { .. })),
        "a page that is cut is read again"
    );
    let waiting = [
        r#"externalId eq "e1""#,
        r#"displayName eq "same""#,
        r#"nickName eq "n1""#,
        "",
        r#"userName eq "u1" and nickName eq "n1""#,
        r#"displayName eq "nobody" or nickName eq "n1""#,
    ];
    let mut all = tokio::task::JoinSet::new();
    for filter in waiting {
        let (store, user, query) = (t.store.clone(), t.user.clone(), query(&t.user, filter));
        all.spawn(async move { (filter, store.find(Find::new(&service(), &user, &query)).await.map(drop)) });
    }
    while let Some(waited) = all.join_next().await {
        let (filter, refused) = waited.unwrap();
        assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{filter}: {refused:?}");
    }
    drop(open);
    for filter in waiting {
        assert!(find(&t, &query(&t.user, filter)).await.is_ok(), "{filter}");
    }
}

/// Seen to fail: with all reads in one queue; with a look-up of a few ids treated as a list; and with each property
/// that makes a single resource large treated as a list.
#[tokio::test]
async fn what_reads_one_resource_does_not_wait_for_all_lists_of_its_tenant() {
    let mut options = Options::default();
    options.scans = 1;
    let t = open(&options).await;
    users(&t, 30).await;
    let everybody: Vec<u32> = (1..=30).collect();
    t.add_group(40, "staff", &everybody).await.unwrap();
    // of the stopped connection: the next reads use it, one after the other
    let seen = listen(&t);
    let (open, held, begins) = hold(&t);
    tokio::task::spawn_blocking(move || begins.recv()).await.unwrap().unwrap();

    let mut all = tokio::task::JoinSet::new();
    let ask =
        |all: &mut tokio::task::JoinSet<_>, what: &'static str, kind: &Arc<ResourceType>, query: Query| {
            let (store, kind) = (t.store.clone(), kind.clone());
            all.spawn(async move {
                let page = store.find(Find::new(&service(), &kind, &query)).await;
                (what, page.map(|page| page.resources.len()))
            });
        };
    for _ in 0..12 {
        ask(&mut all, "list", &t.user, query(&t.user, r#"displayName eq "same""#));
    }
    let ids = format!(
        r#"id eq "{}" or id eq "{}""#,
        t.get_user(1).await.unwrap().id,
        t.get_user(2).await.unwrap().id
    );
    ask(&mut all, "ids", &t.user, query(&t.user, &ids));
    let mut long = query(&t.user, r#"userName eq "u1""#);
    long.bounds.bytes = 1;
    ask(&mut all, "one that is long", &t.user, long);
    let mut one = query(&t.user, r#"externalId eq "e0""#);
    one.count = 1;
    ask(&mut all, "a few, of which one is shown", &t.user, one);
    ask(&mut all, "one with members", &t.group, query(&t.group, r#"displayName eq "staff""#));
    // each has got as far as it can
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    drop(open);
    held.await.unwrap().unwrap();
    while let Some(done) = all.join_next().await {
        let (what, found) = done.unwrap();
        assert!(found.unwrap() > 0, "{what}");
    }
    let seen = seen.lock().unwrap();
    let is_list = |sql: &&String| sql.contains("\"same\"") && sql.contains("d.doc");
    for one in ["union", "\"u1\"", "\"e0\"", "\"staff\""] {
        let at = seen.iter().position(|sql| sql.contains(one)).unwrap_or_else(|| panic!("{one}: {seen:#?}"));
        assert_eq!(seen[..at].iter().filter(is_list).count(), 1, "{one}: {seen:#?}");
    }
    assert_eq!(seen.iter().filter(is_list).count(), 12);
}

/// Seen to fail: with a set of all rows that have the value.
#[tokio::test]
async fn a_value_beside_a_unique_one_is_looked_for_in_that_row() {
    let t = open(&Options::default()).await;
    for n in 0..3 {
        let json = format!(
            r#"{{"userName":"u{n}","emails":[{{"value":"all@example.com"}},{{"value":"u{n}@example.com"}}]}}"#
        );
        t.add_user(n, &json).await.unwrap();
    }
    let seen = listen(&t);
    for (filter, total) in [
        (r#"userName eq "u1" and emails.value eq "all@example.com""#, 1),
        (r#"emails.value eq "u1@example.com" and userName eq "u1""#, 1),
        (r#"userName eq "u1" and emails.value sw "u2""#, 0),
        (r#"userName eq "u1" and emails eq "u2@example.com" and title pr"#, 0),
        (r#"userName eq "u1" and groups.value eq "nobody""#, 0),
        (r#"userName eq "nobody" and emails.value eq "all@example.com""#, 0),
    ] {
        assert_eq!(find(&t, &query(&t.user, filter)).await.unwrap().total, total, "{filter}");
    }
    let seen = seen.lock().unwrap();
    assert!(seen.iter().any(|sql| sql.contains("= r.seq)")), "{seen:#?}");
    assert!(!seen.iter().any(|sql| sql.contains("r.seq in (select")), "{seen:#?}");
}

/// Seen to fail: with the log never emptied, and with it emptied whatever its size.
#[tokio::test]
async fn a_log_that_is_too_long_is_emptied_before_a_list_is_looked_through() {
    let walk = r#"nickName eq "n1""#;
    for (log_bytes, asked, is_emptied) in
        [(0, walk, true), (u64::MAX, walk, false), (0, r#"userName eq "u1""#, false), (0, "", false)]
    {
        let mut options = Options::default();
        options.log_bytes = log_bytes;
        let t = open(&options).await;
        users(&t, 3).await;
        let log = || std::fs::metadata(format!("{}-wal", t.db.path().display())).map_or(0, |log| log.len());
        let before = log();
        assert!(before > 0);
        assert!(find(&t, &query(&t.user, asked)).await.is_ok());
        assert_eq!(log(), if is_emptied { 0 } else { before }, "{asked}, {log_bytes}");
    }
}

/// Seen to fail: without checking the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_all_rows_waits_for_a_log_that_is_too_long() {
    let mut options = Options::default();
    options.log_bytes = 0;
    let t = open(&options).await;
    users(&t, 3).await;
    // a reader is in the log, so it cannot be emptied
    let (open, held, begins) = {
        let ((open, closed), (began, begins)) = (mpsc::channel::<()>(), mpsc::channel());
        let db = t.db.clone();
        let held = tokio::task::spawn_blocking(move || {
            db.read(|conn| -> Result<(), StoreError> {
                conn.transaction(|conn| {
                    diesel::RunQueryDsl::execute(
                        diesel::sql_query("select count(*) from sqlite_master"),
                        conn,
                    )?;
                    began.send(()).unwrap();
                    let _closed = closed.recv();
                    Ok::<_, diesel::result::Error>(())
                })
                .map_err(StoreError::backend)
            })
        });
        (open, held, begins)
    };
    tokio::task::block_in_place(|| begins.recv()).unwrap();
    t.add_user(4, r#"{"userName":"u4"}"#).await.unwrap();
    let walk = query(&t.user, r#"nickName eq "n1""#);
    let refused = find(&t, &walk).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused}");
    assert_eq!(find(&t, &query(&t.user, r#"userName eq "u4""#)).await.unwrap().total, 1);
    drop(open);
    held.await.unwrap().unwrap();
    assert_eq!(find(&t, &walk).await.unwrap().total, 1);
}
