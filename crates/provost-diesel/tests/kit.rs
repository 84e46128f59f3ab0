//! The directory on SQLite keeps the contract of a store.

use provost_diesel::TenantId;
use provost_diesel::sqlite::{Options, Sqlite};
use provost_provider::testkit::{self, Handles, Report};
use std::sync::atomic::{AtomicU32, Ordering};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_keeps_the_contract() -> Result<(), Report> {
    let files = Files(std::env::temp_dir().join(format!("provost-kit-{}", std::process::id())));
    std::fs::create_dir_all(&files.0).unwrap();
    let made = AtomicU32::new(0);
    let report = testkit::suite(|site| {
        let file = files.0.join(format!("{}.db", made.fetch_add(1, Ordering::Relaxed)));
        async move {
            let db = Sqlite::open(file.to_str().unwrap(), site, (), &Options::default()).unwrap();
            db.migrate().await.unwrap();
            Handles::two(db.tenant(TenantId(1)), db.tenant(TenantId(2)))
        }
    })
    .await;
    assert_eq!(report.skipped().count(), 0, "{report}");
    report.verdict()
}

/// A directory that goes when the value does.
struct Files(std::path::PathBuf);

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
