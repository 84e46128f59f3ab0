//! Stores with deliberate bugs: the store in memory with one bug that real stores have had.

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

/// The bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bug {
    /// The members of a new group are forgotten.
    ForgetsFirstMembers,
    /// An attribute without a column is lost.
    DropsNickName,
    /// Numbers with a fraction are lost. No built-in schema has any.
    DropsFloats,
    /// Extensions are lost.
    DropsExtensions,
    /// Versions count from 2.
    CountsFromTwo,
    /// Ids are looked up regardless of type.
    TypeBlind,
    /// Passwords are stored with the rest.
    StoresSecrets,
    /// A change is merged into the stored resource, so nothing is ever cleared.
    Merges,
    /// The version never increases.
    NeverCounts,
    /// A change without effect counts as one.
    CountsNothing,
    /// Changing something that does not exist succeeds.
    ForgivesUnknown,
    /// A deactivated resource is deleted.
    DeletesInactive,
    /// Members and groups are shown even if not requested.
    ShowsUnwanted,
    /// The expected version is ignored: a lost update.
    IgnoresExpect,
    /// The expected version is checked, and the row written later.
    ComparesThenWrites,
    /// A caller that gave no version gets an error about versions.
    MismatchesUnasked,
    /// Deletion is forgotten.
    NeverDeletes,
    /// Deletion hides the row but keeps its memberships.
    HidesDeleted,
    /// Uniqueness is not enforced.
    NoUniqueness,
    /// Uniqueness only ignores ASCII case.
    AsciiUniqueness,
    /// Uniqueness is enforced only on creation.
    UniqueOnCreate,
    /// Uniqueness is checked, and the row inserted later.
    ChecksThenInserts,
    /// A resource conflicts with itself.
    ConflictsWithItself,
    /// A key that was used once stays taken for ever.
    KeysForEver,
    /// A deactivated resource loses its keys.
    FreesKeysOfInactive,
    /// All types share one key space.
    OneKeySpace,
    /// Adding members replaces the existing ones.
    AddReplaces,
    /// Removing a member removes all.
    RemoveClears,
    /// Removing somebody who is not a member is an error.
    RemoveInsists,
    /// A change that adds members removes nobody.
    AddsOnly,
    /// A replacement keeps the existing members.
    ReplaceKeeps,
    /// An empty replacement is ignored.
    NeverEmpties,
    /// Members returned as text are not escaped.
    RawText,
    /// Members come in a different order each time.
    ShufflesMembers,
    /// Groups as members are silently dropped.
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
    /// A list of members of whom none exists empties the group.
    GhostsEmpty,
    /// A resource without `active` is active.
    AbsentIsActive,
    /// Renaming a member counts as a change of its groups.
    RenameCounts,
    /// Groups of users are not shown.
    NoGroups,
    /// Display names of members and groups never change.
    StaleDisplay,
    /// Deleted groups are still shown.
    StaleGroups,
    /// The total is that of the page.
    TotalOfPage,
    /// Bounds on the page are ignored.
    IgnoresBounds,
    /// A page that was cut for its size counts as the last one.
    EndsWhereCut,
    /// The rows of a list have no stable order.
    UnstablePages,
    /// The newest come first.
    NewestFirst,
    /// Cursors are ignored: each page is the first.
    IgnoresCursor,
    /// A cursor is the index after the page.
    RankAsCursor,
    /// A cursor is the last row of the page, which is looked up again.
    RowAsCursor,
    /// A cursor is the sort value of the last row.
    ValueAsCursor,
    /// A page begins with the last row of the previous one.
    DoublesAtCursor,
    /// The last page names a next one.
    EndlessCursor,
    /// The results of a filter have no next page.
    ForgetsCursorOfFilter,
    /// Marks are not checked.
    TakesAnyMark,
    /// All tenants share everything.
    OneScope,
    /// Filters only fold ASCII.
    AsciiFold,
    /// Filters use what was first written.
    StaleIndex,
    /// Sorts are ignored.
    NeverSorts,
    /// `not` follows SQL's three-valued logic: it does not match absent values.
    ThreeValued,
    /// Rows of another tenant can be read by id.
    LeaksGet,
    /// Rows of another tenant are listed.
    LeaksFind,
    /// Rows of another tenant can be changed and deleted.
    LeaksWrites,
    /// Keys are unique across tenants.
    LeaksKeys,
    /// Members may belong to another tenant.
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

/// What a wrong store remembers in addition.
#[derive(Default)]
struct Seen {
    calls: usize,
    /// By how much more each resource's version has grown.
    extra: BTreeMap<Id, u64>,
    hidden: BTreeSet<Id>,
    /// Who had a key first.
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

    /// The inner version for one that was shown.
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
