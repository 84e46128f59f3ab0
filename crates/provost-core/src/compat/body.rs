//! POST and PUT bodies.

use super::containers::{self, Within};
use super::values::Rewriter;
use super::{Notes, Profile, RuleId};
use crate::error::{Error, ErrorKind, Place};
use crate::schema::{ResourceType, Schema};
use crate::urn;
use crate::value::{Object, Value};
use std::sync::Arc;

/// Whether a body makes a resource or takes the place of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Create,
    Replace,
}

/// Rewrites a body by the rules of the profile.
///
/// # Errors
/// What a rule that puts attributes elsewhere finds there already.
pub(crate) fn rewrite(
    source: Object,
    kind: &ResourceType,
    purpose: Purpose,
    profile: &Profile,
    notes: &mut Notes,
) -> Result<Object, Error> {
    let mut r = Rewriter::new(profile, notes);
    r.members_take_place = purpose == Purpose::Replace;
    let source = containers::spread(&mut r, kind, source, Within::Body)?;
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
    Ok(out)
}

/// Whether `schemas` says that a body is the message it is taken for.
///
/// RFC 7644 section 3.1: messages are told apart by the URI in `schemas`; sections 3.4.3, 3.5.2 and 3.7 want it of each.
/// Where the endpoint leaves no doubt, the rule lets one pass that says nothing, or says it in another way.
///
/// # Errors
/// `invalidSyntax` for another message.
pub fn check_message(body: &Object, urn: &str, profile: &Profile, notes: &mut Notes) -> Result<(), Error> {
    let said = body.get("schemas");
    let is_ours = |v: &Value| v.as_str().is_some_and(|s| s.eq_ignore_ascii_case(urn));
    let listed = said.and_then(Value::as_array);
    if listed.is_some_and(|list| list.iter().any(is_ours)) {
        return Ok(());
    }
    let forgiven = match said {
        None | Some(Value::Null) => true,
        Some(Value::Array(list)) => {
            list.is_empty() || list.iter().filter_map(Value::as_str).any(|s| same_name(s, urn))
        }
        Some(Value::String(text)) => !is_message(text) || same_name(text, urn),
        Some(_) => false,
    };
    if forgiven && profile.has(RuleId::MissingSchemas) {
        notes.fire(RuleId::MissingSchemas);
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidSyntax, format!("`schemas` must be an array that holds `{urn}`"))
        .at(Place::attribute("schemas")))
}

/// Whether another URN means the same message: `urn:..:core:2.0:PatchOp` stands in many a manual.
fn same_name(text: &str, urn: &str) -> bool {
    let name = |urn: &str| urn.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    name(text) == name(urn)
}

fn is_message(text: &str) -> bool {
    text.get(..urn::MESSAGES.len()).is_some_and(|head| head.eq_ignore_ascii_case(urn::MESSAGES))
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

/// The endpoint says what is sent, also where `schemas` says nothing that helps.
fn schemas(r: &mut Rewriter<'_>, kind: &ResourceType, value: Value) -> Value {
    let mut urns = match value {
        Value::Array(urns) => urns,
        Value::Null if r.profile.has(RuleId::MissingSchemas) => Vec::new(),
        Value::String(urn) if r.profile.has(RuleId::MissingSchemas) => {
            r.notes.fire(RuleId::MissingSchemas);
            vec![Value::String(urn)]
        }
        other => return other,
    };
    todays(r, kind, &mut urns);
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

/// URNs of drafts become today's, each once.
pub(super) fn todays(r: &mut Rewriter<'_>, kind: &ResourceType, urns: &mut Vec<Value>) {
    let draft = |urn: &Value| urn.as_str().and_then(|urn| containers::of_draft(urn, kind));
    let Some(schema) = urns.iter().find_map(draft).filter(|_| r.may(RuleId::DraftUrn)) else { return };
    let mut there = urns.iter().any(|urn| urn.as_str().is_some_and(|urn| schema.id.is(urn)));
    urns.retain_mut(|urn| {
        if draft(urn).is_none() {
            return true;
        }
        *urn = schema.id.as_str().into();
        !std::mem::replace(&mut there, true)
    });
}
