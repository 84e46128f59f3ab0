//! writeOnly values that operations clear. A document does not contain them, so nothing can be removed from it; a null
//! among the [secrets](crate::Change::secrets) tells the store.

use super::resolve::{Resolved, Target};
use crate::path::AttrRef;
use crate::schema::{Attribute, ResourceType, Schema};
use crate::validate::Distinct;
use crate::value::{Object, Value};
use std::sync::Arc;

/// Records what the operation clears, in the form of secrets. `document` is its result.
pub(super) fn note(r: &Resolved, kind: &ResourceType, document: &Object, cleared: &mut Object) {
    match &r.target {
        Target::Attribute(a) => note_attribute(a, r.value.as_ref(), document, cleared),
        Target::Elements { attribute, filter, sub: Some(sub) }
            if r.value.is_none() && sub.is_write_only() =>
        {
            let chosen = elements(attribute, document).filter(|e| filter.matches_element(e));
            insert(attribute, without(chosen, sub), cleared);
        }
        Target::Extension(schema) => note_extension(schema, cleared),
        Target::Schemas { keep } => {
            let gone = kind.extensions.iter().filter(|e| !keep.iter().any(|k| e.schema.id.is(k)));
            gone.for_each(|e| note_extension(&e.schema, cleared));
        }
        Target::Elements { .. } | Target::Unchanged(..) => {}
    }
}

fn note_attribute(a: &AttrRef, value: Option<&Value>, document: &Object, cleared: &mut Object) {
    let attribute = a.attribute();
    match (a.sub(), value) {
        (None, None) => {
            if let Some(all) = all_of(attribute) {
                insert(a, all, cleared);
            }
        }
        (None, Some(Value::Object(o))) if !attribute.multi_valued => {
            let null = |s: &&Arc<Attribute>| o.get(s.name.as_str()) == Some(&Value::Null);
            let parts =
                attribute.sub_attributes.iter().filter(|s| attribute.is_write_only() || s.is_write_only());
            for sub in parts.filter(null) {
                insert(a, part(sub), cleared);
            }
        }
        (Some(sub), None) if attribute.is_write_only() && attribute.multi_valued => {
            insert(a, vec![part(sub)].into(), cleared);
        }
        (Some(sub), None) if sub.is_write_only() && attribute.multi_valued => {
            insert(a, without(elements(a, document), sub), cleared);
        }
        (Some(sub), None) if attribute.is_write_only() || sub.is_write_only() => {
            insert(a, part(sub), cleared)
        }
        _ => {}
    }
}

fn note_extension(schema: &Arc<Schema>, cleared: &mut Object) {
    for a in &schema.attributes {
        if let Some(all) = all_of(a) {
            insert(&AttrRef::extended(schema.clone(), a.clone()), all, cleared);
        }
    }
}

/// Clearing a whole attribute, as far as it is secret. Elements of a list need no entry, since the list is gone.
fn all_of(a: &Attribute) -> Option<Value> {
    if a.is_write_only() {
        return Some(Value::Null);
    }
    let secret = a.sub_attributes.iter().filter(|s| !a.multi_valued && s.is_write_only());
    let parts: Object = secret.map(|s| (s.name.clone(), Value::Null)).collect();
    (!parts.is_empty()).then(|| parts.into())
}

fn part(sub: &Attribute) -> Value {
    Object::from_iter([(sub.name.clone(), Value::Null)]).into()
}

fn elements<'a>(a: &AttrRef, document: &'a Object) -> impl Iterator<Item = &'a Value> + use<'a> {
    a.value(document).map_or(&[][..], Value::elements).iter()
}

/// The elements that lose a secret part, as a whole, so that a store can tell whose it is.
fn without<'a>(elements: impl Iterator<Item = &'a Value>, sub: &Attribute) -> Value {
    let one = |e: &Value| {
        let mut o = e.as_object().cloned()?;
        o.insert(sub.name.clone(), Value::Null);
        Some(Value::Object(o))
    };
    elements.filter_map(one).collect::<Vec<_>>().into()
}

fn insert(a: &AttrRef, value: Value, cleared: &mut Object) {
    let one = Object::from_iter([(a.attribute().name.clone(), value)]);
    match a.extension() {
        Some(schema) => merge(cleared, Object::from_iter([(schema.id.clone(), Value::from(one))])),
        None => merge(cleared, one),
    }
}

/// Merges the later secrets over the earlier ones, part by part.
pub(super) fn merge(first: &mut Object, last: Object) {
    for (name, value) in last {
        match (first.get_mut(name.as_str()), value) {
            (Some(Value::Object(first)), Value::Object(last)) => merge(first, last),
            (Some(Value::Array(first)), Value::Array(last)) => {
                let mut all: Distinct = first.drain(..).collect();
                for element in last {
                    if let (at, Some(Value::Object(element))) = all.add(element)
                        && let Some(Value::Object(there)) = all.get_mut(at)
                    {
                        merge(there, element);
                    }
                }
                *first = all.into_values();
            }
            (_, value) if value.as_array().is_some_and(<[_]>::is_empty) => {}
            (_, value) => drop(first.insert(name, value)),
        }
    }
}

/// A required attribute that was cleared, for the message.
pub(super) fn lost_required(kind: &ResourceType, secrets: &Object) -> Option<String> {
    let core = lost(&kind.schema.attributes, secrets, "");
    let mut extended = kind.extensions.iter().filter_map(|e| {
        let inner = secrets.get(e.schema.id.as_str()).and_then(Value::as_object)?;
        lost(&e.schema.attributes, inner, &format!("{}:", e.schema.id))
    });
    core.or_else(|| extended.next())
}

fn lost(list: &[Arc<Attribute>], secrets: &Object, prefix: &str) -> Option<String> {
    list.iter().find_map(|a| {
        let at = format!("{prefix}{}", a.name);
        match secrets.get(a.name.as_str())? {
            Value::Null => a.required.then_some(at),
            value => {
                let inner = value.elements().iter().filter_map(Value::as_object);
                inner.filter_map(|o| lost(&a.sub_attributes, o, &format!("{at}."))).next()
            }
        }
    })
}
