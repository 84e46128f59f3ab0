//! The five operations of a store over tables of an application, in one transaction each.

use super::{Behind, Stamp, Tie, joining, mark, needs, select};
use crate::error::StoreError;
use crate::store::Updated;
use provost_core::change::{MemberChange, NewResource};
use provost_core::query::{Include, Page};
use provost_core::resource::{Link, Service};
use provost_core::{Change, Id, Object, Query, Resource, ResourceType, Timestamp, TypedFilter, Version};
use std::collections::{HashMap, HashSet};

/// A resource without members and groups, as a table has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its `id`.
    pub id: Id,
    /// Its version and times.
    pub stamp: Stamp,
    /// Its attributes.
    pub body: Object,
}

/// Which rows are to be read.
#[derive(Debug, Clone, Copy)]
pub enum Selection<'a> {
    /// The one of that id.
    One(&'a Id),
    /// A page: so many are passed over, so many at most are read.
    Page {
        /// Rows to pass over.
        offset: u64,
        /// Rows to read at most.
        limit: u64,
    },
    /// A page by cursor: those that come later in the order of creation, then id, than this place.
    After {
        /// The time of creation there, in milliseconds since 1970.
        created_ms: i64,
        /// The id there; of a row that may be gone by now.
        id: &'a str,
        /// Rows to read at most.
        limit: u64,
    },
    /// Those that may meet the filter, or all: at least every one that does. [`equals`](super::equals) narrows.
    Candidates {
        /// What is asked for.
        filter: Option<&'a TypedFilter>,
        /// Rows to read at most.
        limit: u64,
    },
}

/// Tables of an application, seen by one tenant within one transaction. The functions of this module make the five
/// methods of a [`Store`](crate::Store) of it: [`get`], [`find`], [`create`], [`update`], [`delete`].
///
/// An error rolls the transaction back.
pub trait Tables {
    /// What may go wrong: most often a struct around [`StoreError`] that errors of the database turn into.
    type Error: From<StoreError>;

    /// Rows of a type, in the order of their creation, then of their id.
    ///
    /// # Errors
    /// A failure of the database.
    fn rows(
        &mut self,
        resource_type: &ResourceType,
        wanted: Selection<'_>,
    ) -> Result<Vec<Entry>, Self::Error>;

    /// How many rows there are of a type.
    ///
    /// # Errors
    /// A failure of the database.
    fn count(&mut self, resource_type: &ResourceType) -> Result<u64, Self::Error>;

    /// Who belongs to these groups, or to which groups these belong: pairs of one of `ids` and the other end, in an
    /// order that is the same each time. `resource_type` is the type of `ids`, of which there are at most [`SLICE`].
    ///
    /// # Errors
    /// A failure of the database.
    fn links(&mut self, resource_type: &ResourceType, ids: &[Id]) -> Result<Vec<(Id, Link)>, Self::Error>;

    /// Writes a row, a new one or one that is there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another one of the type has its unique key; a failure of the database.
    fn write(&mut self, resource_type: &ResourceType, entry: Entry, new: bool) -> Result<(), Self::Error>;

    /// Removes a row and all of its memberships. The groups it was in get a new version and the time `at`.
    ///
    /// # Errors
    /// A failure of the database.
    fn delete(&mut self, resource_type: &ResourceType, id: &Id, at: Timestamp) -> Result<(), Self::Error>;

    /// Which of these exist and may be members. At most [`SLICE`].
    ///
    /// # Errors
    /// A failure of the database.
    fn may_join(&mut self, ids: &[Id]) -> Result<Vec<Id>, Self::Error>;

    /// Adds members, at most [`SLICE`]. How many of them were not there before.
    ///
    /// # Errors
    /// A failure of the database.
    fn join(&mut self, group: &Id, members: &[Id]) -> Result<usize, Self::Error>;

    /// Takes members out, at most [`SLICE`]. How many of them were there before.
    ///
    /// # Errors
    /// A failure of the database.
    fn leave(&mut self, group: &Id, members: &[Id]) -> Result<usize, Self::Error>;
}

/// How many ids a method of [`Tables`] gets at once: one statement has room for them as parameters.
pub const SLICE: usize = 500;

