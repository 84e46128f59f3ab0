//! The resources of one tenant.

use super::check;
use crate::embed::{Tie, needs, select_by, within};
use crate::error::StoreError;
use crate::store::{Create, Delete, Find, Get, Result, Update, Updated};
use provost_core::change::{MemberChange, UniqueKey};
use provost_core::query::{Include, Page};
use provost_core::resource::{Body, Link};
use provost_core::{Id, Object, Resource, ResourceType, Timestamp, Version};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A resource's position in the order of creation, which is the default order everywhere.
type Seq = i64;

#[derive(Default)]
pub(super) struct Tenant {
    last: Seq,
    rows: BTreeMap<Seq, Row>,
    by_id: HashMap<Id, Seq>,
    /// The rows of each type, by the type's name.
    by_kind: HashMap<Box<str>, BTreeSet<Seq>>,
    /// The holder of each unique key, by type, attribute and key.
    by_key: HashMap<(Box<str>, String, String), Seq>,
}

struct Row {
    id: Id,
    kind: Arc<ResourceType>,
    version: Version,
    created: Timestamp,
    modified: Timestamp,
    body: Box<str>,
    /// Its display name as a member.
    display: Option<Box<str>>,
    keys: Vec<UniqueKey>,
    members: BTreeSet<Seq>,
    /// The groups it belongs to, the reverse of `members`.
    owners: BTreeSet<Seq>,
}

impl Tenant {
    pub(super) fn get(&self, asked: Get<'_>) -> Option<Resource> {
        let (_, row) = self.find_row(asked.resource_type, asked.id)?;
        Some(self.resource(row, asked.include))
    }

    pub(super) fn find(&self, Find { service, resource_type: kind, query }: Find<'_>) -> Result<Page> {
        let all =
            self.by_kind.get(kind.name.as_str()).into_iter().flatten().filter_map(|seq| self.rows.get(seq));
        let skip = usize::try_from(query.start.saturating_sub(1)).unwrap_or(usize::MAX);
        let take = usize::try_from(query.count).unwrap_or(usize::MAX);
        if query.filter.is_none() && query.sort.is_none() && query.seek.is_none() {
            let total = u64::try_from(all.clone().count()).unwrap_or(u64::MAX);
            let page = all.skip(skip).take(take).map(|row| self.resource(row, query.include));
            return Ok(Page::new(total, within(page, query.bounds)));
        }
        let needs = needs(kind, query);
        // not by creation time, since the clock may go back
        let place = |r: &Resource| Tie(self.by_id.get(&r.id).copied().unwrap_or_default(), String::new());
        select_by(all.map(|row| self.resource(row, needs)).collect(), kind, query, service, place)
    }

    pub(super) fn create(
        &mut self,
        Create { resource_type: kind, new, context }: Create<'_>,
    ) -> Result<Updated> {
        let seq = self.last + 1;
        self.check_keys(kind, &new.unique, seq)?;
        let joining = MemberChange { add: new.members, missing: new.missing, ..MemberChange::default() };
        let (members, skipped) = self.resolve(&joining)?;
        let row = Row {
            id: new.id.clone(),
            kind: kind.clone(),
            version: Version::FIRST,
            created: context.at,
            modified: context.at,
            display: display(&new.body),
            body: new.body.to_string().into(),
            keys: Vec::new(),
            members: BTreeSet::new(),
            owners: BTreeSet::new(),
        };
        self.last = seq;
        self.rows.insert(seq, row);
        self.by_id.insert(new.id, seq);
        self.by_kind.entry(kind.name.as_str().into()).or_default().insert(seq);
        self.put_keys(kind, seq, new.unique);
        for member in members {
            self.join(seq, member);
        }
        Ok(self.outcome(seq, Include::ALL, true)?.with_skipped(skipped))
    }

    pub(super) fn update(&mut self, asked: Update<'_>) -> Result<Updated> {
        let Update { resource_type: kind, id, change, include, context } = asked;
        let (seq, row) = self.find_row(kind, id).ok_or(StoreError::NotFound)?;
        check(change.expect, row.version)?;
        if change.body.is_some() {
            self.check_keys(kind, &change.unique, seq)?;
        }
        let (add, skipped) = self.resolve(&change.members)?;
        let MemberChange { clear, remove, .. } = change.members;

        let mut changed = self.change_members(seq, clear, &remove, add);
        if let Some(body) = change.body {
            self.put_keys(kind, seq, change.unique);
            changed |= self.put_body(seq, &body);
        }
        if changed {
            self.touch(seq, context.at);
        }
        Ok(self.outcome(seq, include, changed)?.with_skipped(skipped))
    }

    pub(super) fn delete(
        &mut self,
        Delete { resource_type: kind, id, expect, context }: Delete<'_>,
    ) -> Result<()> {
        let (seq, row) = self.find_row(kind, id).ok_or(StoreError::NotFound)?;
        check(expect, row.version)?;
        let Some(row) = self.rows.remove(&seq) else { return Err(StoreError::NotFound) };
        self.by_id.remove(id);
        if let Some(of_kind) = self.by_kind.get_mut(kind.name.as_str()) {
            of_kind.remove(&seq);
        }
        for key in &row.keys {
            self.by_key.remove(&slot(kind, key));
        }
        for member in &row.members {
            if let Some(member) = self.rows.get_mut(member) {
                member.owners.remove(&seq);
            }
        }
        for owner in row.owners {
            if let Some(group) = self.rows.get_mut(&owner) {
                group.members.remove(&seq);
            }
            // a client now sees the group differently (RFC 7644 section 3.14)
            self.touch(owner, context.at);
        }
        Ok(())
    }

