//! writeOnly attributes, which are not part of a stored body.

use crate::schema::{Attribute, ResourceType};
use crate::value::{AttrName, Object, Value};
use std::sync::Arc;

/// Separates the writeOnly attributes and sub-attributes from a body.
///
/// From a single complex attribute, only the secret parts are taken. For a multi-valued one, each element with a secret
/// part is copied whole, so that a store can tell whose secret it is.
pub(crate) fn split_secrets(kind: &ResourceType, mut body: Object) -> (Object, Object) {
    let mut secrets = take(&kind.schema.attributes, &mut body);
    for e in &kind.extensions {
        let urn = e.schema.id.as_str();
        let Some(container) = body.get_mut(urn).and_then(Value::as_object_mut) else { continue };
        let hidden = take(&e.schema.attributes, container);
        if container.is_empty() {
            body.remove(urn);
        }
        if !hidden.is_empty() {
            secrets.insert(urn, hidden);
        }
    }
    (body, secrets)
}

fn take(list: &[Arc<Attribute>], body: &mut Object) -> Object {
    let mut secrets = Object::new();
    for a in list {
        let name = a.name.as_str();
        let taken = match a.is_write_only() {
            true => body.remove(name),
            false if a.sub_attributes.iter().any(|s| s.is_write_only()) => take_from(a, body),
            false => None,
        };
        if let Some(secret) = taken {
            secrets.insert(name, secret);
        }
    }
    secrets
}

fn take_from(a: &Attribute, body: &mut Object) -> Option<Value> {
    let value = body.get_mut(a.name.as_str())?;
    let taken = take_parts(a, value);
    if value.is_unassigned() {
        body.remove(a.name.as_str());
    }
    taken
}

fn take_parts(a: &Attribute, value: &mut Value) -> Option<Value> {
    let secret = |name: &AttrName| a.sub(name.as_str()).is_some_and(|s| s.is_write_only());
    match value {
        Value::Object(o) => {
            let mut taken = Object::new();
            o.retain(|name, v| {
                let is = secret(name);
                if is {
                    taken.insert(name.clone(), std::mem::replace(v, Value::Null));
                }
                !is
            });
            (!taken.is_empty()).then_some(Value::Object(taken))
        }
        Value::Array(list) => {
            let mut whole = Vec::new();
            for o in list.iter_mut().filter_map(Value::as_object_mut) {
                if o.iter().any(|(n, _)| secret(n)) {
                    whole.push(Value::Object(o.clone()));
                    o.retain(|n, _| !secret(n));
                }
            }
            list.retain(|v| !v.is_unassigned());
            (!whole.is_empty()).then_some(Value::Array(whole))
        }
        _ => None,
    }
}