/// [`Store::get`](crate::Store::get) over tables.
///
/// # Errors
/// Those of the tables.
pub fn get<T: Tables>(
    tables: &mut T,
    resource_type: &ResourceType,
    id: &Id,
    include: Include,
) -> Result<Option<Resource>, T::Error> {
    let rows = tables.rows(resource_type, Selection::One(id))?;
    Ok(show(tables, resource_type, rows, include)?.pop())
}

/// [`Store::find`](crate::Store::find) over tables. At most `most` rows are looked at one by one, where the tables
/// cannot answer a filter or sort.
///
/// # Errors
/// [`StoreError::Unfilterable`] when it would take more; those of the tables.
pub fn find<T: Tables>(
    tables: &mut T,
    resource_type: &ResourceType,
    query: &Query,
    service: &Service,
    most: u64,
) -> Result<Page, T::Error> {
    if query.filter.is_none() && query.sort.is_none() {
        return in_order_of_creation(tables, resource_type, query);
    }
    let filter = query.filter.as_ref();
    let rows = tables.rows(resource_type, Selection::Candidates { filter, limit: most.saturating_add(1) })?;
    if u64::try_from(rows.len()).is_ok_and(|found| found > most) {
        let message = format!("it looks at more than {most} resources; ask for a name or an id as well");
        return Err(StoreError::Unfilterable(message).into());
    }
    let rows = show(tables, resource_type, rows, needs(resource_type, query))?;
    Ok(select(rows, resource_type, query, service)?)
}

/// A page of all resources of the type.
fn in_order_of_creation<T: Tables>(
    tables: &mut T,
    resource_type: &ResourceType,
    query: &Query,
) -> Result<Page, T::Error> {
    let total = tables.count(resource_type)?;
    if query.count == 0 {
        return Ok(Page::new(total, Vec::new()));
    }
    let Some(seek) = &query.seek else {
        let wanted = Selection::Page { offset: query.start.saturating_sub(1), limit: query.count };
        let rows = tables.rows(resource_type, wanted)?;
        return Ok(Page::new(total, show_within(tables, resource_type, rows, query)?));
    };
    // one more than asked for tells whether there is a next page
    let limit = query.count.saturating_add(1);
    let mut rows = match Behind::of(seek)? {
        Behind::Nothing => tables.rows(resource_type, Selection::Page { offset: 0, limit })?,
        Behind::Row(_, Tie(created_ms, id)) => {
            tables.rows(resource_type, Selection::After { created_ms, id: &id, limit })?
        }
    };
    let more = u64::try_from(rows.len()).is_ok_and(|read| read > query.count);
    rows.truncate(usize::try_from(query.count).unwrap_or(usize::MAX));
    let ties: Vec<Tie> = rows.iter().map(|row| Tie(row.stamp.created_ms, row.id.to_string())).collect();
    let shown = show_within(tables, resource_type, rows, query)?;
    let last = shown.len().checked_sub(1).filter(|_| more || shown.len() < ties.len());
    let next = last.and_then(|last| ties.get(last)).map(|tie| mark(None, tie));
    Ok(Page::new(total, shown).with_next(next))
}

/// [`Store::create`](crate::Store::create) over tables.
///
/// # Errors
/// As that.
pub fn create<T: Tables>(
    tables: &mut T,
    resource_type: &ResourceType,
    new: NewResource,
    at: Timestamp,
) -> Result<Updated, T::Error> {
    let id = new.id.clone();
    tables.write(resource_type, Entry { id: new.id, stamp: Stamp::new(at), body: new.body }, true)?;
    let joins = MemberChange { add: new.members, missing: new.missing, ..MemberChange::default() };
    let (_, skipped) = change_members(tables, resource_type, &id, joins)?;
    answer(tables, resource_type, &id, Include::ALL, true, skipped)
}

/// [`Store::update`](crate::Store::update) over tables.
///
/// # Errors
/// As that.
pub fn update<T: Tables>(
    tables: &mut T,
    resource_type: &ResourceType,
    id: &Id,
    change: Change,
    include: Include,
    at: Timestamp,
) -> Result<Updated, T::Error> {
    let mut entry = existing(tables, resource_type, id, change.expect)?;
    let (members, skipped) = change_members(tables, resource_type, id, change.members)?;
    let body = change.body.filter(|body| *body != entry.body);
    let changed = members || body.is_some();
    if changed {
        entry.stamp = entry.stamp.changed(at);
        entry.body = body.unwrap_or(entry.body);
        tables.write(resource_type, entry, false)?;
    }
    answer(tables, resource_type, id, include, changed, skipped)
}

