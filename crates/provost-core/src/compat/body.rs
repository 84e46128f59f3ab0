//! POST and PUT bodies.

use super::containers::{self, Within};
use super::values::Rewriter;
use super::{Reader, RuleId};
use crate::error::Error;
use crate::schema::{ResourceType, Schema};
use crate::value::{Object, Value};
use std::sync::Arc;

/// Whether a body creates a resource or replaces one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// POST.
    Create,
    /// PUT.
    Replace,
}

/// A body as sent -> a body as in the RFC.
pub(super) fn rewrite(
    reader: &mut Reader<'_>,
    source: Object,
    kind: &ResourceType,
    purpose: Purpose,
) -> Result<Object, Error> {
    let mut r = Rewriter::new(reader);
    r.members_take_place = purpose == Purpose::Replace;
    let source = containers::spread(&mut r, kind, source, Within::Body)?;
    let mut out = Object::new();
    if !source.contains("schemas") && r.reader.may(RuleId::MissingSchemas) {
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
        } else if r.reader.has(RuleId::UnknownAttribute) {
            r.reader.notes.drop(RuleId::UnknownAttribute, name.as_str());
        } else {
            out.push(name, value);
        }
    }
    Ok(out)
}

/// The object of an extension.
pub(super) fn extension(r: &mut Rewriter<'_, '_>, schema: &Arc<Schema>, value: Value) -> Value {
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
            None if r.reader.has(RuleId::UnknownAttribute) => {
                r.reader.notes.drop(RuleId::UnknownAttribute, format!("{}:{name}", schema.id));
            }
            None => out.push(name, value),
        }
    }
    Value::Object(out)
}

/// The endpoint determines the schema, even if `schemas` does not name it.
fn schemas(r: &mut Rewriter<'_, '_>, kind: &ResourceType, value: Value) -> Value {
    let mut urns = match value {
        Value::Array(urns) => urns,
        Value::Null if r.reader.has(RuleId::MissingSchemas) => Vec::new(),
        Value::String(urn) if r.reader.has(RuleId::MissingSchemas) => {
            r.reader.notes.fire(RuleId::MissingSchemas);
            vec![Value::String(urn)]
        }
        other => return other,
    };
    todays(r, kind, &mut urns);
    if r.reader.has(RuleId::UnknownSchema) {
        urns.retain(|urn| {
            let known = urn.as_str().is_none_or(|urn| kind.schema_of(urn).is_some());
            if !known {
                r.reader.notes.drop(RuleId::UnknownSchema, urn.as_str().unwrap_or_default());
            }
            known
        });
        let main = |urn: &Value| urn.as_str().is_some_and(|urn| kind.schema.id.is(urn));
        if !urns.iter().any(main) && r.reader.may(RuleId::MissingSchemas) {
            urns.insert(0, Value::from(kind.schema.id.as_str()));
        }
    }
    Value::Array(urns)
}

/// Replaces URNs of drafts with current ones, without duplicates.
pub(super) fn todays(r: &mut Rewriter<'_, '_>, kind: &ResourceType, urns: &mut Vec<Value>) {
    let draft = |urn: &Value| urn.as_str().and_then(|urn| containers::of_draft(urn, kind));
    let Some(schema) = urns.iter().find_map(draft).filter(|_| r.reader.may(RuleId::DraftUrn)) else { return };
    let mut there = urns.iter().any(|urn| urn.as_str().is_some_and(|urn| schema.id.is(urn)));
    urns.retain_mut(|urn| {
        if draft(urn).is_none() {
            return true;
        }
        *urn = schema.id.as_str().into();
        !std::mem::replace(&mut there, true)
    });
}