    fn find_row(&self, kind: &ResourceType, id: &Id) -> Option<(Seq, &Row)> {
        let seq = *self.by_id.get(id)?;
        self.rows.get(&seq).filter(|row| row.kind.name == kind.name).map(|row| (seq, row))
    }

    fn resource(&self, row: &Row, include: Include) -> Resource {
        let links = |wanted: bool, ends: &BTreeSet<Seq>| {
            ends.iter().filter(|_| wanted).filter_map(|seq| self.rows.get(seq)).map(Row::link).collect()
        };
        Resource {
            id: row.id.clone(),
            version: row.version,
            created: row.created,
            modified: row.modified,
            body: Body::Text(row.body.clone()),
            members: links(include.members && row.kind.members().is_some(), &row.members),
            members_text: None,
            groups: links(include.groups && row.kind.groups().is_some(), &row.owners),
        }
    }

    fn outcome(&self, seq: Seq, include: Include, changed: bool) -> Result<Updated> {
        let row = self.rows.get(&seq).ok_or(StoreError::NotFound)?;
        Ok(Updated::new(self.resource(row, include), changed))
    }

    /// Checks that no other resource of the type has one of the keys.
    fn check_keys(&self, kind: &ResourceType, keys: &[UniqueKey], seq: Seq) -> Result<()> {
        let taken = |key: &&UniqueKey| self.by_key.get(&slot(kind, key)).is_some_and(|holder| *holder != seq);
        let conflict = |key: &UniqueKey| Err(StoreError::Conflict { attribute: key.attribute.clone() });
        keys.iter().find(taken).map_or(Ok(()), conflict)
    }

    fn put_keys(&mut self, kind: &ResourceType, seq: Seq, keys: Vec<UniqueKey>) {
        let Some(row) = self.rows.get_mut(&seq) else { return };
        for old in std::mem::take(&mut row.keys) {
            self.by_key.remove(&slot(kind, &old));
        }
        for new in &keys {
            self.by_key.insert(slot(kind, new), seq);
        }
        row.keys = keys;
    }

    /// Stores the body; whether it changed.
    fn put_body(&mut self, seq: Seq, body: &Object) -> bool {
        let text = body.to_string();
        match self.rows.get_mut(&seq) {
            Some(row) if *row.body != *text => {
                (row.display, row.body) = (display(body), text.into());
                true
            }
            _ => false,
        }
    }

    fn touch(&mut self, seq: Seq, at: Timestamp) {
        if let Some(row) = self.rows.get_mut(&seq) {
            row.version = row.version.next();
            // even if the clock went back, a change must not appear older than the previous one
            row.modified = at.max(row.modified);
        }
    }

    /// The members to add who exist, and those left out; an error if that is refused.
    fn resolve(&self, change: &MemberChange) -> Result<(Vec<Seq>, Vec<Id>)> {
        if let Some(unknown) = change.unknown(|id| self.by_id.contains_key(id)) {
            return Err(StoreError::UnknownMembers(unknown));
        }
        let (mut found, mut absent) = (Vec::new(), Vec::new());
        for id in &change.add {
            match self.by_id.get(id) {
                Some(seq) => found.push(*seq),
                None => absent.push(id.clone()),
            }
        }
        Ok((found, absent))
    }

    /// Changes members; whether this had any effect.
    fn change_members(&mut self, group: Seq, clear: bool, remove: &[Id], add: Vec<Seq>) -> bool {
        let mut leaving: Vec<Seq> = remove.iter().filter_map(|id| self.by_id.get(id)).copied().collect();
        if clear {
            let stay: BTreeSet<Seq> = add.iter().copied().collect();
            leaving.extend(self.rows.get(&group).into_iter().flat_map(|row| row.members.difference(&stay)));
        }
        let mut changed = false;
        for member in leaving {
            changed |= self.leave(group, member);
        }
        for member in add {
            changed |= self.join(group, member);
        }
        changed
    }

    fn join(&mut self, group: Seq, member: Seq) -> bool {
        let joined = self.rows.get_mut(&group).is_some_and(|row| row.members.insert(member));
        if let Some(row) = self.rows.get_mut(&member) {
            row.owners.insert(group);
        }
        joined
    }

    fn leave(&mut self, group: Seq, member: Seq) -> bool {
        let left = self.rows.get_mut(&group).is_some_and(|row| row.members.remove(&member));
        if let Some(row) = self.rows.get_mut(&member) {
            row.owners.remove(&group);
        }
        left
    }
}

impl Row {
    fn link(&self) -> Link {
        Link {
            id: self.id.clone(),
            resource_type: self.kind.name.as_str().into(),
            display: self.display.clone(),
        }
    }
}

fn slot(kind: &ResourceType, key: &UniqueKey) -> (Box<str>, String, String) {
    (kind.name.as_str().into(), key.attribute.clone(), key.key.clone())
}

fn display(body: &Object) -> Option<Box<str>> {
    body.str("displayName").map(Box::from)
}
