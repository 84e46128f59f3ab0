//! All operations on a document, in order: the result is a [`Change`], or nothing happened.

use super::resolve::{Resolved, Target};
use super::{Op, Patch, Policy, delta, elements, newcomers, secrets, target};
use crate::change::{Change, MemberChange};
use crate::compat::{Notes, Profile, RuleId};
use crate::error::{Error, ErrorKind};
use crate::path::AttrRef;
use crate::reference;
use crate::resource::Id;
use crate::schema::{Attribute, Extension, Mutability, ResourceType};
use crate::validate::{
    AlsoUnique, check_lengths, check_required, check_user_name, member_ids, one_primary, split_secrets,
    stored_part, with_schemas,
};
use crate::value::{Object, Value};
use std::collections::HashSet;
use std::sync::Arc;

impl Policy {
    pub(super) fn of(profile: &Profile) -> Self {
        Self {
            replace_whole: profile.has(RuleId::ReplaceWhole),
            prune: profile.has(RuleId::EmptyString),
            missing: crate::validate::missing_members(profile),
            also_unique: AlsoUnique::of(profile),
            last_primary: profile.has(RuleId::LastPrimary),
        }
    }

    /// Whether an operation on a complex value takes its place instead of merging into it.
    pub(super) fn replaces_whole(self, op: Op, notes: &mut Notes) -> bool {
        let whole = self.replace_whole && op == Op::Replace;
        if whole {
            notes.fire(RuleId::ReplaceWhole);
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
        let before = needed(r, kind).map(|a| (a.value(&document).is_some(), a));
        step(&mut document, r, patch, &mut notes).map_err(|e| e.at(&r.place))?;
        // RFC 7644 section 3.5.2.2: removing a required attribute is an error of mutability, also where a later operation
        // would bring it back
        if let Some((true, a)) = before
            && lacks(&document, &a)
        {
            return Err(cannot_go(&a.to_string()).at(&r.place));
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
        change.unique = unique(patch, body);
    }
    change.members = match members {
        Some(members) => members,
        None => delta::fold(patch).unwrap_or_default(),
    };
    Ok(change)
}

pub(super) fn unique(patch: &Patch, body: &Object) -> Vec<crate::change::UniqueKey> {
    patch.policy.also_unique.keys(&patch.kind, body)
}

/// The attribute that an operation is about, if a resource cannot be without it.
fn needed(r: &Resolved, kind: &ResourceType) -> Option<AttrRef> {
    let required = |a: &Attribute| a.required && a.mutability != Mutability::ReadOnly;
    let of = |a: &AttrRef, sub: Option<&Arc<Attribute>>| match sub.filter(|s| required(s)) {
        Some(sub) => Some(a.with_sub(sub.clone())),
        None => required(a.attribute()).then(|| a.whole()),
    };
    match &r.target {
        Target::Attribute(a) => of(a, a.sub()),
        Target::Elements { attribute, sub, .. } => of(attribute, sub.as_ref()),
        Target::Extension(_) | Target::Schemas { .. } | Target::Unchanged(..) => None,
    }
    .filter(|a| !delta::is_members(a, kind))
}

/// Whether there is no value, or one without the part.
fn lacks(document: &Object, a: &AttrRef) -> bool {
    match (a.value(document), a.sub()) {
        (None, None) => true,
        (Some(value), Some(sub)) => {
            value.elements().iter().filter_map(Value::as_object).any(|o| !o.contains(sub.name.as_str()))
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn step(document: &mut Object, r: &Resolved, patch: &Patch, notes: &mut Notes) -> Result<(), Error> {
    let policy = patch.policy;
    match &r.target {
        Target::Attribute(a) => {
            target::attribute(document, a, r, policy, notes)?;
            settle(document, a, patch);
            Ok(())
        }
        Target::Elements { attribute, filter, sub } => {
            elements::apply(document, attribute, filter, sub.as_ref(), r, policy, notes)?;
            settle(document, attribute, patch);
            Ok(())
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
            Err(Error::new(ErrorKind::Mutability, said))
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
fn settle(document: &mut Object, a: &AttrRef, patch: &Patch) {
    if delta::is_members(a, &patch.kind) {
        return newcomers::complete(document, a, patch);
    }
    if !reference::is_reference(a.attribute()) {
        return;
    }
    if let Some(value) = a.value_mut(document) {
        reference::settle(a.attribute(), value, patch.site.as_ref());
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
            Err(Error::new(ErrorKind::InvalidValue, said))
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
    let missing = patch.policy.missing;
    // a list that took the place of all others is told as one, so that a store can refuse it where nobody of it exists
    if patch.operations.iter().any(|r| delta::replaces_members(r, &patch.kind)) {
        return MemberChange { clear: true, add: after, remove: Vec::new(), missing };
    }
    let (old, new): (HashSet<&Id>, HashSet<&Id>) = (before.iter().collect(), after.iter().collect());
    MemberChange {
        clear: false,
        add: after.iter().filter(|id| !old.contains(id)).cloned().collect(),
        remove: before.iter().filter(|id| !new.contains(id)).cloned().collect(),
        missing,
    }
}
