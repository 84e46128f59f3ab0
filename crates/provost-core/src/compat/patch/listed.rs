//! `remove` with a value that lists what to remove.

use super::super::RuleId;
use super::Writer;
use crate::error::{Error, ErrorKind};
use crate::filter::{CompareOp, Filter, Literal, OperandSpan};
use crate::patch::{Operation, takes_no_value};
use crate::path::AttrPath;
use crate::reference;
use crate::resource::Service;
use crate::schema::Attribute;
use crate::value::Value;
use std::sync::Arc;

impl Writer<'_, '_> {
    /// In RFC 7644 section 3.5.2.2 the path alone says what to remove. Entra lists the values in `value`; taken
    /// literally, its request would empty the whole group.
    pub(super) fn remove(
        &mut self,
        mut operation: Operation,
        attribute: &Arc<Attribute>,
        narrowed: bool,
    ) -> Result<(), Error> {
        let value = match operation.value.take() {
            // a mapping whose source is empty lists nobody
            Some(Value::Null)
                if !narrowed && self.is_members(attribute) && self.reader.has(RuleId::MembersStay) =>
            {
                self.reader.notes.drop(RuleId::MembersStay, attribute.name.as_str());
                return Ok(());
            }
            None | Some(Value::Null) => {
                self.out.push(operation);
                return Ok(());
            }
            Some(value) => value,
        };
        if !self.reader.may(RuleId::RemoveWithValue) {
            return Err(takes_no_value());
        }
        if narrowed || !attribute.multi_valued {
            self.out.push(operation);
            return Ok(());
        }
        let values = match value {
            Value::Array(list) => list,
            one => vec![one],
        };
        for value in values {
            if let Some(chosen) = choose(attribute, &value, self.reader.terms.service)? {
                let mut path = operation.path.clone();
                if let Some(p) = path.as_mut() {
                    p.filter = Some(Box::new(chosen));
                }
                self.out.push(operation.retarget(path, None));
            }
        }
        Ok(())
    }

    fn is_members(&self, attribute: &Arc<Attribute>) -> bool {
        self.kind.members().is_some_and(|members| Arc::ptr_eq(members, attribute))
    }
}

/// The filter that selects a listed value: by its `value`, or an equivalent `$ref`; by everything else it contains only
/// if it has neither. `None` if its `value` is empty.
///
/// # Errors
/// `invalidValue` for a value with only a `$ref`, if that refers to another server.
fn choose(attribute: &Attribute, listed: &Value, service: Option<&Service>) -> Result<Option<Filter>, Error> {
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
    let Value::Object(o) = listed else { return Ok(eq("value", listed)) };
    let blank = |v: &&Value| v.is_unassigned() || v.as_str() == Some("");
    if let Some(v) = o.get("value").filter(|v| !blank(v)) {
        return Ok(eq("value", v));
    }
    if let Some(reference) = o.str("$ref").filter(|r| !r.is_empty() && reference::is_reference(attribute)) {
        return match reference::id_of(reference, service) {
            Some(id) => Ok(eq("value", &Value::from(id))),
            None => Err(Error::new(ErrorKind::InvalidValue, reference::elsewhere(reference))),
        };
    }
    if o.contains("value") {
        return Ok(None);
    }
    let mut terms: Vec<Filter> = o.iter().filter_map(|(n, v)| eq(n.as_str(), v)).collect();
    Ok(if terms.len() > 1 { Some(Filter::And(terms)) } else { terms.pop() })
}
