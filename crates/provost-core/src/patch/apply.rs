//! All operations on a document, in order: the result is a [`Change`], or nothing happened.

use super::resolve::{Resolved, Target};
use super::{Op, Patch, delta, elements, newcomers, secrets, target};
use crate::change::{Change, MemberChange};
use crate::error::{Error, ErrorKind, Place};
use crate::path::AttrRef;
use crate::policy::{Choice, Notes, Policy};
use crate::reference;
use crate::resource::Id;
use crate::schema::{Attribute, Extension, Mutability, ResourceType};
use crate::validate::{
    also_unique_keys, check_lengths, check_required, check_user_name, member_ids, merge_repeated,
    one_primary, split_secrets, stored_part, with_schemas,
};
use crate::value::{Object, Value};
use std::collections::HashSet;
use std::sync::Arc;

impl Policy {
    /// Whether an operation on a complex value takes its place instead of merging into it.
    pub(super) fn replaces_whole(self, op: Op, notes: &mut Notes) -> bool {
        let whole = self.replace_whole && op == Op::Replace;
        if whole {
            notes.record(Choice::ReplaceWhole);
        }
        whole
    }
}

pub(super) fn apply(patch: &Patch, current: &Object) -> Result<Change, Error> {
    // Members are left to the delta wherever that can say all: the document then need not hold them.
    apply_with(patch, current, patch.needs_members())
}

/// `with_members`: the document holds the members, and operations on them are worked out there.
pub(super) fn apply_with(patch: &Patch, current: &Object, with_members: bool) -> Result<Change, Error> {
    let kind = &*patch.kind;
    let (mut document, mut secrets) = (current.clone(), Object::new());
    let mut notes = Notes::default();
    for r in patch.operations.iter().filter(|r| with_members || !delta::is_about_members(r, kind)) {
        let had = needed(r, kind).map(|a| (Having::of(&document, &a), a));
        step(&mut document, r, patch, &mut notes).map_err(|e| e.at(r.place.clone()))?;
        // RFC 7644 section 3.5.2.2: removing a required attribute is an error of mutability, also where a later operation
        // would bring it back
        if let Some(lost) = had.and_then(|(had, a)| had.lost(&document, &a)) {
            return Err(cannot_go(&lost).at(r.place.clone()));
        }
        secrets::note(r, kind, &document, &mut secrets);
    }
    // the members are needed again below; a body never holds them
    let members = with_members.then(|| difference(patch, current, &document));
    let after = with_schemas(kind, stored_part(document, kind));
    check(current, &after, patch)?;
    let (after, set) = split_secrets(kind, after);
    let after = if set.is_empty() { after } else { with_schemas(kind, after) };
    secrets::merge(&mut secrets, set);
    if let Some(lost) = secrets::lost_required(kind, &secrets) {
        return Err(cannot_go(&lost));
    }
    let mut change = Change { secrets, notes, ..Change::default() };
    change.set_body(kind, current, after);
    if let Some(body) = &change.body {
        change.unique = also_unique_keys(patch.policy, kind, body);
    }
    change.members = match members {
        Some(members) => members,
        None => delta::fold(patch).unwrap_or_default(),
    };
    Ok(change)
}

/// The attribute that an operation is about, if a resource cannot be without it, or without a part of it.
fn needed(r: &Resolved, kind: &ResourceType) -> Option<AttrRef> {
    let a = match &r.target {
        Target::Attribute(a) | Target::Elements { attribute: a, .. } => a.whole(),
        Target::Extension(_) | Target::Schemas { .. } | Target::Unchanged(..) => return None,
    };
    let has_required = is_needed(a.attribute()) || a.attribute().sub_attributes.iter().any(|s| is_needed(s));
    (has_required && !delta::is_members(&a, kind)).then_some(a)
}

fn is_needed(a: &Attribute) -> bool {
    a.required && !matches!(a.mutability, Mutability::ReadOnly | Mutability::WriteOnly)
}

/// What of a required attribute there is.
struct Having {
    values: usize,
    /// Of each required part, how many values have it.
    parts: Vec<(Arc<Attribute>, usize)>,
}

impl Having {
    fn of(document: &Object, a: &AttrRef) -> Self {
        let values = a.value(document).map_or(&[][..], Value::elements);
        let with = |part: &Attribute| {
            let has = |v: &&Value| v.as_object().is_some_and(|o| o.contains(part.name.as_str()));
            values.iter().filter(has).count()
        };
        let parts = a.attribute().sub_attributes.iter().filter(|s| is_needed(s));
        Self { values: values.len(), parts: parts.map(|s| (s.clone(), with(s))).collect() }
    }

    /// What an operation took away of it: the attribute, or a part of a value that stays.
    fn lost(&self, document: &Object, a: &AttrRef) -> Option<String> {
        let now = Self::of(document, a);
        if is_needed(a.attribute()) && self.values > 0 && now.values == 0 {
            return Some(a.to_string());
        }
        for ((part, before), (_, after)) in self.parts.iter().zip(&now.parts) {
            let (lacked, lacking) = (self.values.saturating_sub(*before), now.values.saturating_sub(*after));
            if after < before && lacking > lacked {
                return Some(a.with_sub(part.clone()).to_string());
            }
        }
        None
    }
}

