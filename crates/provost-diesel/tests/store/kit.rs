//! The contract of a store, which every database keeps.

use crate::database::{self, Place, TenantStore};
use provost_core::SchemaSet;
use provost_core::resource::Service;
use provost_diesel::TenantId;
use provost_provider::testkit::{self, Handles, Report};
use std::sync::Mutex;

/// Databases that are kept until the suite has ended.
#[derive(Default)]
struct Databases(Mutex<Vec<Place>>);

impl Databases {
    /// Two tenants of another one.
    async fn handles(&self, service: Service) -> Handles<TenantStore> {
        let place = Place::new();
        self.0.lock().unwrap().push(place.clone());
        let db = database::open(&place, service, ());
        db.migrate().await.unwrap();
        Handles::two(db.tenant(TenantId(1)), db.tenant(TenantId(2)))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_contract_is_kept() -> Result<(), Report> {
    let databases = Databases::default();
    let report = testkit::suite(|service| databases.handles(service)).await;
    assert_eq!(report.skipped().count(), 0, "{report}");
    report.verdict()
}

/// Filters and sorts give the same answer whether or not an index finds the rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_contract_is_kept_with_indices_that_the_operator_named() -> Result<(), Report> {
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
    let databases = Databases::default();
    let service = Service::new("https://scim.example.com/scim/v2", schemas.into());
    let suite = testkit::Suite::new(|service| databases.handles(service))
        .with_service(service)
        .with_filters(1_000)
        .with_seed(7);
    suite.only("filters::").only("cursors::").only("update::").run().await.verdict()
}
