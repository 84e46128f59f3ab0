//! The suite on stores that are right and on stores that are wrong: each check is seen to refuse something.

use super::{Handles, Report, Suite, suite};
use crate::MemoryStore;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_store_in_memory_keeps_the_contract() -> Result<(), Report> {
    let report = suite(|site| async {
        let store = MemoryStore::new(site);
        Handles::two(store.tenant("a"), store.tenant("b"))
    })
    .await
    .verdict()?;
    assert_eq!(report.skipped().count(), 0, "{report}");
    Ok(())
}
