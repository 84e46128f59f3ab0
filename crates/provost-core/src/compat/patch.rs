//! PATCH requests.

mod listed;
mod pathless;

use super::containers;
use super::values::{Rewriter, display_of_role};
use super::{Reader, RuleId, body, filter};
use crate::error::{Error, ErrorKind, Place};
use crate::filter::PatchPath;
use crate::patch::{Op, Operation, PatchRequest};
use crate::path::AttrRef;
use crate::schema::{Attribute, ResourceType};
use crate::value::Value;

/// A request as sent -> a request as in the RFC.
pub(super) fn rewrite(
    reader: &mut Reader<'_>,
    request: PatchRequest,
    kind: &ResourceType,
) -> Result<PatchRequest, Error> {
    let limits = reader.terms.limits;
    let mut out = Vec::with_capacity(request.operations.len());
    let mut w = Writer { kind, reader, out: &mut out };
    for operation in request.operations {
        let place = operation.place();
        match (&operation.path, &operation.value) {
            (None, Some(Value::Object(_))) => w.without_path(operation),
            _ => w.with_path(operation),
        }
        .map_err(|e| e.at(place))?;
    }
    // a value without path, or a list of values to remove, becomes several operations
    if out.len() > limits.operations.saturating_add(limits.members) {
        let message =
            format!("the request expands to more than {} operations", limits.operations + limits.members);
        return Err(Error::new(ErrorKind::PayloadTooLarge, message).at(Place::attribute("Operations")));
    }
    Ok(PatchRequest { operations: out })
}

struct Writer<'r, 'a> {
    kind: &'r ResourceType,
    reader: &'r mut Reader<'a>,
    out: &'r mut Vec<Operation>,
}

