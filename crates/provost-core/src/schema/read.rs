//! Reads members of a JSON object, with errors that say where they are.

use super::SchemaError;
use crate::text::excerpt;
use crate::value::{Object, Value, parse_object};
use std::fmt::Display;

pub(super) type Result<T> = std::result::Result<T, SchemaError>;

pub(super) fn required_text<'a>(o: &'a Object, at: &str, name: &str) -> Result<&'a str> {
    let missing = || SchemaError::new(join(at, name), "expected a non-empty string");
    o.str(name).filter(|s| !s.is_empty()).ok_or_else(missing)
}

pub(super) fn flag(o: &Object, at: &str, name: &str, default: bool) -> Result<bool> {
    match o.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Bool(b)) => Ok(*b),
        Some(other) => {
            Err(SchemaError::new(join(at, name), format!("expected true or false, found {}", other.kind())))
        }
    }
}

pub(super) fn word<T: Copy + Display>(o: &Object, at: &str, name: &str, all: &[T]) -> Result<Option<T>> {
    let words: Vec<String> = all.iter().map(T::to_string).collect();
    let found = match o.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(s)) => match all.iter().zip(&words).find(|(_, w)| w.eq_ignore_ascii_case(s)) {
            Some((found, _)) => return Ok(Some(*found)),
            None => format!("`{}`", excerpt(s)),
        },
        Some(other) => other.kind().to_owned(),
    };
    let message = format!("expected one of {}, found {found}", words.join(", "));
    Err(SchemaError::new(join(at, name), message))
}

pub(super) fn texts(o: &Object, at: &str, name: &str) -> Result<Vec<String>> {
    let list = o.get(name).map_or(&[][..], Value::elements);
    let fault = || SchemaError::new(join(at, name), "expected an array of strings");
    list.iter().map(|v| v.as_str().map(str::to_owned).ok_or_else(fault)).collect()
}

pub(super) fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// Collects the faults of a file while the rest of it is still read.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<SchemaError>);

impl Faults {
    pub(super) fn add(&mut self, at: impl Into<String>, message: impl Into<String>) {
        self.0.push(SchemaError::new(at, message));
    }

    /// The result, or `None` after recording its fault.
    pub(super) fn note<T>(&mut self, read: Result<T>) -> Option<T> {
        read.map_err(|e| self.0.push(e)).ok()
    }

    /// The value if there was no fault, else the first fault.
    pub(super) fn first<T>(self, value: Option<T>) -> Result<T> {
        match (self.0.into_iter().next(), value) {
            (None, Some(value)) => Ok(value),
            (Some(e), _) => Err(e),
            (None, None) => Err(SchemaError::new("", "cannot be read")),
        }
    }

    pub(super) fn into_vec(self) -> Vec<SchemaError> {
        self.0
    }
}

/// The JSON object of a file.
pub(super) fn object(json: &str) -> Result<Object> {
    parse_object(json).map_err(|e| {
        let before = json.get(..e.offset()).unwrap_or(json);
        let line = before.matches('\n').count() + 1;
        SchemaError::new("", format!("{e}, on line {line}"))
    })
}

/// If the file has `schemas`, it must be the expected kind of resource.
pub(super) fn message_kind(source: &Object, urn: &str, kind: &str, faults: &mut Faults) {
    let given = source.get("schemas").map_or(&[][..], Value::elements);
    if !given.is_empty() && !given.iter().filter_map(Value::as_str).any(|s| s.eq_ignore_ascii_case(urn)) {
        faults.add("schemas", format!("expected a {kind} resource, whose `schemas` contains `{urn}`"));
    }
}

/// Reports members that look like a misspelt known one, since they would be ignored and the default used. Members with
/// unrelated names are ignored.
pub(super) fn known_names(o: &Object, at: &str, known: &[&str], faults: &mut Faults) {
    for (name, _) in o.iter().filter(|(n, _)| !known.iter().any(|k| n.is(k))) {
        if let Some(meant) = known.iter().find(|k| is_near(name.as_str(), k) && !o.contains(k)) {
            faults
                .add(at, format!("`{}` is not known here; did you mean `{meant}`?", excerpt(name.as_str())));
        }
    }
}

/// At most two letters apart, or one in short names.
fn is_near(a: &str, b: &str) -> bool {
    let most = if b.len() > 5 { 2 } else { 1 };
    a.len().abs_diff(b.len()) <= most && distance(&a.to_ascii_lowercase(), &b.to_ascii_lowercase()) <= most
}

/// The edit distance of two texts.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.bytes().zip(row.iter().skip(1)) {
            left = (above + 1).min(left + 1).min(corner + usize::from(x != y));
            corner = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert!(is_near("multivalue", "multiValued") && is_near("mutabilty", "mutability"));
        assert!(is_near("typ", "type") && !is_near("id", "type") && !is_near("comment", "required"));
    }
}
