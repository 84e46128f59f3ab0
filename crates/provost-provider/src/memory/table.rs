//! The resources of one tenant.

use super::check;
use crate::embed::{needs, select};
use crate::error::StoreError;
use crate::store::{Context, Result, Updated};
use provost_core::change::{MemberChange, MissingMembers, NewResource, UniqueKey};
use provost_core::query::{Fields, Page};
use provost_core::resource::{Body, Link, Site};
use provost_core::{Change, Id, Object, Query, Resource, ResourceType, Timestamp, Version};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Where a row stands in the order of creation.
type Place = (Timestamp, Id);

#[derive(Default)]
pub(super) struct Tenant {
    rows: HashMap<Id, Row>,
    /// The rows of a type, by the type's name, in the order of a list without sort.
    order: HashMap<Box<str>, BTreeSet<Place>>,
    /// Who has a unique key: by type, attribute and key.
    keys: HashMap<(Box<str>, String, String), Id>,
    /// To what each belongs: the reverse of [`Row::members`].
    owners: HashMap<Id, BTreeSet<Id>>,
}

struct Row {
    kind: Arc<ResourceType>,
    version: Version,
    created: Timestamp,
    modified: Timestamp,
    body: Box<str>,
    /// How it calls itself where it is a member.
    display: Option<Box<str>>,
    keys: Vec<UniqueKey>,
    members: BTreeSet<Id>,
}

impl Tenant {
    pub(super) fn get(&self, kind: &ResourceType, id: &Id, want: Fields) -> Option<Resource> {
        self.row(kind, id).map(|row| self.resource(id, row, want))
    }

    pub(super) fn find(&self, kind: &ResourceType, query: &Query, site: &Site) -> Result<Page> {
        let all = self.order.get(kind.name.as_str()).into_iter().flatten().map(|(_, id)| id);
        let skip = usize::try_from(query.start.saturating_sub(1)).unwrap_or(usize::MAX);
        let take = usize::try_from(query.count).unwrap_or(usize::MAX);
        let show = |id: &Id| self.get(kind, id, query.want);
        if query.filter.is_none() && query.sort.is_none() {
            let page = all.clone().skip(skip).take(take).filter_map(show).collect();
            return Ok(Page::new(count(all.count()), page));
        }
        let needs = needs(kind, query);
        select(all.filter_map(|id| self.get(kind, id, needs)).collect(), kind, query, site)
    }

    pub(super) fn create(
        &mut self,
        kind: &Arc<ResourceType>,
        new: NewResource,
        cx: &Context,
    ) -> Result<Updated> {
        self.check_keys(kind, &new.unique, &new.id)?;
        // a resource may be a member of itself: it exists as soon as it is made
        let (members, skipped) = self.existing(new.members, new.missing, Some(&new.id))?;
        let row = Row {
            kind: kind.clone(),
            version: Version::FIRST,
            created: cx.at,
            modified: cx.at,
            display: display(&new.body),
            body: new.body.to_string().into(),
            keys: Vec::new(),
            members: BTreeSet::new(),
        };
        self.rows.insert(new.id.clone(), row);
        self.order.entry(kind.name.as_str().into()).or_default().insert((cx.at, new.id.clone()));
        self.put_keys(kind, &new.id, new.unique);
        for member in members {
            self.join(&new.id, member);
        }
        Ok(self.updated(kind, &new.id, Fields::ALL, true)?.with_skipped(skipped))
    }

    pub(super) fn update(
        &mut self,
        kind: &Arc<ResourceType>,
        id: &Id,
        change: Change,
        want: Fields,
        cx: &Context,
    ) -> Result<Updated> {
        let row = self.row(kind, id).ok_or(StoreError::NotFound)?;
        check(change.expect, row.version)?;
        let MemberChange { clear, add, remove, missing } = change.members;
        let (add, skipped) = self.existing(add, missing, None)?;
        let body = match change.body {
            Some(body) => {
                self.check_keys(kind, &change.unique, id)?;
                Some((display(&body), Box::<str>::from(body.to_string())))
            }
            None => None,
        };

        let mut changed = self.change_members(id, clear, &remove, add);
        if body.is_some() {
            self.put_keys(kind, id, change.unique);
        }
        let row = self.rows.get_mut(id).ok_or(StoreError::NotFound)?;
        if let Some((display, body)) = body.filter(|(_, body)| *body != row.body) {
            (row.display, row.body) = (display, body);
            changed = true;
        }
        if changed {
            row.touch(cx.at);
        }
        Ok(self.updated(kind, id, want, changed)?.with_skipped(skipped))
    }

