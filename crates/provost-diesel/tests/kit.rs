//! The directory on SQLite keeps the contract of a store.

use provost_core::SchemaSet;
use provost_core::resource::Site;
use provost_diesel::TenantId;
use provost_diesel::sqlite::{Database, Directory, Options};
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
            let db = Directory::new(Database::open(&file, &Options::default()).unwrap(), site, ());
            db.migrate().await.unwrap();
            Handles::two(db.tenant(TenantId(1)), db.tenant(TenantId(2)))
        }
    })
    .await;
    assert_eq!(report.skipped().count(), 0, "{report}");
    report.verdict()
}

/// Filters and sorts answer the same whether an index finds the rows or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_keeps_the_contract_with_indices_that_the_operator_named() -> Result<(), Report> {
    let mut schemas = SchemaSet::builtin();
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let extended = ["costCenter", "manager.displayName", "department"].map(|name| format!("{urn}:{name}"));
    let core = "schemas title nickName active meta.created id name.middleName phoneNumbers photos ims.value addresses \
                emails x509Certificates roles entitlements locale userName"
        .split(' ');
    for path in core.chain(extended.iter().map(String::as_str)) {
        // an address has no `value`
        assert_eq!(schemas.index("User", path).is_ok(), path != "addresses", "{path}");
    }
    let files = Files(std::env::temp_dir().join(format!("provost-kit-indexed-{}", std::process::id())));
    std::fs::create_dir_all(&files.0).unwrap();
    let made = AtomicU32::new(0);
    let make = |site| {
        let file = files.0.join(format!("{}.db", made.fetch_add(1, Ordering::Relaxed)));
        async move {
            let db = Directory::new(Database::open(&file, &Options::default()).unwrap(), site, ());
            db.migrate().await.unwrap();
            Handles::two(db.tenant(TenantId(1)), db.tenant(TenantId(2)))
        }
    };
    let site = Site::new("https://scim.example.com/scim/v2", schemas.into());
    let suite = testkit::Suite::new(make).with_site(site).with_filters(1_000).with_seed(7);
    suite.only("filters::").only("cursors::").only("update::").run().await.verdict()
}

/// A directory that goes when the value does.
struct Files(std::path::PathBuf);

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