/// [`Store::delete`](crate::Store::delete) over tables.
///
/// # Errors
/// As that.
pub fn delete<T: Tables>(
    tables: &mut T,
    resource_type: &ResourceType,
    id: &Id,
    expect: Option<Version>,
    at: Timestamp,
) -> Result<(), T::Error> {
    existing(tables, resource_type, id, expect)?;
    tables.delete(resource_type, id, at)
}

fn existing<T: Tables>(
    tables: &mut T,
    resource_type: &ResourceType,
    id: &Id,
    expect: Option<Version>,
) -> Result<Entry, T::Error> {
    let entry = tables.rows(resource_type, Selection::One(id))?.pop().ok_or(StoreError::NotFound)?;
    entry.stamp.check(expect)?;
    Ok(entry)
}

fn answer<T: Tables>(
    tables: &mut T,
    resource_type: &ResourceType,
    id: &Id,
    include: Include,
    changed: bool,
    skipped: Vec<Id>,
) -> Result<Updated, T::Error> {
    let resource = get(tables, resource_type, id, include)?.ok_or(StoreError::NotFound)?;
    Ok(Updated::new(resource, changed).with_skipped(skipped))
}

/// Entries as far as the page has room for them, and at least the first. Links are read for some at a time, so that few
/// are read that no page has room for.
fn show_within<T: Tables>(
    tables: &mut T,
    resource_type: &ResourceType,
    mut rows: Vec<Entry>,
    query: &Query,
) -> Result<Vec<Resource>, T::Error> {
    const AT_ONCE: usize = 50;
    let (mut page, mut bounds) = (Vec::new(), query.bounds);
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(AT_ONCE));
        for resource in show(tables, resource_type, rows, query.include)? {
            if !bounds.admit(&resource) && !page.is_empty() {
                return Ok(page);
            }
            page.push(resource);
        }
        rows = rest;
    }
    Ok(page)
}

/// The resources with the links that are wanted and that their type has.
fn show<T: Tables>(
    tables: &mut T,
    resource_type: &ResourceType,
    rows: Vec<Entry>,
    include: Include,
) -> Result<Vec<Resource>, T::Error> {
    let members = include.members && resource_type.members().is_some();
    let groups = include.groups && resource_type.groups().is_some();
    let mut links: HashMap<Id, Vec<Link>> = HashMap::new();
    if (members || groups) && !rows.is_empty() {
        let ids: Vec<Id> = rows.iter().map(|row| row.id.clone()).collect();
        for ids in ids.chunks(SLICE) {
            for (id, link) in tables.links(resource_type, ids)? {
                links.entry(id).or_default().push(link);
            }
        }
    }
    let resource = |Entry { id, stamp, body }| {
        let links = links.remove(&id).unwrap_or_default();
        let (members, groups) = if members { (links, Vec::new()) } else { (Vec::new(), links) };
        Resource { members, groups, ..stamp.resource(id, body) }
    };
    Ok(rows.into_iter().map(resource).collect())
}

/// Whether anybody joined or left, and who does not exist.
fn change_members<T: Tables>(
    tables: &mut T,
    resource_type: &ResourceType,
    group: &Id,
    change: MemberChange,
) -> Result<(bool, Vec<Id>), T::Error> {
    let named: Vec<Id> = change.named().cloned().collect();
    let mut found = Vec::new();
    for ids in named.chunks(SLICE) {
        found.extend(tables.may_join(ids)?);
    }
    let (add, skipped) = joining(&change, found)?;
    let mut leave = change.remove;
    if change.clear {
        let stay: HashSet<&Id> = add.iter().collect();
        let all = tables.links(resource_type, std::slice::from_ref(group))?;
        leave = all.into_iter().map(|(_, link)| link.id).filter(|id| !stay.contains(id)).collect();
    }
    let mut changed = 0_usize;
    for members in leave.chunks(SLICE) {
        changed = changed.saturating_add(tables.leave(group, members)?);
    }
    for members in add.chunks(SLICE) {
        changed = changed.saturating_add(tables.join(group, members)?);
    }
    Ok((changed > 0, skipped))
}