    pub(super) fn delete(
        &mut self,
        kind: &ResourceType,
        id: &Id,
        expect: Option<Version>,
        cx: &Context,
    ) -> Result<()> {
        let row = self.row(kind, id).ok_or(StoreError::NotFound)?;
        check(expect, row.version)?;
        let Some(row) = self.rows.remove(id) else { return Err(StoreError::NotFound) };
        if let Some(order) = self.order.get_mut(kind.name.as_str()) {
            order.remove(&(row.created, id.clone()));
        }
        for key in &row.keys {
            self.keys.remove(&slot(kind, key));
        }
        for member in &row.members {
            self.forget_owner(id, member);
        }
        for owner in self.owners.remove(id).unwrap_or_default() {
            if let Some(owner) = self.rows.get_mut(&owner) {
                owner.members.remove(id);
                // what a client sees of the group is another thing now (RFC 7644 section 3.14)
                owner.touch(cx.at);
            }
        }
        Ok(())
    }

    fn row(&self, kind: &ResourceType, id: &Id) -> Option<&Row> {
        self.rows.get(id).filter(|row| row.kind.name == kind.name)
    }

    fn resource(&self, id: &Id, row: &Row, want: Fields) -> Resource {
        let no_ids = BTreeSet::new();
        let members = if want.members { &row.members } else { &no_ids };
        let groups = match (want.groups, row.kind.groups()) {
            (true, Some(_)) => self.owners.get(id).unwrap_or(&no_ids),
            _ => &no_ids,
        };
        Resource {
            id: id.clone(),
            version: row.version,
            created: row.created,
            modified: row.modified,
            body: Body::Text(row.body.clone()),
            members: members.iter().filter_map(|id| self.link(id)).collect(),
            groups: groups.iter().filter_map(|id| self.link(id)).collect(),
        }
    }

    fn link(&self, id: &Id) -> Option<Link> {
        let row = self.rows.get(id)?;
        Some(Link { id: id.clone(), kind: row.kind.name.as_str().into(), display: row.display.clone() })
    }

    fn updated(&self, kind: &ResourceType, id: &Id, want: Fields, changed: bool) -> Result<Updated> {
        self.get(kind, id, want).map(|r| Updated::new(r, changed)).ok_or(StoreError::NotFound)
    }

    /// No other resource of the type has one of the keys.
    fn check_keys(&self, kind: &ResourceType, keys: &[UniqueKey], id: &Id) -> Result<()> {
        let taken =
            keys.iter().find(|key| self.keys.get(&slot(kind, key)).is_some_and(|holder| holder != id));
        taken.map_or(Ok(()), |key| Err(StoreError::Conflict { attribute: key.attribute.clone() }))
    }

    fn put_keys(&mut self, kind: &ResourceType, id: &Id, keys: Vec<UniqueKey>) {
        let Some(row) = self.rows.get_mut(id) else { return };
        for old in std::mem::take(&mut row.keys) {
            self.keys.remove(&slot(kind, &old));
        }
        for new in &keys {
            self.keys.insert(slot(kind, new), id.clone());
        }
        row.keys = keys;
    }

    /// Those that exist, and those left out; an error instead where the request wants none left out.
    fn existing(
        &self,
        ids: Vec<Id>,
        missing: MissingMembers,
        itself: Option<&Id>,
    ) -> Result<(Vec<Id>, Vec<Id>)> {
        let exists = |id: &Id| self.rows.contains_key(id) || Some(id) == itself;
        let (found, absent): (Vec<Id>, Vec<Id>) = ids.into_iter().partition(exists);
        match missing {
            MissingMembers::Refuse if !absent.is_empty() => Err(StoreError::UnknownMembers(absent)),
            _ => Ok((found, absent)),
        }
    }

    /// Whether anybody really joined or left.
    fn change_members(&mut self, id: &Id, clear: bool, remove: &[Id], add: Vec<Id>) -> bool {
        let mut leave: Vec<Id> = remove.to_vec();
        if clear {
            let stay: BTreeSet<&Id> = add.iter().collect();
            let all = self.rows.get(id).into_iter().flat_map(|row| &row.members);
            leave.extend(all.filter(|m| !stay.contains(m)).cloned());
        }
        let mut changed = false;
        for member in leave {
            if self.rows.get_mut(id).is_some_and(|row| row.members.remove(&member)) {
                self.forget_owner(id, &member);
                changed = true;
            }
        }
        for member in add {
            changed |= self.join(id, member);
        }
        changed
    }

    fn join(&mut self, id: &Id, member: Id) -> bool {
        let joined = self.rows.get_mut(id).is_some_and(|row| row.members.insert(member.clone()));
        if joined {
            self.owners.entry(member).or_default().insert(id.clone());
        }
        joined
    }

    fn forget_owner(&mut self, id: &Id, member: &Id) {
        if let Some(owners) = self.owners.get_mut(member) {
            owners.remove(id);
        }
    }
}

impl Row {
    fn touch(&mut self, at: Timestamp) {
        self.version = self.version.next();
        self.modified = at;
    }
}

fn slot(kind: &ResourceType, key: &UniqueKey) -> (Box<str>, String, String) {
    (kind.name.as_str().into(), key.attribute.clone(), key.key.clone())
}

/// `displayName`, or `userName` where there is none.
fn display(body: &Object) -> Option<Box<str>> {
    ["displayName", "userName"].into_iter().find_map(|name| body.str(name)).map(Box::from)
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
