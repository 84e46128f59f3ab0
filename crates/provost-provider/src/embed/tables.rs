//! The five operations of a store over an application's tables, each in one transaction.

use super::{Behind, Stamp, Tie, joining, mark, needs, select};
use crate::error::StoreError;
use crate::store::Updated;
use provost_core::change::{MemberChange, NewResource};
use provost_core::query::{Include, Page};
use provost_core::resource::{Link, Service};
use provost_core::{Change, Id, Object, Query, Resource, ResourceType, Timestamp, TypedFilter, Version};
use std::collections::{HashMap, HashSet};

/// A resource without members and groups, as stored in a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its `id`.
    pub id: Id,
    /// Its version and times.
    pub stamp: Stamp,
    /// Its attributes.
    pub body: Object,
}

/// Which rows to read.
#[derive(Debug, Clone, Copy)]
pub enum Selection<'a> {
    /// The row with this id.
    One(&'a Id),
    /// A page.
    Page {
        /// How many rows to skip.
        offset: u64,
        /// The most rows to read.
        limit: u64,
    },
    /// A page by cursor: the rows after this position in the order of creation, then id.
    After {
        /// The creation time at the position, in milliseconds since 1970.
        created_ms: i64,
        /// The id at the position; the row may no longer exist.
        id: &'a str,
        /// The most rows to read.
        limit: u64,
    },
    /// At least every row that matches the filter; all rows would do. [`equals`](super::equals) helps narrow them down.
    Candidates {
        /// The filter.
        filter: Option<&'a TypedFilter>,
        /// The most rows to read.
        limit: u64,
    },
}

/// An application's tables, for one tenant, within one transaction. [`get`], [`find`], [`create`], [`update`] and
/// [`delete`] in this module use it to implement a [`Store`](crate::Store).
///
/// After an error, roll the transaction back.
pub trait Tables {
    /// The error type: usually a struct around [`StoreError`] that database errors convert into.
    type Error: From<StoreError>;

    /// Rows of a type, in the order of creation, then id.
    ///
    /// # Errors
    /// The database failed.
    fn rows(
        &mut self,
        resource_type: &ResourceType,
        wanted: Selection<'_>,
    ) -> Result<Vec<Entry>, Self::Error>;

    /// The number of rows of a type.
    ///
    /// # Errors
    /// The database failed.
    fn count(&mut self, resource_type: &ResourceType) -> Result<u64, Self::Error>;

    /// The members of these groups, or the groups of these members: pairs of one of `ids` and the other end, in a
    /// stable order. `resource_type` is the type of `ids`, of which there are at most [`SLICE`].
    ///
    /// # Errors
    /// The database failed.
    fn links(&mut self, resource_type: &ResourceType, ids: &[Id]) -> Result<Vec<(Id, Link)>, Self::Error>;

    /// Writes a row, new or existing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another row of the type has its unique key; or the database failed.
    fn write(&mut self, resource_type: &ResourceType, entry: Entry, new: bool) -> Result<(), Self::Error>;

    /// Deletes a row and all its memberships. Groups it was in get a new version, and `at` as the time of change.
    ///
    /// # Errors
    /// The database failed.
    fn delete(&mut self, resource_type: &ResourceType, id: &Id, at: Timestamp) -> Result<(), Self::Error>;

    /// Which of these ids, at most [`SLICE`], exist and may be members.
    ///
    /// # Errors
    /// The database failed.
    fn may_join(&mut self, ids: &[Id]) -> Result<Vec<Id>, Self::Error>;

    /// Adds members, at most [`SLICE`]. Returns how many were new.
    ///
    /// # Errors
    /// The database failed.
    fn join(&mut self, group: &Id, members: &[Id]) -> Result<usize, Self::Error>;

    /// Removes members, at most [`SLICE`]. Returns how many were there.
    ///
    /// # Errors
    /// The database failed.
    fn leave(&mut self, group: &Id, members: &[Id]) -> Result<usize, Self::Error>;
}

/// The most ids that a method of [`Tables`] gets at once, so that they fit into the parameters of one statement.
pub const SLICE: usize = 500;

/// Implements [`Store::get`](crate::Store::get) over tables.
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

/// Implements [`Store::find`](crate::Store::find) over tables. Examines at most `most` rows one by one if the tables
/// cannot answer a filter or sort.
///
/// # Errors
/// [`StoreError::Unfilterable`] if that is not enough; those of the tables.
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
    // one more than requested, to see whether there is a next page
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

/// Implements [`Store::create`](crate::Store::create) over tables.
///
/// # Errors
/// As for the method.
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

/// Implements [`Store::update`](crate::Store::update) over tables.
///
/// # Errors
/// As for the method.
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

/// Implements [`Store::delete`](crate::Store::delete) over tables.
///
/// # Errors
/// As for the method.
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

/// The entries that fit on the page, at least the first. Links are read in batches, so that few are read for entries
/// that no longer fit.
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

/// The resources with the requested links that their type has.
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

/// Changes members. Returns whether anything changed, and who does not exist.
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
