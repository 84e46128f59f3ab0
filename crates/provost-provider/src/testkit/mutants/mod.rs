//! Stores that are wrong on purpose, each in one way: the store in memory with a fault that real stores have had.

mod cursors;
mod reads;
mod writes;

use crate::MemoryStore;
use crate::store::{Create, Delete, Find, Get, Result, Store, Update, Updated};
use crate::testkit::Handles;
use provost_core::query::Page;
use provost_core::resource::{Link, Service};
use provost_core::{Id, Object, Resource, ResourceType, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bug {
    /// The members of a new group are forgotten.
    ForgetsFirstMembers,
    /// An attribute it has no column for is lost.
    DropsNickName,
    /// Numbers with a fraction are lost. No built-in schema has such.
    DropsFloats,
    /// Extensions are lost.
    DropsExtensions,
    /// Versions count from 2.
    CountsFromTwo,
    /// Ids are looked up without their type.
    TypeBlind,
    /// Passwords are stored with the rest.
    StoresSecrets,
    /// A change is merged into what is there: nothing is ever cleared.
    Merges,
    /// The version is never counted up.
    NeverCounts,
    /// A change that changes nothing counts.
    CountsNothing,
    /// A change of what does not exist is a success.
    ForgivesUnknown,
    /// Who is switched off is deleted.
    DeletesInactive,
    /// Members and groups are shown whether wanted or not.
    ShowsUnwanted,
    /// The expected version is not looked at: a lost update.
    IgnoresExpect,
    /// The expected version is compared first, and the row written later.
    ComparesThenWrites,
    /// A caller that gave no version gets an error about versions.
    MismatchesUnasked,
    /// Deletion is forgotten.
    NeverDeletes,
    /// Deletion hides the row and leaves its memberships.
    HidesDeleted,
    /// Uniqueness is not enforced.
    NoUniqueness,
    /// Uniqueness goes by ASCII case.
    AsciiUniqueness,
    /// Uniqueness is enforced on creation alone.
    UniqueOnCreate,
    /// Uniqueness is looked up first, and the row inserted later.
    ChecksThenInserts,
    /// A resource is in the way of itself.
    ConflictsWithItself,
    /// A key that was used once is taken for ever.
    KeysForEver,
    /// Who is switched off loses its keys.
    FreesKeysOfInactive,
    /// One key space for all types.
    OneKeySpace,
    /// Adding members replaces those that are there.
    AddReplaces,
    /// Removing a member removes all.
    RemoveClears,
    /// Removing who is not there is an error.
    RemoveInsists,
    /// A change that adds removes nobody.
    AddsOnly,
    /// A replacement keeps those who were there.
    ReplaceKeeps,
    /// An empty replacement is ignored.
    NeverEmpties,
    /// Members that come as text are not escaped.
    RawText,
    /// Members come in another order each time.
    ShufflesMembers,
    /// Groups as members are dropped silently.
    DropsGroups,
    /// Members are read, changed and written back.
    RewritesMembers,
    /// Members are written before attributes, in another transaction.
    HalfApplies,
    /// Members are read after attributes, in another transaction.
    TornReads,
    /// Unknown members are always left out.
    AlwaysSkips,
    /// Unknown members are always refused.
    AlwaysRefuses,
    /// A list of members who do not exist empties the group.
    GhostsEmpty,
    /// Who has no `active` is active.
    AbsentIsActive,
    /// A member's rename counts as a change of its groups.
    RenameCounts,
    /// Groups of users are not shown.
    NoGroups,
    /// Names of members and groups are kept as they first were.
    StaleDisplay,
    /// Deleted groups are still shown.
    StaleGroups,
    /// The total is that of the page.
    TotalOfPage,
    /// A page is as large as it comes.
    IgnoresBounds,
    /// A page that was cut for its size is taken for the last one.
    EndsWhereCut,
    /// The rows of a list come as they come.
    UnstablePages,
    /// The newest comes first.
    NewestFirst,
    /// Cursors are ignored: each page is the first.
    IgnoresCursor,
    /// A cursor is the rank behind the page.
    RankAsCursor,
    /// A cursor is the last row of the page, looked up again.
    RowAsCursor,
    /// A cursor is the value that the last row is sorted by.
    ValueAsCursor,
    /// A page begins with the last row of the one before.
    DoublesAtCursor,
    /// The last page names a next one.
    EndlessCursor,
    /// What is found by a filter has no next page.
    ForgetsCursorOfFilter,
    /// Marks are not checked.
    TakesAnyMark,
    /// All tenants are one.
    OneScope,
    /// Filters fold by ASCII.
    AsciiFold,
    /// Filters look at what was first written.
    StaleIndex,
    /// Sorts are ignored.
    NeverSorts,
    /// `not` has SQL's third value: it does not hold of what is absent.
    ThreeValued,
    /// Another tenant's rows can be read by their id.
    LeaksGet,
    /// Another tenant's rows are listed.
    LeaksFind,
    /// Another tenant's rows can be changed and deleted.
    LeaksWrites,
    /// Keys are unique across tenants.
    LeaksKeys,
    /// Members may be of another tenant.
    LeaksMembers,
    /// It panics.
    Panics,
}

impl Bug {
    pub(super) const ALL: [Self; 67] = [
        Self::ForgetsFirstMembers,
        Self::DropsNickName,
        Self::DropsExtensions,
        Self::CountsFromTwo,
        Self::TypeBlind,
        Self::StoresSecrets,
        Self::Merges,
        Self::NeverCounts,
        Self::CountsNothing,
        Self::ForgivesUnknown,
        Self::DeletesInactive,
        Self::ShowsUnwanted,
        Self::IgnoresExpect,
        Self::ComparesThenWrites,
        Self::MismatchesUnasked,
        Self::NeverDeletes,
        Self::HidesDeleted,
        Self::NoUniqueness,
        Self::AsciiUniqueness,
        Self::UniqueOnCreate,
        Self::ChecksThenInserts,
        Self::ConflictsWithItself,
        Self::KeysForEver,
        Self::FreesKeysOfInactive,
        Self::OneKeySpace,
        Self::AddReplaces,
        Self::RemoveClears,
        Self::RemoveInsists,
        Self::AddsOnly,
        Self::ReplaceKeeps,
        Self::NeverEmpties,
        Self::RawText,
        Self::ShufflesMembers,
        Self::DropsGroups,
        Self::RewritesMembers,
        Self::HalfApplies,
        Self::TornReads,
        Self::AlwaysSkips,
        Self::AlwaysRefuses,
        Self::GhostsEmpty,
        Self::AbsentIsActive,
        Self::RenameCounts,
        Self::NoGroups,
        Self::StaleDisplay,
        Self::StaleGroups,
        Self::TotalOfPage,
        Self::UnstablePages,
        Self::NewestFirst,
        Self::IgnoresCursor,
        Self::RankAsCursor,
        Self::RowAsCursor,
        Self::ValueAsCursor,
        Self::DoublesAtCursor,
        Self::EndlessCursor,
        Self::ForgetsCursorOfFilter,
        Self::TakesAnyMark,
        Self::OneScope,
        Self::AsciiFold,
        Self::StaleIndex,
        Self::NeverSorts,
        Self::ThreeValued,
        Self::LeaksGet,
        Self::LeaksFind,
        Self::LeaksWrites,
        Self::LeaksKeys,
        Self::LeaksMembers,
        Self::Panics,
    ];
}

/// The store in memory with one fault.
pub(super) struct Wrong {
    inner: MemoryStore,
    other: MemoryStore,
    service: Service,
    bug: Bug,
    /// What the two tenants share.
    seen: Arc<Mutex<Seen>>,
}

/// What a wrong store remembers besides.
#[derive(Default)]
struct Seen {
    calls: usize,
    /// By which more the version of a resource has grown.
    extra: BTreeMap<Id, u64>,
    hidden: BTreeSet<Id>,
    /// Who first had a key.
    holders: BTreeMap<String, (Id, String)>,
    kinds: BTreeMap<Id, String>,
    display: BTreeMap<Id, Option<Box<str>>>,
    /// The groups of a user when one was deleted.
    lost: Vec<(Id, Link)>,
    first: BTreeMap<Id, Object>,
}

impl Wrong {
    pub(super) fn handles(bug: Bug, service: &Service) -> Handles<Self> {
        let store = MemoryStore::new();
        let (a, b) = (store.tenant("a"), store.tenant("b"));
        let seen = Arc::<Mutex<Seen>>::default();
        let handle = |inner: &MemoryStore, other: &MemoryStore| Self {
            inner: inner.clone(),
            other: other.clone(),
            service: service.clone(),
            bug,
            seen: seen.clone(),
        };
        Handles::two(handle(&a, &b), handle(&b, &a))
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == bug
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call(&self) -> usize {
        let mut seen = self.seen();
        seen.calls += 1;
        seen.calls
    }

    /// The version inside, of one that was shown.
    fn inside(&self, id: &Id, shown: Option<Version>) -> Option<Version> {
        let extra = self.seen().extra.get(id).copied().unwrap_or(0);
        match self.bug {
            Bug::NeverCounts => None,
            Bug::CountsFromTwo => shown.map(|v| Version(v.0 - 1)),
            _ => shown.map(|v| Version(v.0 - extra)),
        }
    }

    fn others(&self, kind: &ResourceType) -> Vec<Arc<ResourceType>> {
        self.service.schemas.resource_types().iter().filter(|k| k.name != kind.name).cloned().collect()
    }
}

impl Store for Wrong {
    async fn get(&self, asked: Get<'_>) -> Result<Option<Resource>> {
        self.read(asked.resource_type, asked.id, asked.include).await
    }

    async fn find(&self, asked: Find<'_>) -> Result<Page> {
        self.list(asked.resource_type, asked.query).await
    }

    fn tenant_key(&self) -> String {
        if self.has(Bug::OneScope) { String::new() } else { self.inner.tenant_key() }
    }

    async fn create(&self, asked: Create<'_>) -> Result<Updated> {
        self.make(asked.resource_type, asked.new, asked.context).await
    }

    async fn update(&self, asked: Update<'_>) -> Result<Updated> {
        self.change(asked.resource_type, asked.id, asked.change, asked.include, asked.context).await
    }

    async fn delete(&self, asked: Delete<'_>) -> Result<()> {
        self.remove(asked.resource_type, asked.id, asked.expect, asked.context).await
    }
}
