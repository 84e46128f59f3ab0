//! Operations on the list of schemas.

use super::{Resolver, Target, read_only};
use crate::error::{Error, ErrorKind};
use crate::filter::{CompareOp, Filter, Literal};
use crate::patch::Op;
use crate::text::excerpt;
use crate::value::Value;
use std::fmt;

impl Resolver<'_> {
    /// RFC 7644 section 3.5.2: an operation on `schemas` takes effect for the operations after it. The list itself is
    /// derived from what the resource contains, so all there is to do is remove extensions.
    pub(super) fn schemas(&mut self, value: Option<Value>, chosen: Option<&Filter>) -> Result<(), Error> {
        let all = || self.kind.extensions.iter().map(|e| e.schema.id.to_string());
        let keep: Vec<String> = match (self.op, chosen) {
            (Op::Add, None) => self.urns(value).map(|_| all().collect())?,
            (Op::Replace, None) => self.urns(value)?,
            (Op::Remove, Some(Filter::Compare { op: CompareOp::Eq, value: Literal::String(urn), .. })) => {
                if self.kind.schema.id.is(urn) {
                    return Err(read_only("schemas"));
                }
                all().filter(|u| !u.eq_ignore_ascii_case(urn)).collect()
            }
            _ => return Err(read_only("schemas")),
        };
        self.push(Target::Schemas { keep }, None, None);
        Ok(())
    }

    /// Schemas that the type has; others are refused, since that would silently drop data.
    fn urns(&self, value: Option<Value>) -> Result<Vec<String>, Error> {
        let refused =
            |fault: fmt::Arguments<'_>| Err(Error::of_attribute(ErrorKind::InvalidValue, "schemas", fault));
        let list = match value {
            Some(Value::Array(list)) if !list.is_empty() => list,
            Some(Value::Array(_)) | None => return refused(format_args!("cannot be emptied")),
            Some(other) => return refused(format_args!("must be an array of URNs, found {}", other.kind())),
        };
        let mut urns = Vec::with_capacity(list.len());
        for urn in list {
            match urn {
                Value::String(urn) if self.kind.schema_of(&urn).is_some() => urns.push(urn),
                Value::String(urn) => {
                    let (urn, kind) = (excerpt(&urn), &self.kind.name);
                    return refused(format_args!("contains `{urn}`, which is not a schema of {kind}"));
                }
                other => return refused(format_args!("must contain strings, found {}", other.kind())),
            }
        }
        Ok(urns)
    }
}
