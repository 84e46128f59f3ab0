//! Two tenants in one SQLite database: no request in one changes or reveals anything of the other.
//!
//! A random sequence of requests in tenant A names ids, names and members of tenant B. It is played twice: in a
//! database with B, and in one without. A's answers are identical, headers included, and B reads as before.
//!
//! Seen to fail: with the tenant left out of the look-up by id, of the look-up of members, of the list's filter, of the
//! uniqueness of names, of the count of a list, and of the deletion of a user's memberships.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test: a panic is its way to fail")]

mod requests;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use provost::hook::TenantId;
use provost::sqlite::{Database, Directory, Options, TenantStore};
use provost::{Credential, Principal, Profile, Provider, Request, SchemaSet, Session, Settings};
use provost_testing::folder::Folder;
use provost_testing::time::{counting, ticking};
use requests::{Ask, SECRET, asks};
use tokio::runtime::Runtime;

/// One tenant as its client sees it, with its own clock and identifiers.
struct Tenant {
    provider: Provider,
    session: Session<TenantStore>,
}

impl Tenant {
    fn new(db: &Directory, number: i64, letter: &'static str, profile: Profile) -> Self {
        let base_url = "https://example.com/scim/v2".parse().expect("a base URL");
        let mut settings = Settings::new(base_url, db.schemas().clone(), ticking(), counting(letter));
        settings.root_query = true;
        let principal = Principal::new(number.to_string(), Credential::token(letter));
        let session = Session::new(principal, db.tenant(TenantId(number))).with_profile(profile);
        Self { provider: Provider::new(settings).expect("settings"), session }
    }

    /// Status, headers and body, as one text.
    async fn answer(&self, ask: &Ask) -> String {
        let (path, query) = ask.target.split_once('?').unwrap_or((&ask.target, ""));
        let mut request = Request::new(ask.method, path);
        (request.query, request.body, request.origin) = (query, ask.body.as_bytes(), "request".into());
        request.content_type = (!ask.body.is_empty()).then_some("application/scim+json");
        request.if_match = ask.if_match;
        let response = self.provider.handle(&self.session, &request).await.response;
        let mut text = format!("{ask:?}\n{}\n", response.status);
        for (name, value) in response.headers() {
            text += &format!("{name}: {value}\n");
        }
        text + &String::from_utf8_lossy(response.body.as_deref().unwrap_or_default())
    }

    /// Everything in the tenant: ids, versions and bodies.
    async fn dump(&self) -> String {
        let mut all = String::new();
        for list in ["/Users?count=1000", "/Groups?count=1000", "/?count=1000"] {
            all += &self.answer(&Ask::get(list)).await;
        }
        all
    }

    /// Users and groups with the names and members that A will try.
    async fn fill(&self) {
        for ask in requests::of_b() {
            let answer = self.answer(&ask).await;
            assert!(answer.contains("\n201\n"), "{answer}");
        }
    }
}

async fn database(folder: &Folder, name: &str) -> Directory {
    let db = Database::open(folder.file(name), &Options::default()).expect("opened");
    let db = Directory::new(db, SchemaSet::builtin().into(), ());
    db.migrate().await.expect("migrated");
    db
}

/// Plays the same requests with B next to A and without B.
async fn play(asks: &[Ask], profile: Profile) -> TestCaseResult {
    let folder = Folder::new();
    let (shared, alone) = (database(&folder, "shared.db").await, database(&folder, "alone.db").await);
    let b = Tenant::new(&shared, 2, "b", Profile::strict());
    let a = [Tenant::new(&shared, 1, "a", profile.clone()), Tenant::new(&alone, 1, "a", profile)];
    // some rows of A are older than B's, and some younger
    let (older, younger) = asks.split_at(asks.len().min(2));
    compare(&a, older).await?;
    b.fill().await;
    let before = b.dump().await;
    compare(&a, younger).await?;
    prop_assert_eq!(before, b.dump().await);
    let faults = shared.check(10).await.expect("checked");
    prop_assert!(faults.is_empty(), "{:?}", faults);
    Ok(())
}

async fn compare([beside, without]: &[Tenant; 2], asks: &[Ask]) -> TestCaseResult {
    for ask in asks {
        let (here, there) = (beside.answer(ask).await, without.answer(ask).await);
        prop_assert!(!here.contains(SECRET) || format!("{ask:?}").contains(SECRET), "{here}");
        prop_assert_eq!(here, there);
    }
    Ok(())
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_tenant_neither_sees_nor_changes_another(asks in asks(), strict in any::<bool>()) {
        let profile = if strict { Profile::strict() } else { Profile::entra() };
        runtime().block_on(play(&asks, profile))?;
    }
}

/// The random requests are useful: together they get every kind of answer.
#[test]
fn the_requests_reach_what_they_are_for() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let folder = Folder::new();
    let runtime = runtime();
    let mut seen = std::collections::BTreeMap::<(String, String), usize>::new();
    for n in 0..20 {
        let sequence = asks().new_tree(&mut runner).expect("requests").current();
        runtime.block_on(async {
            let db = database(&folder, &format!("{n}.db")).await;
            let tenant = Tenant::new(&db, 1, "a", Profile::entra());
            for ask in sequence {
                let answer = tenant.answer(&ask).await;
                let status = answer.lines().nth(1).unwrap_or_default().to_owned();
                assert!(!status.starts_with('5'), "{answer}");
                *seen.entry((ask.method.to_owned(), status)).or_default() += 1;
            }
        });
    }
    for (method, status) in [
        ("POST", "201"),
        ("POST", "409"),
        ("POST", "200"),
        ("GET", "200"),
        ("GET", "404"),
        ("PUT", "200"),
        ("PUT", "404"),
        ("PUT", "412"),
        ("PATCH", "200"),
        ("PATCH", "204"),
        ("PATCH", "404"),
        ("DELETE", "204"),
        ("DELETE", "404"),
    ] {
        let key = (method.to_owned(), status.to_owned());
        assert!(seen.contains_key(&key), "no {method} is answered {status}: {seen:?}");
    }
}
