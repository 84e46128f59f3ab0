//! What becomes of records of the audit trail, in a real database.

use super::tests::{Scratch, at, organisation, record, scratch, tenant};
use crate::audit::chain::ChainStore;
use crate::audit::chain::verify::{Verified, verify};
use crate::audit::{AuditStore, By};
use crate::organisations::OrganisationStore;
use crate::storage::{self, schema::audit};
use diesel::prelude::*;
use provost::ErrorKind;

/// After every id.
const END: &str = "g";

async fn made() -> Scratch {
    let s = scratch().await;
    s.db.create_organisation(By::somebody(at(1)), organisation(1)).await.expect("made");
    s
}

/// Seals what was written until now.
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

/// Seen to fail: with records removed that are younger, with all removed in one write, and with what tells of it not heard before it
/// is sealed.
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
    // what was refused may have gone before
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
    // all of it may go
    while s.db.forget_old(tenant(1), crate::clock::now()).await.expect("removed") {}
    let found = verified(&s).await;
    assert_eq!((found.whole, found.base, found.broken), (0, sealed + 4, None));
    seal(&s).await;
    assert_eq!(verified(&s).await.whole, 1);
}
