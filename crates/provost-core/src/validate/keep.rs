//! What a PUT leaves unchanged: immutable values, and the server's own.

use super::attributes::is_blank;
use super::repeated;
use crate::error::{Error, ErrorKind};
use crate::fold::{Folding, fold};
use crate::schema::{Attribute, Mutability, ResourceType, Type};
use crate::time::Timestamp;
use crate::value::{Object, Value};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Copies from `before` what a PUT does not touch.
///
/// RFC 7644 section 3.5.1: readOnly values "SHALL be ignored"; for immutable ones "the input value(s) MUST match", else
/// 400 `mutability`. An absent immutable attribute stays, since it could not be set again.
pub(super) fn keep(kind: &ResourceType, before: &Object, after: &mut Object) -> Result<(), Error> {
    keep_all(&kind.schema.attributes, before, after, "")?;
    for e in &kind.extensions {
        let urn = e.schema.id.as_str();
        let Some(old) = before.get(urn).and_then(Value::as_object) else { continue };
        let container = after.get_or_insert_with(urn, || Value::Object(Object::new()));
        if let Some(new) = container.as_object_mut() {
            keep_all(&e.schema.attributes, old, new, &format!("{urn}:"))?;
            if new.is_empty() {
                after.remove(urn);
            }
        }
    }
    Ok(())
}

fn keep_all(list: &[Arc<Attribute>], before: &Object, after: &mut Object, prefix: &str) -> Result<(), Error> {
    for a in list {
        let name = a.name.as_str();
        let Some(old) = before.get(name).filter(|v| !v.is_unassigned()) else { continue };
        match (a.mutability, after.get_mut(name)) {
            (Mutability::ReadOnly, _) | (Mutability::Immutable, None) => {
                after.insert(name, old.clone());
            }
            (Mutability::Immutable, Some(new)) => {
                if !same(a, old, new) {
                    return Err(immutable(format_args!("{prefix}{name}")));
                }
                // the same value in another spelling is no change
                new.clone_from(old);
            }
            (_, Some(new)) => keep_parts(a, old, new, &format!("{prefix}{name}"))?,
            (_, None) => {}
        }
    }
    Ok(())
}

/// The same for the parts of a complex attribute: immutable ones must match and stay, and the server's own stay.
///
/// Elements of a multi-valued attribute are the same if their `value` is; others are new.
pub(crate) fn keep_parts(a: &Attribute, old: &Value, new: &mut Value, at: &str) -> Result<(), Error> {
    let kept = |s: &Arc<Attribute>| matches!(s.mutability, Mutability::ReadOnly | Mutability::Immutable);
    if !a.sub_attributes.iter().any(kept) {
        return Ok(());
    }
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => keep_object(a, old, new, at),
        (Value::Array(old), Value::Array(new)) => {
            let Some(key) = a.sub("value") else { return Ok(()) };
            let comparable = |o: &Object| o.get(key.name.as_str()).map(|v| comparable(key, v));
            // if several have the same value, it is not known which is meant
            let mut known: HashMap<String, Option<&Object>> = HashMap::with_capacity(old.len());
            for old in old.iter().filter_map(Value::as_object) {
                let Some(key) = comparable(old) else { continue };
                known.entry(key).and_modify(|twins| *twins = None).or_insert(Some(old));
            }
            for (n, new) in new.iter_mut().enumerate() {
                let Some(new) = new.as_object_mut() else { continue };
                if let Some(Some(old)) = comparable(new).and_then(|key| known.get(&key)) {
                    keep_object(a, old, new, &format!("{at}[{n}]"))?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn keep_object(a: &Attribute, old: &Object, new: &mut Object, at: &str) -> Result<(), Error> {
    // The server's part describes what `value` identifies, and would be wrong for another value.
    let same_thing = a.sub("value").is_none_or(|v| same_part(v, old, new));
    for sub in &a.sub_attributes {
        let name = sub.name.as_str();
        let Some(had) = old.get(name).filter(|v| !is_blank(v)) else { continue };
        let stays = match (sub.mutability, new.get(name)) {
            (Mutability::ReadOnly, _) => same_thing,
            (Mutability::Immutable, Some(has)) if !same(sub, had, has) => {
                return Err(immutable(format_args!("{at}.{name}")));
            }
            (Mutability::Immutable, _) => true,
            _ => false,
        };
        if stays {
            new.insert(name, had.clone());
        }
    }
    Ok(())
}

fn same_part(part: &Attribute, a: &Object, b: &Object) -> bool {
    match (a.get(part.name.as_str()), b.get(part.name.as_str())) {
        (Some(a), Some(b)) => same(part, a, b),
        _ => false,
    }
}

/// A text that two simple values have in common exactly if they are the [`same`].
fn comparable(a: &Attribute, value: &Value) -> String {
    match value {
        Value::String(text) => match a.kind {
            Type::DateTime => Timestamp::parse(text).map_or_else(String::new, |t| t.to_string()),
            _ if a.case_exact => text.clone(),
            _ => fold(Folding::Caseless, text).into_owned(),
        },
        other => {
            let mut out = String::new();
            repeated::write(other, &mut out);
            out
        }
    }
}

/// Whether two values are the same as compared for their attribute: without case if it says so, instants regardless of
/// spelling, lists in any order, and without the parts that clients do not write.
fn same(a: &Attribute, x: &Value, y: &Value) -> bool {
    match (x, y) {
        (Value::Array(x), Value::Array(y)) => {
            let mut rest: Vec<&Value> = y.iter().collect();
            let mut in_rest = |x: &Value| {
                let found = rest.iter().position(|y| same(a, x, y));
                found.map(|n| rest.swap_remove(n)).is_some()
            };
            x.len() == y.len() && x.iter().all(&mut in_rest)
        }
        (Value::Object(x), Value::Object(y)) => {
            a.sub_attributes.iter().filter(|s| !s.is_read_only()).all(|s| {
                match (x.get(s.name.as_str()), y.get(s.name.as_str())) {
                    (Some(x), Some(y)) => same(s, x, y),
                    (x, y) => x.is_none_or(Value::is_unassigned) && y.is_none_or(Value::is_unassigned),
                }
            })
        }
        (Value::String(x), Value::String(y)) => match a.kind {
            Type::DateTime => Timestamp::parse(x) == Timestamp::parse(y),
            _ if a.case_exact => x == y,
            _ => fold(Folding::Caseless, x) == fold(Folding::Caseless, y),
        },
        _ => x == y,
    }
}

/// The error about an immutable attribute that already has another value.
pub(crate) fn immutable(at: impl fmt::Display) -> Error {
    Error::of_attribute(ErrorKind::Mutability, at, "is immutable and already has another value")
}
