//! The order of RFC 7644 section 3.4.2.3.

use provost_core::fold::fold_attribute;
use provost_core::query::Sort;
use provost_core::schema::Type;
use provost_core::value::Value;
use provost_core::{AttrRef, Number, Object, Timestamp};
use std::borrow::Borrow;
use std::cmp::Ordering;

/// Sorts by documents, and returns what belongs to each with its sort key. The order is kept for equal keys, and
/// without a sort.
pub(crate) fn sorted<T, D: Borrow<Object>>(rows: Vec<(T, D)>, sort: Option<&Sort>) -> Vec<(Option<Key>, T)> {
    let Some(Sort { by, descending }) = sort else {
        return rows.into_iter().map(|(row, _)| (None, row)).collect();
    };
    let mut keyed: Vec<(Option<Key>, T)> =
        rows.into_iter().map(|(row, document)| (Key::of(by, document.borrow()), row)).collect();
    keyed.sort_by(|(a, _), (b, _)| compare(a.as_ref(), b.as_ref(), *descending));
    keyed
}

/// The value a resource is sorted by.
pub(crate) enum Key {
    Text(String),
    Number(Number),
    Bool(bool),
    Instant(Timestamp),
}

impl Key {
    /// The key of a document: "if it's a multi-valued attribute, sorted by the primary attribute or else the first
    /// value in the list".
    pub(crate) fn of(by: &AttrRef, document: &Object) -> Option<Self> {
        let values = by.value(document)?.elements();
        let is_primary =
            |v: &&Value| v.as_object().and_then(|o| o.get("primary")).and_then(Value::as_bool) == Some(true);
        let value = values.iter().find(is_primary).or(values.first())?;
        let value = match by.sub() {
            Some(sub) => value.as_object()?.get(sub.name.as_str())?.elements().first()?,
            None => value,
        };
        match (by.leaf().kind, value) {
            (Type::DateTime, Value::String(s)) => Timestamp::parse(s).map(Self::Instant),
            // "String type attributes are case insensitive by default, unless ... defined as caseExact"
            (_, Value::String(s)) => Some(Self::Text(fold_attribute(by, s).into_owned())),
            (_, Value::Number(n)) => Some(Self::Number(*n)),
            (_, Value::Bool(b)) => Some(Self::Bool(*b)),
            _ => None,
        }
    }

    /// The key as JSON, for a mark.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Number(n) => Value::Number(*n),
            Self::Bool(b) => Value::from(*b),
            // in a list, to distinguish it from a text
            Self::Instant(t) => Value::from(vec![Value::from(t.to_string())]),
        }
    }

    /// A key from a mark.
    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Number(n) => Some(Self::Number(*n)),
            Value::Bool(b) => Some(Self::Bool(*b)),
            Value::Array(parts) => Timestamp::parse(parts.first()?.as_str()?).map(Self::Instant),
            _ => None,
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.compare(*b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Instant(a), Self::Instant(b)) => a.cmp(b),
            // an attribute has one type, but a stored text may not be a valid instant
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Text(_) => 0,
            Self::Number(_) => 1,
            Self::Bool(_) => 2,
            Self::Instant(_) => 3,
        }
    }
}

/// "if there is no data for the specified 'sortBy' value, they are sorted via the 'sortOrder' parameter, i.e., they
/// are ordered last if ascending and first if descending".
pub(crate) fn compare(a: Option<&Key>, b: Option<&Key>, descending: bool) -> Ordering {
    let ascending = match (a, b) {
        (Some(a), Some(b)) => a.compare(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    if descending { ascending.reverse() } else { ascending }
}
