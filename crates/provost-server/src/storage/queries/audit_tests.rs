//! How old audit records are removed, exported and verified, in a real database.

use super::tests::{Scratch, at, organisation, record, scratch, tenant};
use crate::audit::chain::ChainStore;
use crate::audit::chain::verify::{Verified, What, verify};
use crate::audit::{AuditStore, By, Entry, Filter, Ending, Record};
use crate::organisations::OrganisationStore;
use crate::storage::{self, schema::audit};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use provost::ErrorKind;

/// Greater than every id.
const END: &str = "g";

async fn made() -> Scratch {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(at(1)), organisation(1)).await.expect("made");
    s
}

/// Seals everything written so far.
async fn seal(s: &Scratch) -> i64 {
    loop {
        let records = s.db.unsealed(tenant(1), String::new(), END.to_owned(), 2_000).await.expect("records");
        let is_last = records.len() < 2_000;
        let head = s.db.seal(tenant(1), records).await.expect("sealed");
        if is_last {
            return head.number;
        }
    }
}

async fn verified(s: &Scratch) -> Verified {
    verify(&storage::Storage::Sqlite(s.db.clone()), tenant(1), &[], |_, _| {}).await.expect("verified")
}

/// Seen to fail: removing younger records, removing all in one write, and removing before the note about it is sealed.
#[tokio::test]
async fn old_records_go_from_the_beginning_a_few_at_a_time_and_the_chain_stays_whole() {
    let s = made().await;
    let of = |ms: i64| match ms % 3 {
        0 => record(1, ms, Some(ErrorKind::InvalidValue)),
        _ => record(1, ms, None),
    };
    s.db.record((1_000..2_300).map(of).collect()).await.expect("recorded");
    assert!(!s.db.forget_old(tenant(1), at(5_000)).await.expect("looked"), "nothing is sealed");
    let sealed = seal(&s).await;
    // refused writes may have been removed earlier
    assert!(!s.db.forget_refused(tenant(1), 400, at(0)).await.expect("removed"));
    assert_eq!(s.db.oldest_sealed(tenant(1)).await.expect("read"), Some(at(1)));
    let mut removed = Vec::new();
    for _ in 0..4 {
        removed.push(s.db.forget_old(tenant(1), at(2_200)).await.expect("removed"));
        let found = verified(&s).await;
        removed.push(found.broken.is_none());
        removed.push(found.base == 1_201);
    }
    let few = [[true, true, false], [true, true, false], [false, true, true], [false, true, true]];
    assert_eq!(removed, few.concat(), "500, 500, 201, and no more");
    let left = audit::table.filter(audit::tenant.eq(1)).filter(audit::made_by.is_null()).order(audit::at);
    let left: Vec<i64> = s.run(|c| left.select(audit::at).load(c));
    assert_eq!(left, (2_200..2_300).collect::<Vec<_>>());
    assert_eq!(seal(&s).await, sealed + 4, "each removal is told");
    assert_eq!(verified(&s).await.whole, 104);
    // now everything may go
    while s.db.forget_old(tenant(1), crate::clock::now()).await.expect("removed") {}
    let found = verified(&s).await;
    assert_eq!((found.whole, found.base, found.broken), (0, sealed + 4, None));
    seal(&s).await;
    assert_eq!(verified(&s).await.whole, 1);
}

/// All pages of an export, and their number.
async fn exported(s: &Scratch, filter: &Filter, last: &str, page: u16) -> (Vec<Entry>, usize) {
    let (mut all, mut pages, mut after) = (Vec::new(), 0, String::new());
    loop {
        let some = s.db.exported(tenant(1), filter.clone(), after, last.to_owned(), page).await.expect("read");
        pages += 1;
        let is_last = some.len() < usize::from(page);
        after = some.last().map(|entry| entry.id.clone()).unwrap_or_default();
        all.extend(some);
        if is_last {
            return (all, pages);
        }
    }
}