impl<'a> Writer<'_, 'a> {
    fn rewriter(&mut self) -> Rewriter<'_, 'a> {
        Rewriter::new(self.reader)
    }

    fn attribute_value(&mut self, op: Op, a: &Attribute, value: Value, at: &str) -> Value {
        let mut r = self.rewriter();
        r.members_take_place = op == Op::Replace;
        r.patch_value(a, value, at)
    }

    /// Whether a missing value leaves the attribute unchanged. This applies to `active`, which only a boolean sets, and
    /// to members, where null says nothing. `None` stands for `remove`.
    fn keeps(&mut self, found: &AttrRef, value: Option<&Value>) -> bool {
        if found.extension().is_some() || found.sub().is_some() || value.is_some_and(|v| *v != Value::Null) {
            return false;
        }
        let name = &found.attribute().name;
        let rule = match value {
            _ if self.kind.active().is_some_and(|a| a.name == *name) => RuleId::ActiveStays,
            Some(_) if self.kind.members().is_some_and(|a| a.name == *name) => RuleId::MembersStay,
            _ => return false,
        };
        let stays = self.reader.has(rule);
        if stays {
            self.reader.notes.drop(rule, name.as_str());
        }
        stays
    }

    /// Whether `add` of no value clears the attribute, as it does for clients that clear with `""`. In the RFC it adds
    /// nothing.
    fn clears(&self, op: Op, leaf: &Attribute, value: &Value) -> bool {
        op == Op::Add && *value == Value::Null && !leaf.multi_valued && self.reader.has(RuleId::EmptyString)
    }

    fn with_path(&mut self, mut operation: Operation) -> Result<(), Error> {
        let Some(path) = operation.path.as_mut() else {
            self.out.push(operation);
            return Ok(());
        };
        let Some(found) = self.find(path) else {
            if self.reader.has(RuleId::CoreUrn) && path.filter.is_none() && path.path.is_core(self.kind) {
                return self.core_path(operation);
            }
            if path.path.container(self.kind).is_none() && self.reader.has(RuleId::UnknownAttribute) {
                self.reader.notes.drop(RuleId::UnknownAttribute, path.to_string());
                return Ok(());
            }
            if let Some(schema) = path.path.container(self.kind).cloned() {
                let value = operation.value.take();
                operation.value = value.map(|v| body::extension(&mut self.rewriter(), &schema, v));
            }
            self.out.push(operation);
            return Ok(());
        };
        let attribute = found.attribute().clone();
        if let Some(inner) = path.filter.as_deref_mut() {
            filter::rewrite_element(inner, "", &attribute, self.reader);
            if !attribute.multi_valued {
                self.single(&attribute)?;
            }
        }
        let sub = path.sub.as_deref().or(path.path.sub.as_deref()).and_then(|s| attribute.sub(s)).cloned();
        let element = path.filter.is_some();
        if operation.op == Op::Remove {
            if sub.is_none() && !element && self.keeps(&found, None) {
                return Ok(());
            }
            return self.remove(operation, &attribute, sub.is_some() || element);
        }
        let at = path.to_string();
        if let Some(value) = operation.value.take() {
            let value = match &sub {
                Some(sub) => self.rewriter().value(sub, value, &at),
                None if element => self.rewriter().unwrapped(&attribute, value, &at),
                None if attribute.name.is("schemas") && found.extension().is_none() => self.schemas(value),
                None => self.attribute_value(operation.op, &attribute, value, &at),
            };
            if !element && self.keeps(&found, Some(&value)) {
                return Ok(());
            }
            let leaf = sub.as_ref().unwrap_or(&attribute);
            operation.op = match self.clears(operation.op, leaf, &value) {
                true if !element || sub.is_some() => Op::Remove,
                _ => operation.op,
            };
            operation.value = (operation.op != Op::Remove).then_some(value);
        }
        self.out.push(operation);
        Ok(())
    }

    /// The list of schemas, with URNs of drafts replaced by current ones.
    fn schemas(&mut self, mut value: Value) -> Value {
        let kind = self.kind;
        if let Value::Array(urns) = &mut value {
            body::todays(&mut self.rewriter(), kind, urns);
        }
        value
    }

    /// The attribute of a path, after applying the rules about URNs.
    fn find(&mut self, path: &mut PatchPath) -> Option<AttrRef> {
        if let Some(dotted) = containers::legacy_dot(&path.path, self.kind)
            && self.reader.may(RuleId::LegacyDot)
        {
            path.path = dotted;
        } else if self.reader.has(RuleId::DraftUrn)
            && let Some(modern) = containers::modern(&path.path, self.kind)
        {
            self.reader.notes.fire(RuleId::DraftUrn);
            path.path = modern;
        }
        self.display_of_role(path);
        if let Ok(found) = AttrRef::resolve(&path.path, self.kind) {
            return Some(found);
        }
        if path.path.container(self.kind).is_some() || path.path.is_core(self.kind) {
            return None;
        }
        if let Some(schema) =
            AttrRef::unqualified(&path.path, self.kind).as_ref().and_then(AttrRef::extension)
            && self.reader.may(RuleId::UnqualifiedExtension)
        {
            path.path.schema = Some(schema.id.as_str().into());
        }
        AttrRef::resolve(&path.path, self.kind).ok()
    }

    /// `roles[..].displayName`, `roles.displayName`
    fn display_of_role(&mut self, path: &mut PatchPath) {
        let Some(a) = self.kind.core_attribute(&path.path.name).filter(|_| path.path.schema.is_none()) else {
            return;
        };
        for part in [&mut path.sub, &mut path.path.sub].into_iter().flatten() {
            if let Some(display) = display_of_role(a, part)
                && self.reader.may(RuleId::RoleDisplayName)
            {
                *part = display.into();
            }
        }
    }

    fn single(&mut self, attribute: &Attribute) -> Result<(), Error> {
        if self.reader.may(RuleId::SingleValuePath) {
            return Ok(());
        }
        let fault = "has a single value: a value path has nothing to choose from";
        Err(Error::of_attribute(ErrorKind::InvalidPath, &attribute.name, fault))
    }
}
