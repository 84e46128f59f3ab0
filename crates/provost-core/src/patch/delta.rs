//! Changes of members that can be told without knowing who is a member: their cost is that of the members named.

use super::Patch;
use super::request::Op;
use super::resolve::{Resolved, Target};
use crate::change::{Change, MemberChange, MissingMembers};
use crate::filter::{CompareOp, Operand, TypedFilter};
use crate::path::AttrRef;
use crate::resource::Id;
use crate::schema::ResourceType;
use crate::validate::member_ids;
use crate::value::Value;
use std::collections::HashSet;

/// The change, when all operations are about members and can be told so.
pub(super) fn plan(patch: &Patch) -> Option<Change> {
    patch.kind.members()?;
    if !patch.operations.iter().all(|r| is_about_members(r, &patch.kind)) {
        return None;
    }
    Some(Change { members: fold(patch)?, ..Change::default() })
}

/// Whether an operation on members is none of those that can be told without knowing them.
pub(super) fn needs_members(patch: &Patch) -> bool {
    fold(patch).is_none()
}

/// Whether the operation's target is the members.
pub(super) fn is_about_members(r: &Resolved, kind: &ResourceType) -> bool {
    match &r.target {
        Target::Attribute(a) | Target::Elements { attribute: a, .. } => is_members(a, kind),
        _ => false,
    }
}

/// Whether it is the attribute whose values are members.
pub(super) fn is_members(a: &AttrRef, kind: &ResourceType) -> bool {
    a.extension().is_none() && kind.members().is_some_and(|m| m.name == a.attribute().name)
}

/// Whether the operation puts a list in the place of all members.
pub(super) fn replaces_members(r: &Resolved, kind: &ResourceType) -> bool {
    let whole = matches!(&r.target, Target::Attribute(a) if a.sub().is_none());
    whole && r.op == Op::Replace && is_about_members(r, kind)
}

/// The operations on members folded into one, in order; `None` when one of them needs to know the members.
pub(super) fn fold(patch: &Patch) -> Option<MemberChange> {
    let mut sum = Sum::default();
    for r in patch.operations.iter().filter(|r| is_about_members(r, &patch.kind)) {
        sum.apply(step(r)?);
    }
    let mut change = sum.into_change(patch);
    demand(patch, &mut change);
    Some(change)
}

/// Adds who must exist besides those who join in the end: each operation is done on what the one before has left, so what
/// one names must not be forgotten because a later one takes it back.
pub(super) fn demand(patch: &Patch, change: &mut MemberChange) {
    let operations: Vec<&Resolved> =
        patch.operations.iter().filter(|r| is_about_members(r, &patch.kind) && r.op != Op::Remove).collect();
    let touched = patch.operations.iter().rfind(|r| is_about_members(r, &patch.kind));
    let joining: HashSet<&Id> = match operations.len() {
        0 | 1 => HashSet::new(),
        _ => change.add.iter().collect(),
    };
    let mut some_of = Vec::new();
    for r in &operations {
        let is_last = touched.is_some_and(|last| std::ptr::eq(last, *r));
        match (written(r), replaces_members(r, &patch.kind)) {
            (WrittenIds::List(ids), true) if is_last => change.listed = !ids.is_empty(),
            (WrittenIds::List(ids), replaces) => match patch.policy.missing_members {
                MissingMembers::Refuse if operations.len() > 1 || !is_last => {
                    some_of.extend(ids.into_iter().filter(|id| !joining.contains(id)).map(|id| vec![id]));
                }
                MissingMembers::Skip if replaces => some_of.push(ids),
                MissingMembers::Refuse | MissingMembers::Skip => {}
            },
            // who is renamed into somebody else must be somebody
            (WrittenIds::Value(id), _) => some_of.push(vec![id]),
            (WrittenIds::Nothing, _) => {}
        }
    }
    change.some_of = some_of;
}

/// The ids that an operation writes.
enum WrittenIds {
    /// Whole members.
    List(Vec<Id>),
    /// The `value` of members that are there.
    Value(Id),
    Nothing,
}

