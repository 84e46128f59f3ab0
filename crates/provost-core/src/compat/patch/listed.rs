//! `remove` with a value: what is to go is listed there.

use super::super::RuleId;
use super::Writer;
use crate::error::{Error, ErrorKind};
use crate::filter::{CompareOp, Filter, Literal, OperandSpan};
use crate::patch::Operation;
use crate::path::AttrPath;
use crate::schema::Attribute;
use crate::value::Value;
use std::sync::Arc;

impl Writer<'_> {
    /// RFC 7644 section 3.5.2.2 lets the path alone say what goes. Entra names the values in `value`: read literally,
    /// the whole group would be emptied.
    pub(super) fn remove(
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
