//! Applies all operations to a document, in order: the result is a [`Change`], or nothing happened.

use super::bounds::{Effort, Work, check_lists, check_size};
use super::resolve::{Resolved, Target, read_only};
use super::target::Step;
use super::{Patch, delta, newcomers, secrets};
use crate::change::{Change, MemberChange};
use crate::error::{Error, ErrorKind};
use crate::path::AttrRef;
use crate::policy::Notes;
use crate::reference;
use crate::resource::Id;
use crate::schema::{Attribute, Mutability, ResourceType};
use crate::validate::{
    also_unique_keys, check_lengths, check_required, check_user_name, member_ids, merge_repeated,
    split_secrets, stored_part, with_schemas,
};
use crate::value::{Object, Value};
use std::collections::HashSet;
use std::sync::Arc;

/// `delta` is the result of the operations on members. If it cannot be known without the members, the document contains
/// them and the operations are applied to it.
pub(super) fn apply(
    patch: &Patch,
    current: &Object,
    delta: Option<MemberChange>,
    effort: &mut Effort,
) -> Result<Change, Error> {
    let kind = &*patch.kind;
    let (mut document, mut secrets) = (current.clone(), Object::new());
    let (mut notes, mut work) = (Notes::default(), Work::within(&patch.limits, effort));
    for r in patch.operations.iter().filter(|r| delta.is_none() || !r.is_about_members(kind)) {
        let had = needed(r, kind).map(|a| (Having::of(&document, &a), a));
        let at = |e: Error| e.at(r.place.clone());
        work.count(r, &document, kind).map_err(at)?;
        step(&mut document, r, patch, &mut notes).map_err(at)?;
        work.check(r, &document, kind).map_err(at)?;
        // RFC 7644 section 3.5.2.2: removing a required attribute is a mutability error, even if a later operation
        // would set it again
        if let Some(lost) = had.and_then(|(had, a)| had.lost(&document, &a)) {
            return Err(cannot_go(&lost).at(r.place.clone()));
        }
        secrets::note(r, kind, &document, &mut secrets);
    }
    // a body never contains members
    let members = delta.unwrap_or_else(|| difference(patch, current, &document));
    let after = with_schemas(kind, stored_part(document, kind));
    check(current, &after, patch)?;
    let (after, set) = split_secrets(kind, after);
    let after = if set.is_empty() { after } else { with_schemas(kind, after) };
    secrets::merge(&mut secrets, set);
    if let Some(lost) = secrets::lost_required(kind, &secrets) {
        return Err(cannot_go(&lost));
    }
    let mut change = Change { members, secrets, notes, ..Change::default() };
    change.set_body(kind, current, after);
    if let Some(body) = &change.body {
        change.unique = also_unique_keys(patch.policy, kind, body);
    }
    Ok(change)
}

/// The attribute an operation is about, if it or a part of it is required.
fn needed(r: &Resolved, kind: &ResourceType) -> Option<AttrRef> {
    let a = match &r.target {
        Target::Attribute(a) | Target::Elements { attribute: a, .. } => a.whole(),
        Target::Extension(_) | Target::Schemas { .. } | Target::Unchanged(..) => return None,
    };
    let has_required = is_needed(a.attribute()) || a.attribute().sub_attributes.iter().any(|s| is_needed(s));
    (has_required && !kind.is_members(&a)).then_some(a)
}

fn is_needed(a: &Attribute) -> bool {
    a.required && !matches!(a.mutability, Mutability::ReadOnly | Mutability::WriteOnly)
}

/// What exists of a required attribute.
struct Having {
    values: usize,
    /// For each required part, how many values have it.
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

    /// What an operation took away: the attribute, or a part of a value that stays.
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
    let mut step = Step { operation: r, policy: patch.policy, notes };
    match &r.target {
        Target::Attribute(a) => {
            step.attribute(document, a)?;
            settle(document, a, patch)
        }
        Target::Elements { attribute, filter, sub } => {
            step.elements(document, attribute, filter, sub.as_ref())?;
            settle(document, attribute, patch)
        }
        Target::Extension(schema) => drop_extensions(document, patch, |urn| schema.id.is(urn)),
        Target::Schemas { keep } => {
            drop_extensions(document, patch, |urn| !keep.iter().any(|k| k.eq_ignore_ascii_case(urn)))
        }
        // Nothing would change: RFC 7644 section 3.5.2 forbids modifying it, not mentioning it.
        Target::Unchanged(a, value) if value.is_unassigned() || a.value(document) == Some(value) => Ok(()),
        Target::Unchanged(a, _) => Err(read_only(a)),
    }
}

/// Removes the objects of extensions, and those of schemas that the type used to have.
fn drop_extensions(document: &mut Object, patch: &Patch, goes: impl Fn(&str) -> bool) -> Result<(), Error> {
    let mut required = patch.kind.extensions.iter().filter(|e| e.required).map(|e| e.schema.id.as_str());
    if let Some(urn) = required.find(|urn| goes(urn) && document.contains(urn)) {
        return Err(cannot_go(urn));
    }
    document.retain(|name, v| {
        let is_extension = v.as_object().is_some() && name.as_str().contains(':');
        !is_extension || !goes(name.as_str())
    });
    Ok(())
}

/// Makes `value` and `$ref` that an operation wrote refer to the same resource, also for the next operation.
fn settle(document: &mut Object, a: &AttrRef, patch: &Patch) -> Result<(), Error> {
    if patch.kind.is_members(a) {
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

/// A member without an id would be nobody.
fn all_named(document: &Object, members: &AttrRef) -> Result<(), Error> {
    let nameless = |v: &Value| v.as_object().and_then(|o| o.str("value")).is_none_or(str::is_empty);
    if members.value(document).is_some_and(|list| list.elements().iter().any(nameless)) {
        let fault = "would hold a value without `value`";
        return Err(Error::of_attribute(ErrorKind::InvalidValue, members, fault)
            .with_remedy("remove it by a value path instead"));
    }
    Ok(())
}

/// The result must be a resource that a POST could have created.
fn check(before: &Object, after: &Object, patch: &Patch) -> Result<(), Error> {
    check_required(after, &patch.kind, false)?;
    check_user_name(&patch.kind, Some(before), after)?;
    check_lengths(after, &patch.kind, &patch.limits)?;
    check_lists(after, &patch.limits)?;
    check_size(before, after, &patch.limits, &patch.kind)
}

fn cannot_go(at: &str) -> Error {
    Error::of_attribute(ErrorKind::Mutability, at, "is required and cannot be removed")
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
    // a list that replaces all members is marked as one, so that a store can refuse it if nobody in it exists
    if patch.operations.iter().any(|r| r.replaces_members(&patch.kind)) {
        (change.clear, change.add, change.remove) = (true, after, Vec::new());
    }
    delta::require(patch, &mut change);
    change
}
