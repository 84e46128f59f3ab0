//! Operations on one attribute of a document.

use super::request::Op;
use super::resolve::Resolved;
use crate::error::{Error, ErrorKind};
use crate::path::AttrRef;
use crate::policy::{Choice, Notes, Policy};
use crate::reference;
use crate::schema::{Attribute, Mutability};
use crate::validate::{Distinct, immutable, is_members, is_primary, keep_parts, merge_repeated};
use crate::value::{Object, Value};

/// The object that contains an attribute: the document, or an extension's object in it.
pub(super) fn container<'a>(document: &'a mut Object, a: &AttrRef) -> Option<&'a mut Object> {
    match a.extension() {
        None => Some(document),
        Some(schema) => {
            document.get_or_insert_with(schema.id.as_str(), || Value::Object(Object::new())).as_object_mut()
        }
    }
}

/// Applies one operation to a document.
pub(super) struct Step<'a> {
    pub(super) operation: &'a Resolved,
    pub(super) policy: Policy,
    pub(super) notes: &'a mut Notes,
}

impl Step<'_> {
    /// Applies an operation to an attribute, or to one of its sub-attributes.
    pub(super) fn attribute(&mut self, document: &mut Object, a: &AttrRef) -> Result<(), Error> {
        let name = a.attribute().name.as_str();
        let old = a.value(document).cloned().filter(|v| !v.is_unassigned());
        let mut new = match a.sub() {
            Some(sub) => self.sub_attribute(old.as_ref(), a, sub)?,
            None => self.whole(old.as_ref(), a.attribute())?,
        };
        if old.is_some() && old != new {
            guard_immutable(a, old.as_ref(), new.as_ref())?;
            // members are added and removed as a whole: naming an existing one again changes nothing
            if let (None, Some(old), Some(new)) = (a.sub(), &old, &mut new)
                && !(a.extension().is_none() && a.attribute().name.is("members"))
            {
                keep_parts(a.attribute(), old, new, &a.to_string())?;
            }
        }
        let Some(container) = container(document, a) else { return Ok(()) };
        match new.filter(|v| !v.is_unassigned()) {
            Some(v) => container.insert(name, v),
            None => container.remove(name),
        };
        Ok(())
    }

    fn whole(&mut self, old: Option<&Value>, a: &Attribute) -> Result<Option<Value>, Error> {
        // RFC 7643 section 2.5: null and an empty array clear
        let Some(value) = self.operation.value.clone() else { return Ok(None) };
        if a.multi_valued {
            let list = match value {
                Value::Array(list) => list,
                one => vec![one],
            };
            let list = list.into_iter().map(without_nulls).filter(|v| !v.is_unassigned()).collect();
            let mut list = match (self.operation.op, old) {
                (Op::Add, Some(Value::Array(old))) => added(a, old, list)?,
                _ => list,
            };
            merge_repeated(a, &mut list);
            return Ok(Some(Value::Array(list)));
        }
        Ok(match (a.is_complex(), old, value) {
            // RFC 7644 section 3.5.2.3: "sub-attributes that are not specified ... are left unchanged"
            (true, Some(Value::Object(old)), Value::Object(new)) if !self.replaces_whole() => {
                Some(Value::Object(merged(a, old, new)?))
            }
            (_, _, new) => Some(without_nulls(new)),
        })
    }

    /// Whether the operation's complex value replaces the old one instead of being merged into it.
    pub(super) fn replaces_whole(&mut self) -> bool {
        let whole = self.policy.replace_whole && self.operation.op == Op::Replace;
        if whole {
            self.notes.record(Choice::ReplaceWhole);
        }
        whole
    }

    /// `name.givenName`; for a multi-valued attribute, the sub-attribute of every value.
    fn sub_attribute(
        &mut self,
        old: Option<&Value>,
        whole: &AttrRef,
        sub: &Attribute,
    ) -> Result<Option<Value>, Error> {
        let (a, value) = (whole.attribute(), self.operation.value.as_ref());
        let set = |o: &mut Object| set_whole_part(o, a, sub, value);
        Ok(match old {
            Some(Value::Array(list)) => {
                let mut list = list.clone();
                list.iter_mut().filter_map(Value::as_object_mut).try_for_each(set)?;
                if list.len() > 1 && self.makes_primary(Some(sub)) {
                    self.several_primary(whole)?;
                    let last = list.len() - 1;
                    only_primary(&mut list, last);
                }
                list.retain(|v| !(v.is_unassigned() || self.policy.prune && v.is_idle()));
                merge_repeated(a, &mut list);
                Some(Value::Array(list))
            }
            Some(Value::Object(o)) => {
                let mut o = o.clone();
                set(&mut o)?;
                Some(Value::Object(o))
            }
            // RFC 7644 section 3.5.2.3: "If the target location path specifies an attribute that does not exist, the
            // service provider SHALL treat the operation as an "add"."
            _ => {
                let mut o = Object::new();
                set(&mut o)?;
                let one = Value::Object(o);
                Some(if a.multi_valued { Value::Array(vec![one]) } else { one })
            }
        })
    }

    /// Whether the operation makes every element it writes primary.
    pub(super) fn makes_primary(&self, sub: Option<&Attribute>) -> bool {
        match (sub, &self.operation.value) {
            (Some(sub), value) => sub.name.is("primary") && *value == Some(Value::Bool(true)),
            (None, value) => value.as_ref().is_some_and(is_primary),
        }
    }

    /// RFC 7643 section 2.4: "The primary attribute value 'true' MUST appear no more than once." If one value would
    /// make several primary, only a policy where the last of a list wins accepts it.
    pub(super) fn several_primary(&mut self, a: &AttrRef) -> Result<(), Error> {
        if self.policy.last_primary {
            self.notes.record(Choice::LastPrimary);
            return Ok(());
        }
        Err(Error::of_attribute(ErrorKind::InvalidValue, a, "would have more than one primary value")
            .with_remedy("choose one with a value path"))
    }
}

