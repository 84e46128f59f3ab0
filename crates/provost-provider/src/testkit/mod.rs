//! The contract of [`Store`] as tests, for any store.
//!
//! One test verifies a store:
//!
//! ```
//! # use provost_provider::MemoryStore;
//! use provost_provider::testkit::{self, Handles, Report};
//!
//! // #[tokio::test(flavor = "multi_thread")]
//! async fn my_store_keeps_the_contract() -> Result<(), Report> {
//!     testkit::suite(|_| async {
//!         let store = MemoryStore::new(); // here: a fresh, empty store of yours
//!         Handles::two(store.tenant("acme"), store.tenant("globex"))
//!     })
//!     .await
//!     .verdict()
//! }
//! # tokio::runtime::Runtime::new().unwrap().block_on(my_store_keeps_the_contract()).unwrap();
//! ```
//!
//! Each check gets a fresh store. A report names the broken rule, what the contract requires, and what was found:
//!
//! ```text
//! FAILED  members::added_again: adding somebody who is a member already changes nothing
//!         the version of the group
//!         expected Version(2)
//!         found    Version(3)
//! ```
//!
//! [`Suite`] runs individual checks, and can be told how a store differs: other schemas, groups that cannot contain
//! groups, filters it refuses. [`FaultyStore`] fails on purpose, for tests of your own.
//!
//! Run it in a multi-threaded tokio runtime, since some races only show there. The checks do not depend on time or
//! identifiers: both come from a counter, so a run can be repeated.

mod checks;
mod dialect;
mod filters;
mod fixture;
mod population;
pub(crate) mod random;
mod report;
mod script;
mod takeover;
mod verdict;

#[cfg(test)]
mod mutants;
#[cfg(test)]
mod tests;

pub use crate::faulty::{Fault, Faults, FaultyStore};
pub use report::{CheckOutcome, Checked, Failure, Report};
pub use takeover::adopted;

use crate::store::Store;
use fixture::Fixture;
use provost_core::SchemaSet;
use provost_core::resource::Service;
use std::any::Any;
use std::fmt;
use std::future::Future;
use std::time::Duration;
use verdict::Stop;

/// A fresh, empty store for the suite: a handle for one tenant, and a second one for another tenant in the same
/// storage.
#[derive(Debug)]
pub struct Handles<S> {
    store: S,
    other: Option<S>,
}

impl<S: Store> Handles<S> {
    /// A store with two tenants.
    pub fn two(store: S, other: S) -> Self {
        Self { store, other: Some(other) }
    }

    /// A store without tenants: the checks of isolation are skipped.
    pub fn one(store: S) -> Self {
        Self { store, other: None }
    }
}

/// Runs every check on stores made by `make`, which gets the [`Service`] whose schemas the requests use.
pub async fn suite<S, F, Made>(make: F) -> Report
where
    S: Store,
    F: Fn(Service) -> Made,
    Made: Future<Output = Handles<S>>,
{
    Suite::new(make).run().await
}

/// The suite, with settings for how a store differs.
///
/// ```
/// # use provost_provider::MemoryStore;
/// use provost_provider::testkit::{Handles, Suite};
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let suite = Suite::new(|service| async move {
///     assert!(service.schemas.resource_type("User").is_some(), "what a store may need to know");
///     Handles::one(MemoryStore::new())
/// });
/// let report = suite.only("unique::").without_nested_groups().run().await;
/// assert_eq!(report.failed().count(), 0, "{report}");
/// # });
/// ```
#[derive(Clone)]
#[must_use]
pub struct Suite<F> {
    make: F,
    service: Service,
    only: Vec<String>,
    options: Options,
}

/// How a store, or a run, differs.
#[derive(Debug, Clone, Copy)]
struct Options {
    seed: u64,
    filters: usize,
    nested: bool,
    unfilterable: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, filters: 400, nested: true, unfilterable: false }
    }
}

/// The built-in schemas.
fn builtin() -> Service {
    Service::new("https://scim.example.com/scim/v2", SchemaSet::builtin().into())
}

