//! What the operations of a PATCH may come to, however few bytes they are.

use super::resolve::{Resolved, Target};
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::schema::ResourceType;
use crate::validate::one_primary;
use crate::value::{Object, Value};

/// The work that the operations may still make: each goes through the list that it is about.
pub(super) struct Work<'a> {
    limits: &'a Limits,
    left: usize,
}

impl<'a> Work<'a> {
    pub(super) fn within(limits: &'a Limits) -> Self {
        Self { limits, left: limits.comparisons }
    }

    /// Counts an operation before it is applied.
    pub(super) fn count(&mut self, r: &Resolved, document: &Object) -> Result<(), Error> {
        let (a, terms) = match &r.target {
            Target::Attribute(a) => (a, 1),
            Target::Elements { attribute, filter, .. } => (attribute, filter.terms()),
            Target::Extension(_) | Target::Schemas { .. } | Target::Unchanged(..) => return Ok(()),
        };
        let values = |v: Option<&Value>| v.map_or(0, |v| v.elements().len());
        let cost = values(a.value(document)).saturating_add(values(r.value.as_ref())).saturating_mul(terms);
        self.left = self.left.checked_sub(cost).ok_or_else(|| {
            let most = self.limits.comparisons;
            let fault = format_args!(
                "has too many values for these operations: they make more than {most} comparisons"
            );
            Error::of_attribute(ErrorKind::PayloadTooLarge, a.whole(), fault)
                .with_remedy("send them in several requests")
        })?;
        Ok(())
    }

    /// Checks the list that an operation left, so that no operation meets one that is longer than a resource may have.
    pub(super) fn check(&self, r: &Resolved, document: &Object, kind: &ResourceType) -> Result<(), Error> {
        match &r.target {
            Target::Attribute(a) | Target::Elements { attribute: a, .. } if !kind.is_members(a) => {
                a.value(document).map_or(Ok(()), |v| check_length(v, self.limits, &|| a.whole().to_string()))
            }
            _ => Ok(()),
        }
    }
}

/// What holds for every list of values, however it came about.
pub(super) fn check_lists(after: &Object, limits: &Limits) -> Result<(), Error> {
    let check = |at: &dyn Fn() -> String, v: &Value| {
        check_length(v, limits, at)?;
        v.as_array().map_or(Ok(()), |list| one_primary(list, at))
    };
    for (name, value) in after.iter() {
        check(&|| name.to_string(), value)?;
        for (inner, v) in value.as_object().into_iter().flat_map(Object::iter) {
            check(&|| format!("{name}:{inner}"), v)?;
        }
    }
    Ok(())
}

fn check_length(value: &Value, limits: &Limits, at: &dyn Fn() -> String) -> Result<(), Error> {
    match value.as_array() {
        Some(list) if list.len() > limits.values => {
            let fault = format_args!("would have {} values; the limit is {}", list.len(), limits.values);
            Err(Error::of_attribute(ErrorKind::InvalidValue, at(), fault))
        }
        _ => Ok(()),
    }
}
