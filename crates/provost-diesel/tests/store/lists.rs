//! Pages and orders of a list.

use super::{Fixture, at, id, number, open, query};
use crate::database::directory;
use provost_core::query::Sort;
use provost_core::{AttrPath, AttrRef};
use provost_diesel::{HookError, TenantId};
use provost_provider::{Delete, Find, Store};

#[tokio::test]
async fn pages_are_stable_while_rows_are_added() {
    let t = open().await;
    for n in 1..=25 {
        t.add_user(n, &format!(r#"{{"userName":"u{n}","active":{}}}"#, n % 2 == 0)).await.unwrap();
    }
    let mut seen = Vec::new();
    for (n, start) in (1..=25).step_by(5).enumerate() {
        let mut query = query(&t.user, "");
        (query.start, query.count) = (start, 5);
        let page = t.store.find(Find::new(&crate::store::service(), &t.user, &query)).await.unwrap();
        assert_eq!(page.total, 25 + u64::try_from(n).unwrap());
        seen.extend(page.resources.iter().map(|r| r.id.clone()));
        t.add_user(100 + u32::try_from(n).unwrap(), &format!(r#"{{"userName":"new{n}"}}"#)).await.unwrap();
    }
    assert_eq!(seen, (1..=25).map(id).collect::<Vec<_>>());
    // totals if the page does not reach the end, and if nothing is left to show
    let mut filtered = query(&t.user, "active eq true");
    (filtered.start, filtered.count) = (3, 4);
    let page = t.store.find(Find::new(&crate::store::service(), &t.user, &filtered)).await.unwrap();
    assert_eq!((page.total, page.resources.len(), page.resources[0].id.clone()), (12, 4, id(6)));
    for (start, count) in [(1, 0), (13, 5), (1_000, 5), (u64::MAX, u64::MAX)] {
        (filtered.start, filtered.count) = (start, count);
        let page = t.store.find(Find::new(&crate::store::service(), &t.user, &filtered)).await.unwrap();
        assert_eq!((page.total, page.resources.len()), (12, 0), "{start} {count}");
    }
    let mut none = query(&t.user, "");
    none.count = 0;
    assert_eq!(t.store.find(Find::new(&crate::store::service(), &t.user, &none)).await.unwrap().total, 30);
}

#[tokio::test]
async fn deep_pages_are_right_after_deletes_and_in_any_order() {
    let t = open().await;
    let mut ids: Vec<u32> = (1..=90).collect();
    for n in &ids {
        t.add_user(*n, &format!(r#"{{"userName":"u{n}"}}"#)).await.unwrap();
    }
    // starts in no order, with deletes in between: of the first row, of one at a page's end, of the last
    for (round, gone) in [0_usize, 29, 40, 85, 3].into_iter().enumerate() {
        for (start, count) in
            [(1, 10), (31, 10), (11, 7), (81, 20), (41, 1), (30, 3), (85, 5), (2, 2), (60, 30)]
        {
            let mut query = query(&t.user, "");
            (query.start, query.count) = (start, count);
            let page = t.store.find(Find::new(&crate::store::service(), &t.user, &query)).await.unwrap();
            let found: Vec<u32> = page.resources.iter().map(|r| number(&r.id)).collect();
            let (skip, take) = (usize::try_from(start).unwrap() - 1, usize::try_from(count).unwrap());
            let expected: Vec<u32> = ids.iter().copied().skip(skip).take(take).collect();
            assert_eq!(found, expected, "round {round}, {count} from {start}");
            assert_eq!(page.total, u64::try_from(ids.len()).unwrap());
        }
        let gone = ids.remove(gone);
        t.store.delete(Delete::new(&t.user, &id(gone), None, &at(500))).await.unwrap();
        let new = 1_000 + u32::try_from(round).unwrap();
        t.add_user(new, &format!(r#"{{"userName":"u{new}"}}"#)).await.unwrap();
        ids.push(new);
    }
}

#[tokio::test]
async fn a_tenant_that_starts_anew_has_no_old_pages() {
    let t = open().await;
    for round in 0..2 {
        for n in 1..=30 {
            t.add_user(n, &format!(r#"{{"userName":"u{n}"}}"#)).await.unwrap();
        }
        for start in [11, 21, 16] {
            let mut query = query(&t.user, "");
            (query.start, query.count) = (start, 5);
            let page = t.store.find(Find::new(&crate::store::service(), &t.user, &query)).await.unwrap();
            let found: Vec<u64> = page.resources.iter().map(|r| number(&r.id).into()).collect();
            assert_eq!((page.total, found), (30, (start..start + 5).collect()), "round {round}");
        }
        t.db.write(|conn| directory::purge(conn, TenantId(1)).map_err(HookError::from)).await.unwrap();
        assert_eq!(t.find(&t.user, "").await, (0, vec![]));
    }
}

async fn sorted(t: &Fixture, by: &str, descending: bool) -> Vec<u32> {
    let path = AttrPath::parse(by).unwrap();
    let mut query = query(&t.user, "");
    query.sort = Some(Sort { by: AttrRef::resolve(&path, &t.user).unwrap(), descending });
    let page = t.store.find(Find::new(&crate::store::service(), &t.user, &query)).await.unwrap();
    page.resources.iter().map(|r| number(&r.id)).collect()
}

#[tokio::test]
async fn sorts_go_by_value_and_put_the_absent_at_the_end() {
    let t = open().await;
    let bodies = [
        r#"{"userName":"b","title":"Z","emails":[{"value":"x@x"},{"value":"A@x","primary":true}],"active":true}"#,
        r#"{"userName":"A","emails":[{"value":"m@x"},{"value":"a@x"}],"active":false}"#,
        r#"{"userName":"C","title":"y"}"#,
    ];
    for (n, body) in (1..).zip(bodies) {
        t.add_user(n, body).await.unwrap();
    }
    assert_eq!(sorted(&t, "userName", false).await, [2, 1, 3]);
    assert_eq!(sorted(&t, "userName", true).await, [3, 1, 2]);
    assert_eq!(sorted(&t, "title", false).await, [3, 1, 2]);
    assert_eq!(sorted(&t, "title", true).await, [2, 1, 3]);
    assert_eq!(sorted(&t, "emails.value", false).await, [1, 2, 3]);
    assert_eq!(sorted(&t, "emails.value", true).await, [3, 2, 1]);
    assert_eq!(sorted(&t, "active", false).await, [2, 1, 3]);
    assert_eq!(sorted(&t, "meta.lastModified", true).await, [3, 2, 1]);
    assert_eq!(sorted(&t, "groups.value", true).await, [1, 2, 3]);
}
