//! Evaluates filters. It cannot fail, and every store is compared with it.

use super::compare::text_holds;
use super::{CompareOp, Comparison, Operand, TypedFilter};
use crate::fold::Folding;
use crate::path::AttrRef;
use crate::time::Timestamp;
use crate::value::{Object, Value};

impl TypedFilter {
    /// Whether a document (see [`Resource::document`](crate::Resource::document)) matches the filter.
    ///
    /// It cannot fail: a value whose type is not that of its attribute matches no comparison.
    #[must_use]
    pub fn matches(&self, document: &Object) -> bool {
        self.holds(Subject::Document(document))
    }

    /// Whether one value of a multi-valued attribute matches the filter of a value path.
    #[must_use]
    pub fn matches_element(&self, element: &Value) -> bool {
        self.holds(Subject::Element(element))
    }

    fn holds(&self, place: Subject<'_>) -> bool {
        #[cfg(fuzzing)]
        if matches!(self, Self::Compare(_) | Self::Present(_)) {
            super::work::count();
        }
        match self {
            Self::Compare(comparison) => comparison.holds(place),
            Self::Present(attribute) => place.values(attribute).any(|v| !is_empty(v)),
            Self::Element { attribute, filter } => {
                let values = place.of(attribute).iter().filter(|v| !v.is_unassigned());
                values.into_iter().any(|v| filter.matches_element(v))
            }
            Self::Not(inner) => !inner.holds(place),
            Self::And(all) => all.iter().all(|part| part.holds(place)),
            Self::Or(all) => all.iter().any(|part| part.holds(place)),
            Self::Constant(fixed) => *fixed,
        }
    }
}

/// Where attributes are looked up.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Document(&'a Object),
    /// One value of the attribute that all comparisons are about.
    Element(&'a Value),
}

impl<'a> Subject<'a> {
    /// The values of an attribute, without its sub-attribute.
    fn of(self, attribute: &AttrRef) -> &'a [Value] {
        match self {
            Self::Document(document) => attribute.value(document).map_or(&[][..], Value::elements),
            Self::Element(element) => std::slice::from_ref(element),
        }
    }

    /// The values of an attribute, or of its sub-attribute in each of its values.
    fn values(self, attribute: &AttrRef) -> impl Iterator<Item = &'a Value> {
        let sub = attribute.sub().map(|s| s.name.as_str());
        self.of(attribute).iter().flat_map(move |value| match sub {
            None => std::slice::from_ref(value),
            Some(name) => value.as_object().and_then(|o| o.get(name)).map_or(&[][..], Value::elements),
        })
    }
}

/// RFC 7644 table 3 of `pr`: "has a non-empty or non-null value, or if it contains a non-empty node for complex
/// attributes".
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.is_empty(),
        Value::Array(a) => a.iter().all(is_empty),
        Value::Object(o) => o.iter().all(|(_, v)| is_empty(v)),
        Value::Bool(_) | Value::Number(_) | Value::OutOfRange(_) => false,
    }
}

impl Comparison {
    /// RFC 7644 section 3.4.2.2: a multi-valued attribute matches "if any of the values" does. This includes `ne`; use
    /// `not (.. eq ..)` to require that no value is equal.
    fn holds(&self, place: Subject<'_>) -> bool {
        let mut absent = true;
        for outcome in place.values(&self.attribute).map(|v| self.outcome(v)) {
            match outcome {
                Some(true) => return true,
                Some(false) => absent = false,
                None => {}
            }
        }
        absent && self.absent()
    }

    /// Whether one value matches the comparison; `None` if it is not assigned.
    fn outcome(&self, value: &Value) -> Option<bool> {
        if value.is_unassigned() {
            return None;
        }
        Some(match (&self.operand, value) {
            (Operand::Text(operand), Value::String(s)) => {
                text_holds(Folding::of(&self.attribute), self.op, s, operand)
            }
            (Operand::Number(operand), Value::Number(n)) => self.op.holds(n.compare(*operand)),
            (Operand::Bool(operand), Value::Bool(b)) => self.op.holds(b.cmp(operand)),
            (Operand::Instant(operand), Value::String(s)) => self.op.holds(Timestamp::parse(s)?.cmp(operand)),
            (Operand::Null, _) => self.op == CompareOp::Ne,
            _ => false,
        })
    }
}
