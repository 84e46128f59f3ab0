//! PATCH requests.

use super::values::Rewriter;
use super::{Notes, Profile, RuleId, body, filter};
use crate::error::{Error, ErrorKind};
use crate::filter::{CompareOp, Filter, Literal, OperandSpan, PatchPath};
use crate::limits::Limits;
use crate::patch::{Op, Operation, PatchRequest, parse_path};
use crate::path::{AttrPath, AttrRef};
use crate::schema::{Attribute, Mutability, ResourceType};
use crate::value::{Object, Value};
use std::sync::Arc;

/// Rewrites a request by the rules of the profile.
///
/// # Errors
/// What the rules need to look at and cannot read, with the operation's place.
pub(crate) fn rewrite(
    request: PatchRequest,
    kind: &ResourceType,
    profile: &Profile,
    limits: &Limits,
    notes: &mut Notes,
) -> Result<PatchRequest, Error> {
    let mut out = Vec::with_capacity(request.operations.len());
    let mut w = Writer { kind, profile, limits, notes, out: &mut out };
    for operation in request.operations {
        let place = operation.place();
        match (&operation.path, &operation.value) {
            (None, Some(Value::Object(_))) => w.without_path(operation),
            _ => w.with_path(operation),
        }
        .map_err(|e| e.at(place))?;
    }
    // a value without path and a list of values to remove become several operations each
    if out.len() > limits.operations.saturating_add(limits.members) {
        let said =
            format!("the request comes to more than {} operations", limits.operations + limits.members);
        return Err(Error::new(ErrorKind::PayloadTooLarge, said));
    }
    Ok(PatchRequest { operations: out })
}

struct Writer<'a> {
    kind: &'a ResourceType,
    profile: &'a Profile,
    limits: &'a Limits,
    notes: &'a mut Notes,
    out: &'a mut Vec<Operation>,
}

impl Writer<'_> {
    fn rewriter(&mut self) -> Rewriter<'_> {
        Rewriter { profile: self.profile, notes: self.notes }
    }

    /// Each key of the value becomes an operation of its own, in the order they stand.
    fn without_path(&mut self, mut operation: Operation) -> Result<(), Error> {
        let Some(Value::Object(keys)) = operation.value.take() else { return Ok(()) };
        for (name, value) in keys {
            let key = name.as_str();
            let plain = self.kind.core_attribute(key).is_some() || self.kind.extension(key).is_some();
            if operation.op == Op::Remove {
                // `{"op":"remove","value":{"members":[..]}}`: the path went astray
                self.notes.fire(RuleId::RemoveWithValue);
            }
            if self.is_read_only(key) && self.profile.has(RuleId::ReadOnlyIgnored) {
                self.notes.drop(RuleId::ReadOnlyIgnored, key);
            } else if plain && operation.op != Op::Remove {
                let value = self.plain_value(key, value);
                self.out.push(operation.retarget(None, Some(Object::from_iter([(key, value)]).into())));
            } else if !plain && !key.contains(':') && !self.profile.has(RuleId::DottedKeys) {
                // the strict engine names it
                self.out.push(operation.retarget(None, Some(Object::from_iter([(key, value)]).into())));
            } else if let Ok(path) = parse_path(key, self.profile, self.limits, self.notes) {
                if !plain && key.contains(['.', '[']) && !key.to_ascii_lowercase().starts_with("urn:") {
                    self.notes.fire(RuleId::DottedKeys);
                }
                self.with_path(operation.retarget(Some(path), Some(value)))?;
            } else if self.profile.has(RuleId::UnknownAttribute) {
                self.notes.drop(RuleId::UnknownAttribute, key);
            } else {
                self.out.push(operation.retarget(None, Some(Object::from_iter([(key, value)]).into())));
            }
        }
        Ok(())
    }

    fn is_read_only(&self, key: &str) -> bool {
        self.kind
            .core_attribute(key)
            .is_some_and(|a| a.mutability == Mutability::ReadOnly || a.name.is("schemas"))
    }

    fn plain_value(&mut self, key: &str, value: Value) -> Value {
        if let Some(e) = self.kind.extension(key) {
            let schema = e.schema.clone();
            return body::extension(&mut self.rewriter(), &schema, value);
        }
        match self.kind.core_attribute(key).cloned() {
            Some(a) => self.rewriter().patch_value(&a, value, a.name.as_str()),
            None => value,
        }
    }

    fn with_path(&mut self, mut operation: Operation) -> Result<(), Error> {
        let Some(path) = operation.path.as_mut() else {
            self.out.push(operation);
            return Ok(());
        };
        let Some(found) = self.find(path) else {
            if container(&path.path, self.kind).is_none() && self.profile.has(RuleId::UnknownAttribute) {
                self.notes.drop(RuleId::UnknownAttribute, path.to_string());
                return Ok(());
            }
            if let Some(schema) = container(&path.path, self.kind).cloned() {
                let value = operation.value.take();
                operation.value = value.map(|v| body::extension(&mut self.rewriter(), &schema, v));
            }
            self.out.push(operation);
            return Ok(());
        };
        let attribute = found.attribute().clone();
        if let Some(inner) = path.filter.as_deref_mut() {
            filter::rewrite_element(inner, "", &attribute, self.profile, self.notes);
            if !attribute.multi_valued {
                self.single(&attribute)?;
            }
            operation.create = operation.op != Op::Remove && self.creates(inner);
        }
        let sub = path.sub.as_deref().or(path.path.sub.as_deref()).and_then(|s| attribute.sub(s)).cloned();
        let element = path.filter.is_some();
        if operation.op == Op::Remove {
            return self.remove(operation, &attribute, sub.is_some() || element);
        }
        let at = path.to_string();
        if let Some(value) = operation.value.take() {
            let mut r = self.rewriter();
            operation.value = Some(match &sub {
                Some(sub) => r.value(sub, value, &at),
                None if element => r.unwrapped(&attribute, value, &at),
                None => r.patch_value(&attribute, value, &at),
            });
        }
        self.out.push(operation);
        Ok(())
    }

    /// The attribute of a path, after the rules about URNs were applied to it.
    fn find(&mut self, path: &mut PatchPath) -> Option<AttrRef> {
        if let Ok(found) = AttrRef::resolve(&path.path, self.kind) {
            return Some(found);
        }
        if container(&path.path, self.kind).is_some() {
            return None;
        }
        if let Some(dotted) = self.legacy_dot(&path.path) {
            self.notes.fire(RuleId::LegacyDot);
            path.path = dotted;
        } else if let Some((urn, _)) = filter::unqualified(&path.path, self.kind)
            && self.profile.has(RuleId::UnqualifiedExtension)
        {
            self.notes.fire(RuleId::UnqualifiedExtension);
            path.path.schema = Some(urn);
        }
        AttrRef::resolve(&path.path, self.kind).ok()
    }

    /// `urn:..:2.0:User.department` was split before `User`: the name belongs to the URN, the sub-attribute is the name.
    fn legacy_dot(&self, path: &AttrPath) -> Option<AttrPath> {
        let sub = path.sub.as_ref().filter(|_| self.profile.has(RuleId::LegacyDot))?;
        let urn = format!("{}:{}", path.schema.as_ref()?, path.name);
        self.kind.schema_of(&urn)?;
        Some(AttrPath { schema: Some(urn.into()), name: sub.clone(), sub: None, span: path.span })
    }

    fn single(&mut self, attribute: &Attribute) -> Result<(), Error> {
        if self.rewriter().may(RuleId::SingleValuePath) {
            return Ok(());
        }
        let said = format!("`{}` has one value: a value path has nothing to choose from", attribute.name);
        Err(Error::new(ErrorKind::InvalidPath, said))
    }

    /// Whether the filter says what to make: `eq` terms, joined by `and`.
    fn creates(&self, inner: &Filter) -> bool {
        let eq = |f: &Filter| matches!(f, Filter::Compare { op: CompareOp::Eq, value, .. } if *value != Literal::Null);
        let describes = match inner {
            Filter::And(all) => all.iter().all(eq),
            one => eq(one),
        };
        describes && self.profile.has(RuleId::CreateOnNoMatch)
    }

    /// RFC 7644 section 3.5.2.2 lets the path alone say what goes. Entra names the values in `value`: read literally,
    /// the whole group would be emptied.
    fn remove(
        &mut self,
        mut operation: Operation,
        attribute: &Arc<Attribute>,
        narrowed: bool,
    ) -> Result<(), Error> {
        let value = match operation.value.take() {
            None | Some(Value::Null) => {
                self.out.push(operation);
                return Ok(());
            }
            Some(value) => value,
        };
        if !self.profile.has(RuleId::RemoveWithValue) {
            let said = "`remove` takes no `value`: the path alone says what is removed; select values with a value path";
            return Err(Error::new(ErrorKind::InvalidSyntax, said));
        }
        self.notes.fire(RuleId::RemoveWithValue);
        if narrowed || !attribute.multi_valued {
            self.out.push(operation);
            return Ok(());
        }
        let values = match value {
            Value::Array(list) => list,
            one => vec![one],
        };
        for value in values {
            if let Some(chosen) = choose(attribute, &value) {
                let mut path = operation.path.clone();
                if let Some(p) = path.as_mut() {
                    p.filter = Some(Box::new(chosen));
                }
                self.out.push(operation.retarget(path, None));
            }
        }
        Ok(())
    }
}

