//! Values without path: objects of attributes, whose keys may be paths.

use super::super::containers::{self, Within};
use super::super::{RuleId, body};
use super::Writer;
use crate::error::{Error, ErrorKind};
use crate::filter::PatchPath;
use crate::patch::{Op, Operation, parse_path};
use crate::path::{AttrPath, AttrRef};
use crate::value::{Object, Value};

impl Writer<'_, '_> {
    pub(super) fn without_path(&mut self, mut operation: Operation) -> Result<(), Error> {
        let Some(Value::Object(keys)) = operation.value.take() else { return Ok(()) };
        if operation.op == Op::Remove
            && self.reader.has(RuleId::CoreUrn)
            && keys.contains(self.kind.schema.id.as_str())
        {
            return Err(self.removes_all());
        }
        self.keys(&operation, keys)
    }

    /// Turns each key of the value into an operation of its own, in order.
    fn keys(&mut self, operation: &Operation, keys: Object) -> Result<(), Error> {
        let kind = self.kind;
        let keys = match operation.op {
            // this would remove a whole container
            Op::Remove => keys,
            Op::Add | Op::Replace => containers::spread(&mut self.rewriter(), kind, keys, Within::Patch)?,
        };
        for (name, value) in keys {
            let key = name.as_str();
            let plain = self.kind.core_attribute(key).is_some() || self.kind.extension(key).is_some();
            if operation.op == Op::Remove {
                // `{"op":"remove","value":{"members":[..]}}`: the path is in the value
                self.reader.notes.fire(RuleId::RemoveWithValue);
            }
            if self.is_read_only(key) && self.reader.has(RuleId::ReadOnlyIgnored) {
                self.reader.notes.drop(RuleId::ReadOnlyIgnored, key);
            } else if plain && operation.op != Op::Remove {
                self.plain(operation, key, value)?;
            } else if !plain && !key.contains(':') && !self.reader.has(RuleId::DottedKeys) {
                // the strict engine reports the unknown name
                self.push_key(operation, key, value);
            } else if let Ok(path) = parse_path(key, self.reader.terms, &mut self.reader.notes) {
                if !plain && key.contains(['.', '[']) && !key.to_ascii_lowercase().starts_with("urn:") {
                    self.reader.notes.fire(RuleId::DottedKeys);
                }
                self.with_path(operation.retarget(Some(path), Some(value)))?;
            } else if self.reader.has(RuleId::UnknownAttribute) {
                self.reader.notes.drop(RuleId::UnknownAttribute, key);
            } else {
                self.push_key(operation, key, value);
            }
        }
        Ok(())
    }

    /// Keeps a key as a value without path.
    fn push_key(&mut self, operation: &Operation, key: &str, value: Value) {
        self.out.push(operation.retarget(None, Some(Object::from_iter([(key, value)]).into())));
    }

    fn is_read_only(&self, key: &str) -> bool {
        self.kind.core_attribute(key).is_some_and(|a| a.is_read_only() || a.name.is("schemas"))
    }

    /// A key that is the plain name of an attribute or an extension.
    fn plain(&mut self, operation: &Operation, key: &str, value: Value) -> Result<(), Error> {
        let value = match (self.kind.extension(key), self.kind.core_attribute(key).cloned()) {
            (Some(e), _) => {
                let schema = e.schema.clone();
                body::extension(&mut self.rewriter(), &schema, value)
            }
            (None, Some(a)) => {
                let value = self.attribute_value(operation.op, &a, value, a.name.as_str());
                if self.keeps(&AttrRef::core(a.clone()), Some(&value)) {
                    return Ok(());
                }
                if self.clears(operation.op, &a, &value) {
                    let path = AttrPath { name: a.name.as_str().into(), ..AttrPath::default() };
                    let path = PatchPath { path, filter: None, sub: None };
                    let op = Operation { op: Op::Remove, ..operation.retarget(Some(path), None) };
                    self.out.push(op);
                    return Ok(());
                }
                value
            }
            (None, None) => value,
        };
        self.push_key(operation, key, value);
        Ok(())
    }

    /// With the URN of the resource's own schema as the path, the value contains attributes of the resource.
    pub(super) fn core_path(&mut self, mut operation: Operation) -> Result<(), Error> {
        self.reader.notes.fire(RuleId::CoreUrn);
        if operation.op == Op::Remove {
            return Err(self.removes_all());
        }
        let value = operation.value.take().unwrap_or(Value::Null);
        let keys = containers::core_attributes(&self.kind.schema.id, value)?;
        self.keys(&operation.retarget(None, None), keys)
    }

    /// RFC 7644 section 3.5.2.2: without an attribute to remove there is no target.
    fn removes_all(&self) -> Error {
        Error::new(ErrorKind::NoTarget, format!("`{}` names the whole resource", self.kind.schema.id))
            .with_remedy("name the attribute to remove")
    }
}