fn step(document: &mut Object, r: &Resolved, patch: &Patch, notes: &mut Notes) -> Result<(), Error> {
    let policy = patch.policy;
    match &r.target {
        Target::Attribute(a) => {
            target::attribute(document, a, r, policy, notes)?;
            settle(document, a, patch)
        }
        Target::Elements { attribute, filter, sub } => {
            elements::apply(document, attribute, filter, sub.as_ref(), r, policy, notes)?;
            settle(document, attribute, patch)
        }
        Target::Extension(schema) => {
            let gone = document.remove(schema.id.as_str());
            match patch.kind.extension(schema.id.as_str()) {
                Some(e) if e.required && gone.is_some() => Err(cannot_go(schema.id.as_str())),
                _ => Ok(()),
            }
        }
        Target::Unchanged(a, value) => {
            // Nothing would change: RFC 7644 section 3.5.2 forbids to modify, not to mention.
            if value.is_unassigned() || a.value(document) == Some(value) {
                return Ok(());
            }
            let said = format!("`{a}` is readOnly: it cannot be written");
            Err(Error::new(ErrorKind::Mutability, said).at(Place::attribute(a)))
        }
        Target::Schemas { keep } => {
            document.retain(|name, v| {
                let extension = v.as_object().is_some() && name.as_str().contains(':');
                !extension || keep.iter().any(|k| name.is(k))
            });
            Ok(())
        }
    }
}

/// `value` and `$ref` of what an operation wrote name the same resource, for the next operation too.
fn settle(document: &mut Object, a: &AttrRef, patch: &Patch) -> Result<(), Error> {
    if delta::is_members(a, &patch.kind) {
        newcomers::complete(document, a, patch);
        return all_named(document, a);
    }
    if !reference::is_reference(a.attribute()) {
        return Ok(());
    }
    if let Some(value) = a.value_mut(document) {
        reference::settle(a.attribute(), value, patch.service.as_ref());
        if let Value::Array(list) = value {
            merge_repeated(a.attribute(), list);
        }
    }
    Ok(())
}

/// A member without its id would be nobody.
fn all_named(document: &Object, members: &AttrRef) -> Result<(), Error> {
    let nameless = |v: &Value| v.as_object().and_then(|o| o.str("value")).is_none_or(str::is_empty);
    match members.value(document).is_some_and(|list| list.elements().iter().any(nameless)) {
        true => {
            let said = format!("a value of `{members}` would have no `value`");
            Err(Error::new(ErrorKind::InvalidValue, said)
                .at(Place::attribute(members))
                .with_remedy("remove it by a value path instead"))
        }
        false => Ok(()),
    }
}

/// What the operations left must be a resource that a POST could have made.
fn check(before: &Object, after: &Object, patch: &Patch) -> Result<(), Error> {
    // RFC 7644 section 3.5.2.2: removing a required attribute is an error of mutability
    if let Some(a) = lost_required(before, after, &patch.kind) {
        return Err(cannot_go(&a.to_string()));
    }
    check_required(after, &patch.kind, false)?;
    check_user_name(&patch.kind, Some(before), after)?;
    check_lengths(after, &patch.kind, &patch.limits)?;
    check_lists(after, patch)
}

fn cannot_go(at: &str) -> Error {
    Error::new(ErrorKind::Mutability, format!("`{at}` is required and cannot be removed"))
        .at(Place::attribute(at))
}

/// A required attribute that had a value and has none. An optional extension may go as a whole.
fn lost_required(before: &Object, after: &Object, kind: &ResourceType) -> Option<AttrRef> {
    let required = |a: &&Arc<Attribute>| a.required && a.mutability != Mutability::ReadOnly;
    let lost = |a: &AttrRef| a.value(before).is_some() && a.value(after).is_none();
    let core = kind.schema.attributes.iter().filter(required).map(|a| AttrRef::core(a.clone()));
    let stays = |e: &&Extension| e.required || after.contains(e.schema.id.as_str());
    let extended = kind.extensions.iter().filter(stays).flat_map(|e| {
        let attributes = e.schema.attributes.iter().filter(required);
        attributes.map(|a| AttrRef::extended(e.schema.clone(), a.clone()))
    });
    core.chain(extended).find(lost)
}

/// What holds for every list of values, however it came about.
fn check_lists(after: &Object, patch: &Patch) -> Result<(), Error> {
    let check = |at: &dyn Fn() -> String, v: &Value| match v.as_array() {
        Some(list) if list.len() > patch.limits.values => {
            let said =
                format!("`{}` would have {} values and may have {}", at(), list.len(), patch.limits.values);
            Err(Error::new(ErrorKind::InvalidValue, said).at(Place::attribute(at())))
        }
        Some(list) => one_primary(list, at),
        None => Ok(()),
    };
    for (name, value) in after.iter() {
        check(&|| name.to_string(), value)?;
        for (inner, v) in value.as_object().into_iter().flat_map(Object::iter) {
            check(&|| format!("{name}:{inner}"), v)?;
        }
    }
    Ok(())
}

fn difference(patch: &Patch, current: &Object, document: &Object) -> MemberChange {
    let Some(a) = patch.kind.members() else { return MemberChange::default() };
    let ids = |o: &Object| o.get(a.name.as_str()).map(member_ids).unwrap_or_default();
    let (before, after) = (ids(current), ids(document));
    let (old, new): (HashSet<&Id>, HashSet<&Id>) = (before.iter().collect(), after.iter().collect());
    let mut change = MemberChange {
        add: after.iter().filter(|id| !old.contains(id)).cloned().collect(),
        remove: before.iter().filter(|id| !new.contains(id)).cloned().collect(),
        missing: patch.policy.missing_members,
        ..MemberChange::default()
    };
    // a list that took the place of all others is told as one, so that a store can refuse it where nobody of it exists
    if patch.operations.iter().any(|r| delta::replaces_members(r, &patch.kind)) {
        (change.clear, change.add, change.remove) = (true, after, Vec::new());
    }
    delta::demand(patch, &mut change);
    change
}
