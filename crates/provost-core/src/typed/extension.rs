//! Extensions as structs, and their effect on `schemas`.

use super::TypedError;
use crate::value::{Object, Value, parse_object};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A struct for an extension of a resource type: what a resource contains under [`URN`](Self::URN).
///
/// Its fields have the schema's names for the attributes; `#[serde(rename_all = "camelCase")]` helps.
pub trait Extension: Serialize + DeserializeOwned {
    /// The URN of its schema.
    const URN: &'static str;
}

pub(super) fn from_value<E: DeserializeOwned>(value: &Value, urn: &str) -> Result<E, TypedError> {
    serde_json::from_str(&value.to_string()).map_err(|e| TypedError::new(urn, format!("cannot be read: {e}")))
}

pub(super) fn merge<E: Extension>(rest: &mut Object, extension: &E) -> Result<(), TypedError> {
    let fault = |message: String| TypedError::new(E::URN, format!("cannot be written: {message}"));
    let text = serde_json::to_string(extension).map_err(|e| fault(e.to_string()))?;
    let new = parse_object(&text).map_err(|e| fault(e.to_string()))?;
    let container = rest.get_or_insert_with(E::URN, || Value::Object(Object::new()));
    if !matches!(container, Value::Object(_)) {
        *container = Value::Object(Object::new());
    }
    if let Some(container) = container.as_object_mut() {
        for (name, value) in new {
            match value {
                Value::Null => container.remove(name.as_str()),
                value => container.insert(name, value),
            };
        }
    }
    if rest.get(E::URN).is_some_and(Value::is_unassigned) {
        rest.remove(E::URN);
    }
    Ok(())
}

/// Puts `schemas` first in the document, without extensions that are gone and with those that were missing.
pub(super) fn listed(mut document: Object, main: &str) -> Object {
    let is_extension = |name: &str| name.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("urn:"));
    let had = document.remove("schemas").unwrap_or(Value::Null);
    let mut urns: Vec<&str> = had
        .elements()
        .iter()
        .filter_map(Value::as_str)
        .filter(|u| u.eq_ignore_ascii_case(main) || document.contains(u))
        .collect();
    let used = document.iter().map(|(n, _)| n.as_str()).filter(|n| is_extension(n));
    for urn in std::iter::once(main).chain(used) {
        if !urns.iter().any(|u| u.eq_ignore_ascii_case(urn)) {
            urns.push(urn);
        }
    }
    let list: Vec<Value> = urns.into_iter().map(Value::from).collect();
    let mut out = Object::from_iter([("schemas", list)]);
    for (name, value) in document {
        out.insert(name, value);
    }
    out
}