impl<F> Suite<F> {
    /// The suite for stores made by `make`, with the built-in schemas.
    pub fn new<S, Made>(make: F) -> Self
    where
        S: Store,
        F: Fn(Service) -> Made,
        Made: Future<Output = Handles<S>>,
    {
        Self { make, service: builtin(), only: Vec::new(), options: Options::default() }
    }

    /// Uses other schemas, from which all resources and filters are made. They must include the types `User` and
    /// `Group`.
    pub fn with_service(mut self, service: Service) -> Self {
        self.service = service;
        self
    }

    /// Runs only the check of this name, or those of a group: `members::added`, `members::`. May be called several
    /// times.
    pub fn only(mut self, name: impl Into<String>) -> Self {
        self.only.push(name.into());
        self
    }

    /// Uses other random resources, filters and faults.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Tries this many random filters on each resource type; 400 by default.
    pub fn with_filters(mut self, count: usize) -> Self {
        self.options.filters = count;
        self
    }

    /// The store accepts only users as members. A group as a member must then be treated as one that does not exist.
    pub fn without_nested_groups(mut self) -> Self {
        self.options.nested = false;
        self
    }

    /// The store may answer [`Unfilterable`](crate::StoreError::Unfilterable) to random filters and sorts; the report
    /// says how often it did. It must still answer what identity providers ask.
    pub fn with_unfilterable(mut self) -> Self {
        self.options.unfilterable = true;
        self
    }

    /// Runs the checks, each on a fresh store.
    pub async fn run<S, Made>(&self) -> Report
    where
        S: Store,
        F: Fn(Service) -> Made,
        Made: Future<Output = Handles<S>>,
    {
        let mut checks = Vec::new();
        for check in checks::all::<S>().iter().filter(|c| self.selects(c.name)) {
            let handles = (self.make)(self.service.clone()).await;
            let fixture = Fixture::new(handles, &self.service, self.options);
            checks.push(run(check.name, check.rule, fixture, check.run).await);
        }
        Report { checks }
    }

    fn selects(&self, name: &str) -> bool {
        let part = |only: &String| only.ends_with("::") && name.starts_with(only.as_str());
        self.only.is_empty() || self.only.iter().any(|only| only == name || part(only))
    }
}

impl<F> fmt::Debug for Suite<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite")
            .field("only", &self.only)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// How long a check may take: far longer than any needs, to detect a store that deadlocks.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a check as a task of its own, so that a panic in the store fails only this check.
async fn run<S: Store, Work>(
    name: &'static str,
    rule: &'static str,
    fixture: Result<Fixture<S>, Stop>,
    check: impl FnOnce(Fixture<S>) -> Work,
) -> Checked
where
    Work: Future<Output = Result<(), Stop>> + Send + 'static,
{
    let mut checked = Checked { name, rule, outcome: CheckOutcome::Passed, notes: Vec::new() };
    let stopped = match fixture {
        Err(stop) => Some(stop),
        Ok(fixture) => {
            let notes = fixture.notes.clone();
            let stopped = contained(check(fixture)).await.err();
            checked.notes = notes.take();
            stopped
        }
    };
    match stopped {
        None => {}
        Some(Stop::Failed(failure)) => checked.outcome = CheckOutcome::Failed(failure),
        Some(Stop::Skipped(why)) => checked.outcome = CheckOutcome::Skipped(why),
    }
    checked
}

async fn contained(work: impl Future<Output = Result<(), Stop>> + Send + 'static) -> Result<(), Stop> {
    if tokio::runtime::Handle::try_current().is_err() {
        return verdict::fail("the thread that runs the suite", "a tokio runtime", "none");
    }
    match tokio::spawn(tokio::time::timeout(PATIENCE, work)).await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(_elapsed)) => {
            verdict::fail("the whole check", "an end", format!("none after {} s", PATIENCE.as_secs()))
        }
        Err(e) => match e.try_into_panic() {
            Ok(panic) => verdict::fail("the whole check", "no panic", panic_text(panic.as_ref())),
            Err(e) => verdict::fail("the whole check", "an end", e),
        },
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}
