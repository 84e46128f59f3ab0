//! Changes of members that can be computed without knowing the members; their cost depends only on the members named.

use super::Patch;
use super::request::Op;
use super::resolve::{Resolved, Target};
use crate::change::{MemberChange, MissingMembers};
use crate::filter::{CompareOp, Operand, TypedFilter};
use crate::resource::Id;
use crate::schema::ResourceType;
use crate::validate::member_ids;
use crate::value::Value;
use std::collections::{HashMap, HashSet};

impl Resolved {
    /// Whether the target is the members.
    pub(super) fn is_about_members(&self, kind: &ResourceType) -> bool {
        match &self.target {
            Target::Attribute(a) | Target::Elements { attribute: a, .. } => kind.is_members(a),
            _ => false,
        }
    }

    /// Whether it replaces all members with a list.
    pub(super) fn replaces_members(&self, kind: &ResourceType) -> bool {
        let whole = matches!(&self.target, Target::Attribute(a) if a.sub().is_none());
        whole && self.op == Op::Replace && self.is_about_members(kind)
    }
}

/// The operations on members, folded into one in order; `None` if one of them needs to know the members.
pub(super) fn fold(patch: &Patch) -> Option<MemberChange> {
    let (mut clear, mut log) = (false, Vec::new());
    for r in patch.on_members() {
        let (op, ids) = edit(r)?;
        if op == Op::Replace {
            clear = true;
            log.clear();
        }
        log.extend(ids.into_iter().map(|id| (id, op != Op::Remove)));
    }
    // for each member the last operation counts; members are listed in the order they were added
    let last: HashMap<&Id, bool> = log.iter().map(|(id, joins)| (id, *joins)).collect();
    let mut once = HashSet::new();
    let mut ids = |wanted: bool| -> Vec<Id> {
        let named = log.iter().filter(|(id, joins)| *joins == wanted && last.get(id) == Some(&wanted));
        named.filter(|(id, _)| once.insert(id)).map(|(id, _)| id.clone()).collect()
    };
    let (add, remove) = (ids(true), if clear { Vec::new() } else { ids(false) });
    let missing = patch.policy.missing_members;
    let mut change = MemberChange { clear, add, remove, missing, ..MemberChange::default() };
    require(patch, &mut change);
    Some(change)
}

/// What an operation does to members, if that can be computed without knowing them. Removing all members is replacing
/// them with nobody.
fn edit(r: &Resolved) -> Option<(Op, Vec<Id>)> {
    match (&r.target, r.op) {
        (Target::Attribute(a), op) if a.sub().is_none() => {
            let listed = r.value.as_ref().map(member_ids).unwrap_or_default();
            Some((if op == Op::Add { Op::Add } else { Op::Replace }, listed))
        }
        (Target::Elements { filter, sub: None, .. }, Op::Remove) => Some((Op::Remove, named(filter)?)),
        _ => None,
    }
}

/// Adds the ids that must exist although they are not members in the end: each operation is applied to the result of
/// the previous one, so a name must exist even if a later operation removes it again.
pub(super) fn require(patch: &Patch, change: &mut MemberChange) {
    let operations: Vec<&Resolved> = patch.on_members().filter(|r| r.op != Op::Remove).collect();
    let touched = patch.on_members().next_back();
    let joining: HashSet<&Id> = match operations.len() {
        0 | 1 => HashSet::new(),
        _ => change.add.iter().collect(),
    };
    let mut some_of = Vec::new();
    for r in &operations {
        let is_last = touched.is_some_and(|last| std::ptr::eq(last, *r));
        match (written(r), r.replaces_members(&patch.kind)) {
            (WrittenIds::List(ids), true) if is_last => change.listed = !ids.is_empty(),
            (WrittenIds::List(ids), replaces) => match patch.policy.missing_members {
                MissingMembers::Refuse if operations.len() > 1 || !is_last => {
                    some_of.extend(ids.into_iter().filter(|id| !joining.contains(id)).map(|id| vec![id]));
                }
                MissingMembers::Skip if replaces => some_of.push(ids),
                MissingMembers::Refuse | MissingMembers::Skip => {}
            },
            // if the id of a member is changed, the new one must exist
            (WrittenIds::Value(id), _) => some_of.push(vec![id]),
            (WrittenIds::Nothing, _) => {}
        }
    }
    change.some_of = some_of;
}

/// The ids an operation writes.
enum WrittenIds {
    /// Whole members.
    List(Vec<Id>),
    /// The `value` of existing members.
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

/// The ids of `value eq "x"`, or of several such joined by `or`.
pub(super) fn named(filter: &TypedFilter) -> Option<Vec<Id>> {
    match filter {
        TypedFilter::Compare(c) if c.op == CompareOp::Eq && c.attribute.leaf().name.is("value") => {
            match &c.operand {
                // only if the schema compares exactly is the operand what was sent; a folded id is not the id
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
