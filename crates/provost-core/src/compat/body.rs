//! POST and PUT bodies.

use super::values::Rewriter;
use super::{Notes, Profile, RuleId};
use crate::schema::{ResourceType, Schema};
use crate::value::{Object, Value};
use std::sync::Arc;

/// Rewrites a body by the rules of the profile.
pub(crate) fn rewrite(source: Object, kind: &ResourceType, profile: &Profile, notes: &mut Notes) -> Object {
    let mut r = Rewriter { profile, notes };
    let mut out = Object::new();
    if !source.contains("schemas") && r.may(RuleId::MissingSchemas) {
        out.insert("schemas", vec![Value::from(kind.schema.id.as_str())]);
    }
    for (name, value) in source {
        if let Some(e) = kind.extension(name.as_str()) {
            let value = extension(&mut r, &e.schema, value);
            out.push(name, value);
        } else if name.is("schemas") {
            let value = schemas(&mut r, kind, value);
            out.push(name, value);
        } else if let Some(a) = kind.core_attribute(name.as_str()) {
            let value = r.value(a, value, a.name.as_str());
            out.push(name, value);
        } else if profile.has(RuleId::UnknownAttribute) {
            r.notes.drop(RuleId::UnknownAttribute, name.as_str());
        } else {
            out.push(name, value);
        }
    }
    out
}

/// An extension's container.
pub(super) fn extension(r: &mut Rewriter<'_>, schema: &Arc<Schema>, value: Value) -> Value {
    let Value::Object(container) = value else { return value };
    let mut out = Object::new();
    for (name, value) in container {
        match schema.attribute(name.as_str()) {
            Some(a) => {
                let at = format!("{}:{}", schema.id, a.name);
                let value = r.value(a, value, &at);
                out.push(name, value);
            }
            None if schema.is_restated_by(&name, &value) => {}
            None if r.profile.has(RuleId::UnknownAttribute) => {
                r.notes.drop(RuleId::UnknownAttribute, format!("{}:{name}", schema.id));
            }
            None => out.push(name, value),
        }
    }
    Value::Object(out)
}

fn schemas(r: &mut Rewriter<'_>, kind: &ResourceType, value: Value) -> Value {
    let Value::Array(mut urns) = value else { return value };
    if r.profile.has(RuleId::UnknownSchema) {
        urns.retain(|urn| {
            let known = urn.as_str().is_none_or(|urn| kind.schema_of(urn).is_some());
            if !known {
                r.notes.drop(RuleId::UnknownSchema, urn.as_str().unwrap_or_default());
            }
            known
        });
        let main = |urn: &Value| urn.as_str().is_some_and(|urn| kind.schema.id.is(urn));
        if !urns.iter().any(main) && r.may(RuleId::MissingSchemas) {
            urns.insert(0, Value::from(kind.schema.id.as_str()));
        }
    }
    Value::Array(urns)
}