/// The filter that selects a listed value: by its `value`, where it has one.
fn choose(attribute: &Attribute, listed: &Value) -> Option<Filter> {
    let eq = |name: &str, value: &Value| {
        let literal = match value {
            Value::String(s) => Literal::String(s.as_str().into()),
            Value::Number(n) => Literal::Number(*n),
            Value::Bool(b) => Literal::Bool(*b),
            _ => return None,
        };
        let path = AttrPath { name: name.into(), ..AttrPath::default() };
        Some(Filter::Compare { path, op: CompareOp::Eq, value: literal, at: OperandSpan::default() })
    };
    match listed {
        Value::Object(o) => {
            if let Some(v) = o.get("value").filter(|v| !v.is_unassigned()) {
                return eq("value", v);
            }
            let id =
                o.str("$ref").and_then(|r| r.rsplit('/').next()).filter(|_| attribute.sub("$ref").is_some());
            if let Some(id) = id {
                return eq("value", &Value::from(id));
            }
            let mut terms: Vec<Filter> = o.iter().filter_map(|(n, v)| eq(n.as_str(), v)).collect();
            if terms.len() > 1 { Some(Filter::And(terms)) } else { terms.pop() }
        }
        simple => eq("value", simple),
    }
}

/// The extension whose URN is the whole path.
pub(crate) fn container<'a>(
    path: &AttrPath,
    kind: &'a ResourceType,
) -> Option<&'a Arc<crate::schema::Schema>> {
    let urn = match (&path.schema, &path.sub) {
        (Some(schema), None) => format!("{schema}:{}", path.name),
        // `2.0` ends a URN that has no name behind it: `urn:example:ext:1.0`
        (Some(schema), Some(sub)) => format!("{schema}:{}.{sub}", path.name),
        (None, _) => return None,
    };
    kind.extension(&urn).map(|e| &e.schema)
}