/// Seen to fail: repeating the last record of a page, taking one end of the time range for the other, and including
/// what was written after the export began.
#[tokio::test]
async fn an_export_has_each_record_that_is_wanted_once_and_in_order() {
    let s = made().await;
    let of = |ms: i64| match ms % 10 {
        0 => record(1, ms, Some(ErrorKind::InvalidValue)),
        1 => Record { changed: false, ..record(1, ms, None) },
        2 => Record { operation: "delete", resource_id: "bo".to_owned(), ..record(1, ms, None) },
        3 => Record { actor: "BBBBBBBBBBBB".into(), resource_type: "Group".to_owned(), ..record(1, ms, None) },
        _ => record(1, ms, None),
    };
    s.db.record((1_000..3_500).map(of).collect()).await.expect("recorded");
    let last = s.db.begin_export(By::somebody(at(9_000)), tenant(1), Filter::default()).await.expect("begun");
    let (all, pages) = exported(&s, &Filter::default(), &last, 1_000).await;
    assert_eq!((all.len(), pages), (2_501, 3), "how it was made is the first, and the export itself not among them");
    assert!(all.is_sorted_by(|a, b| a.id < b.id));
    let text = |word: &str| Some(word.to_owned());
    let any = Filter::default;
    for (filter, count) in [
        (Filter { since: Some(at(3_000)), ..any() }, 500),
        (Filter { until: Some(at(3_000)), ..any() }, 2_001),
        (Filter { since: Some(at(1_100)), until: Some(at(1_200)), ..any() }, 100),
        (Filter { actor: text("BBBBBBBBBBBB"), ..any() }, 250),
        (Filter { actor: text("token"), ..any() }, 2_500),
        (Filter { actor: text("command"), ..any() }, 1),
        (Filter { actor: text("maren@host-1"), ..any() }, 1),
        (Filter { actor: text("worker"), ..any() }, 0),
        (Filter { operation: text("delete"), ..any() }, 250),
        (Filter { resource_type: text("Group"), ..any() }, 250),
        (Filter { resource_id: text("bo"), ..any() }, 250),
        (Filter { outcome: Some(Ending::Refused), ..any() }, 250),
        (Filter { outcome: Some(Ending::Unchanged), ..any() }, 250),
        (Filter { outcome: Some(Ending::Done), ..any() }, 2_001),
        (Filter { outcome: Some(Ending::Done), since: Some(at(3_400)), operation: text("update"), ..any() }, 70),
    ] {
        let (some, _) = exported(&s, &filter, &last, 100).await;
        let counted = s.db.count_exported(tenant(1), filter.clone(), last.clone()).await.expect("counted");
        let listed = s.db.audited(tenant(1), filter.clone(), None, 3_000).await.expect("listed");
        let listed: Vec<_> = listed.iter().rev().filter(|entry| entry.id <= last).collect();
        assert_eq!((some.len(), counted), (count, i64::try_from(count).expect("few")), "{filter:?}");
        assert!(listed.len() == some.len() && listed.into_iter().eq(&some), "{filter:?}");
    }
}

/// A trail of 100,000 records is sealed, verified, exported and erased page by page without missing any at a page
/// boundary.
///
/// Seen to fail: with pages of seals that begin one too late, and with a window between two ends left out.
#[tokio::test]
async fn a_long_trail_is_walked_page_by_page() {
    const MANY: i64 = 100_000;
    let s = made().await;
    let fill = format!(
        "with recursive n(n) as (select 1 union all select n + 1 from n where n < {MANY}) \
         insert into audit (tenant, id, at, actor, request_id, operation, resource_type, resource_id, version, changed, notes) \
         select 1, printf('%08x-0000-7000-8000-000000000000', n), n, 'AAAAAAAAAAAA', '', 'update', 'User', 'ann', n, true, '{{}}' from n"
    );
    s.run(|c| c.batch_execute(&fill));
    assert_eq!(seal(&s).await, MANY + 1);
    let found = verified(&s).await;
    assert_eq!((found.whole, found.broken), (MANY + 1, None));
    let last = s.db.begin_export(By::somebody(at(9_000)), tenant(1), Filter::default()).await.expect("begun");
    let (all, pages) = exported(&s, &Filter::default(), &last, 1_000).await;
    assert_eq!((all.len(), pages), (100_001, 101));
    let counts = s.db.counts(tenant(1), at(0)).await.expect("counted");
    assert_eq!(counts.iter().map(|count| count.count).sum::<i64>(), MANY);
    // an altered record deep in the trail is found
    s.run(|c| c.batch_execute("update audit set at = at + 1 where id like '00011170-%'"));
    let found = verified(&s).await;
    assert_eq!(found.broken.map(|broken| broken.record), Some("00011170-0000-7000-8000-000000000000".to_owned()));
    s.run(|c| c.batch_execute("update audit set at = at - 1 where id like '00011170-%'"));
    // and so is one that was added, in whichever window
    for id in ["00000100-0000-7000-8000-000000000001", "0000a000-0000-7000-8000-000000000001"] {
        let add = "insert into audit (tenant, id, at, actor, request_id, operation, resource_type, resource_id, version, changed, notes) \
                   select tenant";
        let rest = "at, actor, request_id, operation, resource_type, resource_id, version, changed, notes from audit where id like '00000001-%'";
        s.run(|c| c.batch_execute(&format!("{add}, '{id}', {rest}")));
        let found = verified(&s).await;
        assert_eq!(found.broken.map(|broken| (broken.what, broken.record)), Some((What::Added, id.to_owned())));
        s.run(|c| c.batch_execute(&format!("delete from audit where id = '{id}'")));
    }
}