fn written(r: &Resolved) -> WrittenIds {
    let value = |v: &Value| v.as_str().map_or(WrittenIds::Nothing, |id| WrittenIds::Value(Id::from(id)));
    let sub = match &r.target {
        Target::Attribute(a) => a.sub(),
        Target::Elements { sub, .. } => sub.as_ref(),
        _ => return WrittenIds::Nothing,
    };
    match (&r.target, sub, &r.value) {
        (Target::Attribute(_), None, Some(list)) => WrittenIds::List(member_ids(list)),
        (_, Some(sub), Some(v)) if sub.name.is("value") => value(v),
        (Target::Elements { .. }, None, Some(Value::Object(o))) => {
            o.get("value").map_or(WrittenIds::Nothing, value)
        }
        _ => WrittenIds::Nothing,
    }
}

enum MemberEdit {
    Add(Vec<Id>),
    Remove(Vec<Id>),
    Replace(Vec<Id>),
}

fn step(r: &Resolved) -> Option<MemberEdit> {
    let listed = || r.value.as_ref().map(member_ids).unwrap_or_default();
    match (&r.target, r.op) {
        (Target::Attribute(a), Op::Add) if a.sub().is_none() => Some(MemberEdit::Add(listed())),
        (Target::Attribute(a), Op::Replace) if a.sub().is_none() => Some(MemberEdit::Replace(listed())),
        (Target::Attribute(a), Op::Remove) if a.sub().is_none() => Some(MemberEdit::Replace(Vec::new())),
        (Target::Elements { filter, sub: None, .. }, Op::Remove) => Some(MemberEdit::Remove(named(filter)?)),
        _ => None,
    }
}

/// The ids of `value eq "x"`, or of several such joined by `or`.
pub(super) fn named(filter: &TypedFilter) -> Option<Vec<Id>> {
    match filter {
        TypedFilter::Compare(c) if c.op == CompareOp::Eq && c.attribute.leaf().name.is("value") => {
            match &c.operand {
                // a folded id would not be the id: only where the schema compares exactly is the operand what was sent
                Operand::Text(id) if c.attribute.leaf().case_exact => Some(vec![Id::from(&**id)]),
                _ => None,
            }
        }
        TypedFilter::Or(all) => {
            let parts: Option<Vec<Vec<Id>>> = all.iter().map(named).collect();
            Some(parts?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// Insertion order is kept: members are listed in the order they joined.
#[derive(Default)]
struct Sum {
    clear: bool,
    add: Vec<Id>,
    adding: HashSet<Id>,
    remove: Vec<Id>,
    removing: HashSet<Id>,
}

impl Sum {
    fn apply(&mut self, step: MemberEdit) {
        match step {
            MemberEdit::Add(ids) => self.add(ids),
            MemberEdit::Remove(ids) => self.remove(ids),
            MemberEdit::Replace(ids) => {
                *self = Self { clear: true, ..Self::default() };
                self.add(ids);
            }
        }
    }

    fn add(&mut self, ids: Vec<Id>) {
        for id in ids {
            self.removing.remove(&id);
            if self.adding.insert(id.clone()) {
                self.add.push(id);
            }
        }
    }

    fn remove(&mut self, ids: Vec<Id>) {
        for id in ids {
            self.adding.remove(&id);
            if self.removing.insert(id.clone()) {
                self.remove.push(id);
            }
        }
    }

    /// The lists may still hold ids that a later operation took back; the sets know.
    fn into_change(self, patch: &Patch) -> MemberChange {
        let Self { clear, add, adding, remove, removing } = self;
        let mut once = HashSet::new();
        let add = add.into_iter().filter(|id| adding.contains(id) && once.insert(id.clone())).collect();
        let mut once = HashSet::new();
        let mut kept = |id: &Id| !clear && removing.contains(id) && once.insert(id.clone());
        let remove = remove.into_iter().filter(|id| kept(id)).collect();
        MemberChange { clear, add, remove, missing: patch.policy.missing_members, ..MemberChange::default() }
    }
}