/// RFC 7643 section 7: an immutable attribute "SHALL NOT be updated" once it has a value.
fn guard_immutable(a: &AttrRef, old: Option<&Value>, new: Option<&Value>) -> Result<(), Error> {
    let (had, has) = (written(a, old), written(a, new));
    if a.leaf().mutability == Mutability::Immutable && had.is_some() && had != has {
        return Err(immutable(a));
    }
    Ok(())
}

/// The part of a single value that a path names.
fn written<'v>(a: &AttrRef, whole: Option<&'v Value>) -> Option<&'v Value> {
    match a.sub() {
        Some(sub) => whole?.as_object()?.get(sub.name.as_str()),
        None => whole,
    }
}

/// RFC 7644 section 3.5.2.1: values are appended; "if the value already exists, no changes SHOULD be made".
fn added(a: &Attribute, old: &[Value], new: Vec<Value>) -> Result<Vec<Value>, Error> {
    if is_members(a) {
        // naming an existing member again changes nothing
        let mut out = [old, &new].concat();
        merge_repeated(a, &mut out);
        return Ok(out);
    }
    let mut out: Distinct = old.iter().cloned().collect();
    for value in new {
        let becomes_primary = is_primary(&value);
        let at = match out.add(value) {
            (at, Some(Value::Object(new))) => {
                if let Some(Value::Object(there)) = out.get_mut(at) {
                    *there = merged(a, there, new)?;
                }
                at
            }
            (at, _) => at,
        };
        if becomes_primary {
            only_primary(out.values_mut(), at);
        }
    }
    Ok(out.into_values())
}

/// RFC 7644 section 3.5.2: a new primary value sets "primary" of the others to false.
pub(super) fn only_primary(list: &mut [Value], primary: usize) {
    for (n, value) in list.iter_mut().enumerate() {
        if n != primary
            && is_primary(value)
            && let Some(o) = value.as_object_mut()
        {
            o.insert("primary", false);
        }
    }
}

/// Sets sub-attributes, and clears those that are null, except for immutable ones, which `remove` would not clear
/// either.
pub(super) fn merged(a: &Attribute, old: &Object, mut new: Object) -> Result<Object, Error> {
    reference::complete(a, old, &mut new);
    let mut out = old.clone();
    for (name, value) in new {
        match (value, a.sub(name.as_str())) {
            (Value::Null, Some(sub)) => set_part(&mut out, sub, None)?,
            (Value::Null, None) => drop(out.remove(name.as_str())),
            (value, _) => drop(out.insert(name, value)),
        }
    }
    Ok(out)
}

pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(mut o) => {
            o.retain(|_, v| *v != Value::Null);
            Value::Object(o)
        }
        other => other,
    }
}

/// Sets a sub-attribute. If it identifies a resource that another sub-attribute identifies too, that one follows.
pub(super) fn set_whole_part(
    o: &mut Object,
    a: &Attribute,
    sub: &Attribute,
    value: Option<&Value>,
) -> Result<(), Error> {
    let mut new = Object::new();
    new.insert(sub.name.clone(), value.cloned().unwrap_or(Value::Null));
    reference::complete(a, o, &mut new);
    for (name, value) in new {
        let part = a.sub(name.as_str()).map_or(sub, |part| part);
        set_part(o, part, Some(value).filter(|v| *v != Value::Null))?;
    }
    Ok(())
}

pub(super) fn set_part(o: &mut Object, sub: &Attribute, value: Option<Value>) -> Result<(), Error> {
    let name = sub.name.as_str();
    let same = o.get(name) == value.as_ref();
    if sub.mutability == Mutability::Immutable && !same && o.get(name).is_some_and(|v| !v.is_unassigned()) {
        return Err(immutable(name));
    }
    match value {
        Some(v) => o.insert(name, v),
        None => o.remove(name),
    };
    Ok(())
}
